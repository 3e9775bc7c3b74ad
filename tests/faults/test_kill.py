"""Killed at any moment of an ingest: the next start finds the old or the new snapshot, whole."""

from __future__ import annotations

import json
import shutil
import subprocess
import sys
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest

from gateway.app import Gateway
from gateway.store.store import Store
from tests.faults.crashes import bodies
from tests.faults.long import IS_LONG, only_long
from tests.support.folder import Folder
from tests.support.process import PATIENCE
from tests.support.publisher import NOW

COUNT = 3
ROOT = Path(__file__).parents[2]
AT_REST = ["store.db", "store.db-shm", "store.db-wal"]


def write(folder: Folder, revision: int) -> None:
    for number in range(COUNT):
        folder.add(f"_news/{number}.md", body=f"Body {revision}.\n")


def settings_file(folder: Folder) -> Path:
    settings = {
        "seeds": str(folder.seeds),
        "keys": str(folder.keys),
        "store": f"sqlite:///{folder.base}/store/store.db",
        "watch": False,
    }
    file = folder.base / "settings.json"
    file.write_text(json.dumps(settings), encoding="utf-8")
    return file


def matrix(folder: Folder, before: Path | None, step: int = 1) -> list[dict[str, Any]]:
    arguments = [str(settings_file(folder)), str(step), *([str(before)] if before else [])]
    command = [sys.executable, "-m", "tests.faults.crashes", *arguments]
    done = subprocess.run(
        command, cwd=ROOT, capture_output=True, text=True, check=False, timeout=4 * PATIENCE
    )
    assert done.returncode == 0, done.stderr
    found: list[dict[str, Any]] = json.loads(done.stdout.splitlines()[-1])
    return found


def check(rows: list[dict[str, Any]], old: list[str]) -> None:
    new = ["Body 2.\n"] * COUNT
    assert [row["died"] for row in rows] == [True] * (len(rows) - 1) + [False]
    for row in rows:
        assert row["held"] in (old, new)
        assert row["restarted"] == new
        assert row["sound"] == "ok"
        assert row["beside"] == AT_REST
    # Once the new one is there it stays: there is one instant at which it came.
    came = [row["held"] == new for row in rows]
    assert came == sorted(came)
    assert came[0] is False
    assert came[-1] is True


def test_killed_at_any_statement_of_an_update_it_is_the_old_or_the_new_snapshot(
    folder: Folder,
) -> None:
    settings_file(folder)
    write(folder, 1)
    before = folder.base / "before"
    given = folder.settings.model_copy(update={"store": f"sqlite:///{before}/store.db"})
    with closing(Gateway(given, lambda: NOW)) as gateway:
        gateway.ingest()
    write(folder, 2)
    check(matrix(folder, before), ["Body 1.\n"] * COUNT)


def test_killed_at_any_statement_of_the_first_ingest_it_is_nothing_or_all(folder: Folder) -> None:
    write(folder, 2)
    check(matrix(folder, None, step=1 if IS_LONG else 4), [])


# How they are counted: Python opens many files before it gets to the store.
CALLS = {"pwrite64": 1, "fdatasync": 1, "fsync": 1, "unlink": 1, "ftruncate": 1, "openat": 97}


@only_long
@pytest.mark.parametrize("call", CALLS)
def test_killed_at_any_system_call_it_is_the_old_or_the_new_snapshot(
    folder: Folder, call: str
) -> None:
    """At every call that writes, from the first to the last, counted by strace."""
    if shutil.which("strace") is None:
        pytest.skip("NOT TESTED: no strace")
    write(folder, 1)
    before, store = folder.base / "before", folder.base / "store"
    given = folder.settings.model_copy(update={"store": f"sqlite:///{before}/store.db"})
    with closing(Gateway(given, lambda: NOW)) as gateway:
        gateway.ingest()
    write(folder, 2)
    for number in range(1, 5000, CALLS[call]):
        shutil.rmtree(store, ignore_errors=True)
        shutil.copytree(before, store)
        if ingest_killed_at(folder, call, number) == 0:
            break
        assert held_by(folder) in (["Body 1.\n"] * COUNT, ["Body 2.\n"] * COUNT)
        assert ingest_killed_at(folder, None, 0) == 0
        assert held_by(folder) == ["Body 2.\n"] * COUNT
    else:
        raise AssertionError("it never came to its end")


def ingest_killed_at(folder: Folder, call: str | None, number: int) -> int:
    settings = json.loads(settings_file(folder).read_text(encoding="utf-8"))
    options = [f"--{name}={settings[name]}" for name in ("seeds", "keys", "store")]
    command = [sys.executable, "-m", "gateway.cli.main", "ingest", *options]
    if call is not None:
        inject = f"inject={call}:signal=KILL:when={number}"
        command = ["strace", "-f", "-o", "/dev/null", "-e", f"trace={call}", "-e", inject, *command]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, check=False, timeout=PATIENCE)
    return done.returncode


def held_by(folder: Folder) -> list[str]:
    with closing(Store.open(f"sqlite:///{folder.base}/store/store.db")) as store:
        return bodies(store)
