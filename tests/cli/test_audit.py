"""`sealgate audit` and `sealgate verify --jobs`, as a person and as a script meet them."""

from __future__ import annotations

import json
import re
import sqlite3
from contextlib import closing
from pathlib import Path
from subprocess import CompletedProcess
from typing import Any

import pytest

from tests.support import command
from tests.support.folder import Folder, replace_in


def sealgate(*arguments: str, cwd: Path) -> CompletedProcess[str]:
    """On a narrow terminal."""
    done = command.sealgate(*arguments, cwd=cwd, columns=60)
    assert "Traceback" not in done.stderr, done.stderr
    return done


@pytest.fixture
def corpus(folder: Folder) -> Path:
    """Two sealed records, ingested, in the working directory of the command."""
    for path in folder.keys.iterdir():
        path.unlink()
    folder.write("_news/a.md")
    folder.write("_news/b.md")
    sealgate("keys", "generate", "--private", "me.jwk", "--kid", "mine", cwd=folder.base)
    sealgate("seal", "--key", "me.jwk", cwd=folder.base)
    assert sealgate("ingest", cwd=folder.base).returncode == 0
    return folder.base


def document(*arguments: str, cwd: Path) -> Any:
    return json.loads(sealgate("audit", "--json", *arguments, cwd=cwd).stdout)


def test_all_is_well(corpus: Path) -> None:
    done = sealgate("audit", cwd=corpus)
    assert (done.returncode, done.stderr) == (0, "")
    assert done.stdout.endswith(
        "2 of 2 records are VERIFIED, and the store says the same as the files.\n"
    )
    assert re.search(r"^mine +2$", done.stdout, re.MULTILINE)


def test_a_tampered_file_is_named_in_full_on_a_narrow_terminal(corpus: Path) -> None:
    name = f"_news/{'long-' * 30}.md"
    (corpus / "seeds" / name).write_text((corpus / "seeds/_news/a.md").read_text())
    done = sealgate("audit", cwd=corpus)
    assert done.returncode == 1
    assert re.search(
        rf"^{name} +INVALID +SIGNATURE_INVALID +does not match", done.stdout, re.MULTILINE
    )


def test_without_a_store_only_files_are_judged_and_none_is_made(corpus: Path) -> None:
    found = document("--store", "sqlite:///none/store.db", cwd=corpus)
    assert (found["clean"], found["store"]) == (True, None)
    assert not (corpus / "none").exists()


def test_a_changed_store_is_found_out_though_every_file_is_verified(corpus: Path) -> None:
    with closing(sqlite3.connect(corpus / ".sealgate/store.db")) as database:
        database.execute("DELETE FROM sealgate_row WHERE path = '_news/b.md'")
        database.commit()
    done = sealgate("audit", "--json", cwd=corpus)
    assert done.returncode == 1
    found = json.loads(done.stdout)
    assert found["statuses"] == {"VERIFIED": 2}
    assert found["store"]["differences"] == [
        {"path": "_news/b.md", "disagreement": "FILE_WITHOUT_ROW"}
    ]


def test_a_file_that_changed_since_the_ingest_differs_from_its_row(corpus: Path) -> None:
    replace_in(corpus / "seeds/_news/a.md", "quality: 80", "quality: 81")
    found = document(cwd=corpus)
    assert found["withheld"][0]["reason"] == "SIGNATURE_INVALID"
    assert found["store"]["differences"][0]["disagreement"] == "CHANGED"


def test_several_processes_report_what_one_does(corpus: Path) -> None:
    (corpus / "seeds/_news/c.md").write_text("nothing")
    one, two = document("--jobs", "1", cwd=corpus), document("--jobs", "2", cwd=corpus)
    assert (one["jobs"], two["jobs"]) == (1, 2)
    for found in (one, two):
        for name in ("instant", "jobs", "seconds", "recordsPerSecond"):
            del found[name]
    assert one == two


@pytest.mark.parametrize(
    ("arguments", "beginning"),
    [
        (("-o", "out.json"), "{\n"),
        (("-o", "out.md"), "# Audit of demo\n"),
        (("-o", "out.html"), "<!doctype html>\n"),
        (("-o", "out.txt"), "Audit\n"),
        (("--format", "html", "-o", "out.md"), "<!doctype html>\n"),
        (("--format", "table", "-o", "out.html"), "Audit\n"),
        (("--json", "--format", "html", "-o", "out.html"), "{\n"),
    ],
)
def test_the_form_is_asked_for_or_follows_from_the_name(
    corpus: Path, arguments: tuple[str, ...], beginning: str
) -> None:
    done = sealgate("audit", *arguments, cwd=corpus)
    assert (done.returncode, done.stdout) == (0, "")
    assert "2 of 2 records are VERIFIED" in done.stderr
    assert (corpus / arguments[-1]).read_text().startswith(beginning)


@pytest.mark.parametrize("form", ["json", "markdown", "html", "table"])
def test_every_form_can_be_printed(corpus: Path, form: str) -> None:
    done = sealgate("audit", "--format", form, cwd=corpus)
    assert (done.returncode, done.stderr) == (0, "")
    assert "demo" in done.stdout
    assert "\x1b[" not in done.stdout


@pytest.mark.parametrize(
    ("arguments", "code"),
    [
        (("--seeds", "nowhere"), "SEEDS_MISSING"),
        (("--keys", "nowhere"), "TRUST_EMPTY"),
        (("--store", "nonsense"), "SETTINGS"),
        (("-o", "nowhere/report.html"), "FILE_UNREADABLE"),
    ],
)
def test_what_cannot_be_done_ends_with_status_2(
    corpus: Path, arguments: tuple[str, ...], code: str
) -> None:
    done = sealgate("audit", *arguments, cwd=corpus)
    assert (done.returncode, done.stdout) == (2, "")
    assert f"[{code}]" in done.stderr


def test_help_teaches() -> None:
    done = sealgate("audit", "--help", cwd=Path())
    assert done.returncode == 0
    for word in ("--format", "--output", "--jobs", "--json", "Exit status"):
        assert word in done.stdout


def test_verify_takes_jobs_and_tells_its_pace_beside_the_results(corpus: Path) -> None:
    one = sealgate("verify", "--jobs", "1", cwd=corpus)
    two = sealgate("verify", "--jobs", "2", cwd=corpus)
    assert one.stdout == two.stdout
    for done in (one, two):
        assert done.returncode == 0
        assert re.fullmatch(r"\d+ records per second\.\n", done.stderr)


def test_verify_tells_no_pace_of_a_single_record(corpus: Path) -> None:
    assert sealgate("verify", "seeds/_news/a.md", cwd=corpus).stderr == ""


def test_a_name_cannot_speak_to_the_terminal(corpus: Path) -> None:
    (corpus / "seeds/_news/\x1b[31mred\n.md").write_text("nothing")
    for name in ("verify", "audit"):
        done = sealgate(name, cwd=corpus)
        assert done.returncode == 1
        assert "\x1b" not in done.stdout
        assert "_news/\\x1b[31mred\\n.md" in done.stdout
