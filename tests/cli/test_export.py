"""`sealgate export` as a script meets it."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest

from gateway.cli.output import opened
from gateway.errors import Reason, StoreError
from gateway.live import unix_time
from tests.support.command import sealgate
from tests.support.folder import Folder


@pytest.fixture
def corpus(folder: Folder) -> Path:
    now = unix_time()
    folder.publisher.write_public(folder.keys, nbf=now - 9999, exp=now + 99999)
    for name in "ab":
        folder.write(f"_news/{name}.md", body="text " * 40_000)
        folder.seal(f"_news/{name}.md", iat=now)
    return folder.base


def test_it_prints_lines_and_says_on_the_side_how_many(corpus: Path) -> None:
    done = sealgate("export", cwd=corpus)
    assert done.returncode == 0
    found = [json.loads(line)["path"] for line in done.stdout.splitlines()]
    assert found == ["_news/a.md", "_news/b.md"]
    assert done.stderr == "Snapshot 1: 2 records, 0 withheld.\n"


def test_it_takes_up_what_changed_first(corpus: Path) -> None:
    sealgate("ingest", cwd=corpus)
    (corpus / "seeds/_news/b.md").unlink()
    assert len(sealgate("export", cwd=corpus).stdout.splitlines()) == 1


def test_a_file_appears_as_a_whole_or_not_at_all(corpus: Path) -> None:
    target = corpus / "feed.json"
    done = sealgate("export", "--format", "json-feed", "-o", "feed.json", cwd=corpus)
    assert (done.returncode, done.stdout) == (0, "")
    document = json.loads(target.read_text(encoding="utf-8"))
    assert len(document["items"]) == 2
    before = target.read_bytes()
    (corpus / "keys/policy.yaml").write_text("mode: nonsense\n", encoding="utf-8")
    assert sealgate("export", "-o", "feed.json", cwd=corpus).returncode == 2
    assert target.read_bytes() == before
    assert not list(corpus.glob(".export*")) + list(corpus.glob(".write*"))


def test_what_fails_in_the_middle_leaves_the_old_file_and_nothing_beside_it(
    tmp_path: Path,
) -> None:
    def write() -> None:
        with opened(target) as file:
            file.write(b"x" * 100_000)
            raise StoreError(Reason.STORE_UNAVAILABLE, "the snapshot was pruned")

    target = tmp_path / "feed.ndjson"
    target.write_bytes(b"old")
    with pytest.raises(StoreError):
        write()
    assert target.read_bytes() == b"old"
    assert list(tmp_path.iterdir()) == [target]


def test_what_is_withheld_is_counted_and_not_written(corpus: Path) -> None:
    file = corpus / "seeds/_news/a.md"
    file.write_text(file.read_text(encoding="utf-8").replace("newsroom", "Newsroom"), "utf-8")
    done = sealgate("export", cwd=corpus)
    assert done.returncode == 0
    assert [json.loads(line)["path"] for line in done.stdout.splitlines()] == ["_news/b.md"]
    assert done.stderr == "Snapshot 1: 2 records, 1 withheld.\n"


def test_a_folder_without_records_is_exported_as_none(corpus: Path) -> None:
    for file in (corpus / "seeds/_news").iterdir():
        file.unlink()
    done = sealgate("export", cwd=corpus)
    assert (done.returncode, done.stdout) == (0, "")
    done = sealgate("export", "--format", "json-feed", cwd=corpus)
    assert (done.returncode, json.loads(done.stdout)["items"]) == (0, [])


def test_a_format_that_there_is_not_is_a_usage_error(corpus: Path) -> None:
    done = sealgate("export", "--format", "xml", cwd=corpus)
    assert (done.returncode, done.stdout) == (2, "")
    assert "Traceback" not in done.stderr


def test_a_target_that_is_a_folder_stays_one(corpus: Path) -> None:
    done = sealgate("export", "-o", "seeds", cwd=corpus)
    assert (done.returncode, done.stdout) == (2, "")
    assert "error: seeds: cannot write: is a directory [FILE_UNREADABLE]" in done.stderr
    assert (corpus / "seeds").is_dir()
    assert not list(corpus.glob(".export*"))


def test_a_target_that_cannot_be_written_is_an_error_without_a_traceback(corpus: Path) -> None:
    done = sealgate("export", "-o", "no/such/folder/x", cwd=corpus)
    assert done.returncode == 2
    assert "cannot write" in done.stderr
    assert "Traceback" not in done.stderr


@pytest.mark.parametrize("name", ["ndjson", "json-feed"])
def test_a_reader_that_goes_away_leaves_no_traceback(corpus: Path, name: str) -> None:
    command = [sys.executable, "-m", "gateway.cli.main", "export", "--format", name]
    with subprocess.Popen(
        command, cwd=corpus, stdout=subprocess.PIPE, stderr=subprocess.PIPE
    ) as process:
        assert process.stdout is not None
        assert process.stderr is not None
        process.stdout.read(1)
        process.stdout.close()
        told = process.stderr.read()
    # Nothing was written of how much was exported, since it was not.
    assert (process.returncode, told) == (1, b"")
