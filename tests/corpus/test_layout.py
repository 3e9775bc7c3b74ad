"""Which files below a folder are records."""

from __future__ import annotations

import os
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gateway.corpus.layout import is_data_path, is_record_path, printable_path, record_paths
from gateway.errors import Reason, SealgateError
from tests.support.fuzz import fuzz


def make(root: Path, *paths: str) -> None:
    for path in paths:
        (root / path).parent.mkdir(parents=True, exist_ok=True)
        (root / path).write_bytes(b"")


def test_records_are_listed_at_any_depth_sorted_as_paths_and_not_as_folders(tmp_path: Path) -> None:
    make(tmp_path, "b.md", "a/z.md", "a.md", "a/b/c/d.md", "a-b.md", "B.md")
    assert record_paths(tmp_path) == ["B.md", "a-b.md", "a.md", "a/b/c/d.md", "a/z.md", "b.md"]


NOT_RECORDS = [
    ".hidden.md",
    ".md",
    ".keep",
    "news/.keep",
    "news/.draft.md",
    ".git/a.md",
    "news/.cache/deep/a.md",
    "news/.seal-abc",
    "news/a.txt",
    "news/a.MD",
    "news/a.md~",
    "news/md",
    "a.yaml",
    "news/a.yaml",
    "news/_data/a.yaml",
    "_data.yaml",
    "_DATA/a.yaml",
    "_data2/a.yaml",
    "_data/.yaml",
    "_data/.a.yaml",
    "_data/.git/a.yaml",
    "_data/a.yml",
    "_data/a.YAML",
    "_data/yaml",
]


def test_hidden_names_and_other_suffixes_are_no_records(tmp_path: Path) -> None:
    make(tmp_path, "news/a.md", *NOT_RECORDS)
    assert record_paths(tmp_path) == ["news/a.md"]


def test_yaml_below_the_top_level_folder_for_data_is_a_record_like_any_other(
    tmp_path: Path,
) -> None:
    make(tmp_path, "_data/b.yaml", "_data/topics/deep/a.yaml", "_data/o.md", "a.md", *NOT_RECORDS)
    assert record_paths(tmp_path) == [
        "_data/b.yaml",
        "_data/o.md",
        "_data/topics/deep/a.yaml",
        "a.md",
    ]
    assert list(map(is_data_path, record_paths(tmp_path))) == [True, False, True, False]


NAMES = ["_data", "_news", ".git", "a", "a.md", "a.yaml", ".a.md", ".yaml", "_data.yaml", "a.txt"]


@fuzz
@given(st.lists(st.lists(st.sampled_from(NAMES), min_size=1, max_size=4).map("/".join), max_size=6))
def test_the_listing_has_what_the_path_says_and_nothing_else(
    tmp_path_factory: pytest.TempPathFactory, paths: list[str]
) -> None:
    root = tmp_path_factory.mktemp("corpus")
    # A name is a file or a folder, not both.
    files = {path for path in paths if not any(other.startswith(f"{path}/") for other in paths)}
    make(root, *files)
    assert record_paths(root) == sorted(filter(is_record_path, files))


@pytest.mark.parametrize(
    "path",
    ["a.md", "news/a.md", "news/deep/er/a.b.md", "news/.../a.md", "_data/a.yaml", "b/a.yaml"],
)
def test_a_changed_file_is_judged_as_the_listing_judges_it(tmp_path: Path, path: str) -> None:
    make(tmp_path, path)
    assert is_record_path(path) == (record_paths(tmp_path) == [path])


@pytest.mark.parametrize("path", NOT_RECORDS)
def test_what_the_listing_leaves_out_is_no_changed_record(path: str) -> None:
    assert not is_record_path(path)


def test_links_to_folders_are_not_followed_and_a_loop_ends(tmp_path: Path) -> None:
    root = tmp_path / "seeds"
    make(root, "news/a.md")
    make(tmp_path, "outside/b.md")
    (root / "up").symlink_to(root)
    (root / "news/loop").symlink_to("loop")
    (root / "news/out").symlink_to(tmp_path / "outside")
    (root / "news/named.md").symlink_to(tmp_path / "outside")
    assert record_paths(root) == ["news/a.md"]


def test_a_folder_named_like_a_record_is_walked_and_not_listed(tmp_path: Path) -> None:
    make(tmp_path, "odd.md/a.md")
    assert record_paths(tmp_path) == ["odd.md/a.md"]


def test_links_and_pipes_named_like_records_are_listed_for_the_reader_to_refuse(
    tmp_path: Path,
) -> None:
    """A link in a record's place must show up as an error, not disappear."""
    make(tmp_path, "a.md")
    (tmp_path / "link.md").symlink_to("a.md")
    os.mkfifo(tmp_path / "pipe.md")
    assert record_paths(tmp_path) == ["a.md", "link.md", "pipe.md"]


def test_an_empty_folder_has_no_records(tmp_path: Path) -> None:
    make(tmp_path, ".keep")
    assert record_paths(tmp_path) == []


def test_a_missing_root_and_a_file_in_its_place_are_refused(tmp_path: Path) -> None:
    make(tmp_path, "file")
    for root in (tmp_path / "nowhere", tmp_path / "file", tmp_path / "file/below"):
        with pytest.raises(SealgateError) as caught:
            record_paths(root)
        assert (caught.value.code, caught.value.path) == (Reason.SEEDS_MISSING, str(root))
        assert "SEALGATE_SEEDS" in caught.value.hint


def test_a_name_that_is_not_utf8_is_listed_and_can_be_shown(tmp_path: Path) -> None:
    with open(os.fsencode(tmp_path) + b"/caf\xe9.md", "wb"):
        pass
    (path,) = record_paths(tmp_path)
    assert os.fsencode(path) == b"caf\xe9.md"
    assert printable_path(path) == r"caf\xe9.md"
    assert is_record_path(path)


@pytest.mark.parametrize("path", ["a.md", "ünder/日本.md", r"back\slash.md"])
def test_a_name_in_utf8_is_shown_as_it_is(path: str) -> None:
    assert printable_path(path) == path
