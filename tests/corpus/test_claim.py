"""From a file to the record it claims to be."""

from __future__ import annotations

import hashlib
import json
import os
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from gateway.corpus.claim import claim_bytes, claim_file
from gateway.errors import EnvelopeError, FrontMatterError, Reason, SealgateError
from gateway.frontmatter.limits import Limits
from gateway.records.raw import RawRecord

LIMITS = Limits()


def claim(text: str | bytes, corpus: str = "demo", path: str = "news/a.md") -> RawRecord:
    data = text if isinstance(text, bytes) else text.encode()
    return claim_bytes(corpus, path, data, LIMITS)


def refused(text: str | bytes) -> SealgateError:
    with pytest.raises(SealgateError) as caught:
        claim(text)
    assert caught.value.path == "news/a.md"
    return caught.value


def test_the_canonical_bytes_hold_corpus_path_fields_and_body_digest() -> None:
    raw = claim('---\nb: 1.0\na: "é"\n---\nbody')
    body = hashlib.sha256(b"body").hexdigest()
    assert raw.canonical.decode() == (
        f'{{"body":"sha256:{body}","corpus":"demo","path":"news/a.md",'
        '"record":{"a":"é","b":1},"v":1}'
    )
    assert raw.digest == hashlib.sha256(raw.canonical).hexdigest()
    assert (raw.corpus, raw.path, raw.body) == ("demo", "news/a.md", b"body")


def test_the_example_of_the_documentation() -> None:
    """docs/record-format.md gives this digest to people who write their own verifier."""
    text = '---\ncategory: news\ntitle: "Ünder seal"\nquality: 1.0\nsecured: "..."\n---\n'
    raw = claim(text, path="_news/a.md")
    assert raw.digest == "8c4c450e991d54abb124141d1367866e963d9471b9e4b134b7187eeab9db9792"


@pytest.mark.parametrize(
    ("secured", "entries"),
    [
        ("", ()),
        ("secured: x\n", ("x",)),
        ("secured: [x, y]\n", ("x", "y")),
        ("secured: []\n", ()),
        ("secured:\n", ()),
        ("secured:\n- x\n- x\n", ("x", "x")),
    ],
)
def test_secured_is_read_and_is_no_part_of_what_is_sealed(
    secured: str, entries: tuple[str, ...]
) -> None:
    raw = claim(f"---\na: 1\n{secured}---\n")
    assert raw.secured == entries
    assert raw.canonical == claim("---\na: 1\n---\n").canonical


def test_only_the_top_level_secured_is_about_the_record() -> None:
    raw = claim("---\na: {secured: x}\nb: [{secured: y}]\n---\n")
    assert raw.secured == ()
    assert json.loads(raw.canonical)["record"] == {"a": {"secured": "x"}, "b": [{"secured": "y"}]}


def test_layout_comments_and_line_ends_of_the_front_matter_are_not_sealed() -> None:
    plain = claim("---\na: 1\nb: x\n---\n")
    assert claim("---\r\nb: 'x' # note\r\n\r\na:   1\r\n---\r\n").canonical == plain.canonical


@pytest.mark.parametrize(
    ("one", "two"),
    [
        ("---\na: 1\n---\n", '---\na: "1"\n---\n'),
        ("---\na:\n---\n", "---\nb:\n---\n"),
        ("---\na: []\n---\n", "---\na: {}\n---\n"),
        ("---\na: 1\n---\n", "---\na: 1\n---\n\n"),
        ("---\na: 1\n---\nx\n", "---\na: 1\n---\nx\r\n"),
        ("---\na: é\n---\n", "---\na: e\u0301\n---\n"),
    ],
)
def test_different_content_has_different_canonical_bytes(one: str, two: str) -> None:
    assert claim(one).digest != claim(two).digest


def test_the_same_file_elsewhere_is_another_record() -> None:
    text = "---\na: 1\n---\n"
    places = [("demo", "a.md"), ("demo", "b.md"), ("other", "a.md"), ("demo", "A.md")]
    assert len({claim(text, corpus, path).digest for corpus, path in places}) == len(places)


@pytest.mark.parametrize("secured", ["1", "true", "{}", "[1]", "[[x]]", "[x, ~]", "1.5"])
def test_secured_of_another_type_is_an_envelope_error_with_the_path(secured: str) -> None:
    error = refused(f"---\nsecured: {secured}\n---\n")
    assert isinstance(error, EnvelopeError)
    assert error.code is Reason.SECURED_SHAPE


