"""Sealing a corpus again with another key."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from watchfiles import watch

from gateway.corpus.layout import record_paths
from gateway.live import unix_time
from tests.support.command import output, sealgate
from tests.support.folder import Folder, replace_in
from tests.support.publisher import Publisher


@pytest.fixture
def corpus(folder: Folder) -> Folder:
    """Four verified records, sealed a while ago, and the private half of a new trusted key."""
    now = unix_time()
    folder.publisher.write_public(folder.keys, nbf=now - 9999, exp=now + 99999)
    for name in "abcd":
        folder.write(f"_news/{name}.md")
        folder.seal(f"_news/{name}.md", iat=now - 100)
    new = Publisher("new")
    new.write_public(folder.keys, nbf=now - 10, exp=now + 99999)
    (folder.base / "new.jwk").write_text(json.dumps(new.key.private_jwk()), encoding="utf-8")
    return folder


def run(folder: Folder, *options: str) -> subprocess.CompletedProcess[str]:
    return sealgate("reseal", "--key", "new.jwk", *options, cwd=folder.base)


def content(folder: Folder) -> dict[str, bytes]:
    return {path: (folder.seeds / path).read_bytes() for path in record_paths(folder.seeds)}


def test_every_verified_record_gets_the_new_keys_envelope(corpus: Folder) -> None:
    done = run(corpus)
    assert (done.returncode, done.stdout) == (
        0,
        "4 sealed, 0 were sealed already, 0 refused.\n",
    )
    found = output("verify", cwd=corpus.base)
    assert [record["keyIds"] for record in found] == [["k1", "new"]] * 4


def test_the_old_keys_envelopes_are_left_out_on_request(corpus: Folder) -> None:
    assert run(corpus, "--replace", "k1").returncode == 0
    found = output("verify", cwd=corpus.base)
    assert [record["keyIds"] for record in found] == [["new"]] * 4
    assert run(corpus, "--replace", "k1").stdout.startswith("0 sealed, 4 were sealed already")


def test_a_second_run_changes_nothing(corpus: Folder) -> None:
    run(corpus)
    before = content(corpus)
    assert run(corpus).stdout == "0 sealed, 4 were sealed already, 0 refused.\n"
    assert content(corpus) == before


def test_several_processes_do_what_one_does(corpus: Folder) -> None:
    assert run(corpus, "--jobs", "2").stdout == "4 sealed, 0 were sealed already, 0 refused.\n"
    assert {record["status"] for record in output("verify", cwd=corpus.base)} == {"VERIFIED"}


def test_a_dry_run_changes_nothing(corpus: Folder) -> None:
    before = content(corpus)
    assert run(corpus, "--dry-run").stdout.startswith("4 would be sealed")
    assert content(corpus) == before


def outcomes(folder: Folder, *options: str) -> dict[str, Any]:
    found = output("reseal", "--key", "new.jwk", *options, cwd=folder.base)
    return {item["path"][6]: item["done"] for item in found}


def test_a_record_with_evidence_against_it_is_never_laundered(corpus: Folder) -> None:
    replace_in(corpus.seeds / "_news/a.md", "quality: 80", "quality: 81")
    corpus.write("_news/b.md")
    (corpus.seeds / "_news/c.md").write_text("no fence\n", encoding="utf-8")
    before = content(corpus)
    expected = {"a": "refused", "b": "refused", "c": "refused", "d": "sealed"}
    assert outcomes(corpus) == expected
    assert outcomes(corpus, "--lapsed") == {**expected, "b": "sealed", "d": "unchanged"}
    for path in ("_news/a.md", "_news/c.md"):
        assert (corpus.seeds / path).read_bytes() == before[path]
    done = run(corpus)
    assert done.returncode == 1
    assert "_news/a.md: it is INVALID" in done.stderr


@pytest.fixture
def many(corpus: Folder) -> Folder:
    for number in range(300):
        path = f"_news/{number:03}.md"
        corpus.write(path)
        corpus.seal(path, iat=unix_time() - 100)
    return corpus


def test_after_a_kill_the_next_run_finishes_and_seals_nothing_twice(many: Folder) -> None:
    command = [sys.executable, "-m", "gateway.cli.main", "reseal", "--key", "new.jwk"]
    command += ["--jobs", "1"]
    changes = watch(many.seeds, step=1, debounce=1, rust_timeout=20_000, yield_on_timeout=True)
    with subprocess.Popen(command, cwd=many.base, stdout=subprocess.DEVNULL) as process:
        next(changes)
        os.kill(process.pid, signal.SIGKILL)
    changes.close()
    half = {path: data for path, data in content(many).items() if data.count(b'  - "') == 2}
    (many.seeds / "_news/.seal-left").write_bytes(b"half")
    done = run(many)
    sealed = 304 - len(half)
    assert done.stdout == f"{sealed} sealed, {len(half)} were sealed already, 0 refused.\n"
    after = content(many)
    assert {path: after[path] for path in half} == half
    assert all(data.count(b'  - "') == 2 for data in after.values())
    assert not list(Path(many.seeds).rglob(".seal-*"))