def test_errors_keep_their_code_and_line_and_gain_the_path() -> None:
    error = refused("---\na: 1\na: 2\n---\n")
    assert (error.code, error.line, error.where) == (Reason.YAML_DUPLICATE_KEY, 3, "news/a.md:3")


DATA = "_data/topics/a.yaml"


def test_a_data_file_is_the_record_of_its_fields_with_no_body() -> None:
    raw = claim("b: 1.0\na: x", path=DATA)
    empty = hashlib.sha256(b"").hexdigest()
    assert raw.canonical.decode() == (
        f'{{"body":"sha256:{empty}","corpus":"demo","path":"{DATA}","record":{{"a":"x","b":1}},"v":1}}'
    )
    assert (raw.body, raw.secured) == (b"", ())


@pytest.mark.parametrize(
    "text",
    ["a: 1", "a: 1\n", "---\na: 1", "a: 1\n---\n\n", "---\r\na: 1\r\n---\r\n", "a: 1\nsecured: x"],
)
def test_fences_line_ends_and_secured_are_no_part_of_what_a_data_file_is(text: str) -> None:
    assert claim(text, path=DATA).canonical == claim("a: 1\n", path=DATA).canonical


def test_the_path_decides_how_a_file_is_read(tmp_path: Path) -> None:
    (tmp_path / "_data").mkdir()
    for name in ("a.yaml", "a.md"):
        (tmp_path / "_data" / name).write_bytes(b"a: 1")
    assert claim_file("demo", tmp_path, "_data/a.yaml", LIMITS).path == "_data/a.yaml"
    with pytest.raises(FrontMatterError) as caught:
        claim_file("demo", tmp_path, "_data/a.md", LIMITS)
    assert caught.value.code is Reason.FRONT_MATTER_MISSING


def test_errors_in_a_data_file_have_its_path_and_line() -> None:
    with pytest.raises(SealgateError) as caught:
        claim("a: 1\na: 2", path=DATA)
    assert caught.value.where == f"{DATA}:2"


def test_a_file_is_claimed_under_its_path_below_the_root(tmp_path: Path) -> None:
    (tmp_path / "news").mkdir()
    (tmp_path / "news/a.md").write_bytes(b"---\na: 1\n---\n")
    assert claim_file("demo", tmp_path, "news/a.md", LIMITS) == claim("---\na: 1\n---\n")


def test_files_that_cannot_be_read_are_named_by_their_path_in_the_corpus(tmp_path: Path) -> None:
    (tmp_path / "link.md").symlink_to("x")
    (tmp_path / "folder.md").mkdir()
    os.mkfifo(tmp_path / "pipe.md")
    (tmp_path / "large.md").write_bytes(b"x" * 11)
    (tmp_path / "empty.md").write_bytes(b"")
    with open(os.fsencode(tmp_path) + b"/caf\xe9.md", "wb"):
        pass
    expected = {
        "gone.md": Reason.FILE_NOT_FOUND,
        "link.md": Reason.FILE_NOT_REGULAR,
        "folder.md": Reason.FILE_NOT_REGULAR,
        "pipe.md": Reason.FILE_NOT_REGULAR,
        "large.md": Reason.FILE_TOO_LARGE,
        "empty.md": Reason.FILE_INCOMPLETE,
        "nul\0.md": Reason.PATH_UNUSABLE,
        "caf\udce9.md": Reason.PATH_UNUSABLE,
    }
    for path, reason in expected.items():
        with pytest.raises(FrontMatterError) as caught:
            claim_file("demo", tmp_path, path, Limits(file_bytes=10))
        assert caught.value.code is reason
        assert caught.value.path == path.replace("\udce9", r"\xe9")


@pytest.mark.fuzz
@settings(
    deadline=None,
    derandomize=True,
    max_examples=int(os.environ.get("SEALGATE_FUZZ_EXAMPLES", "150")),
)
@given(st.binary(max_size=300), st.sampled_from([b"", b"---\n", b"---\nsecured: "]))
def test_any_bytes_are_a_record_or_one_of_our_errors_with_the_path(
    data: bytes, start: bytes
) -> None:
    try:
        raw = claim(start + data + b"\n---\n")
    except SealgateError as error:
        assert error.path == "news/a.md"  # noqa: PT017
        return
    assert json.loads(raw.canonical)["path"] == "news/a.md"
