"""Dies at every statement of an ingest in turn, and looks at what the next start finds.

A program of its own, since it forks, which a process with threads must not. It prints one JSON
document: for each statement that was the last one, what the store held then, what the next start
made of it, and what lies beside the store.

    python -m tests.faults.crashes SETTINGS.json STEP [STORE_BEFORE]

STEP: 1 for every statement, 2 for every other one.
"""

from __future__ import annotations

import json
import os
import shutil
import signal
import sqlite3
import sys
from collections.abc import Callable
from contextlib import closing
from functools import partial
from pathlib import Path
from typing import Any

import sqlalchemy as sa

from gateway.app import Gateway
from gateway.records.raw import RawRecord
from gateway.settings import Settings
from gateway.store.store import Store
from tests.support.publisher import NOW

_MOST = 1000


class Crashes:
    def __init__(self, settings: Settings, step: int, before: Path | None) -> None:
        self._settings = settings
        self._step = step
        self._before = before
        self._store = Path(settings.store.removeprefix("sqlite:///"))

    def matrix(self) -> list[dict[str, Any]]:
        """One row for each statement; the last is of an ingest that came to its end."""
        rows: list[dict[str, Any]] = []
        for number in range(1, _MOST, self._step):
            self._set_up()
            died = _in_a_child(partial(self._ingest, number)) is None
            rows.append({"died": died, **(_in_a_child(self._restarted) or {})})
            if not died:
                break
        return rows

    def _set_up(self) -> None:
        shutil.rmtree(self._store.parent, ignore_errors=True)
        if self._before is None:
            self._store.parent.mkdir()
        else:
            shutil.copytree(self._before, self._store.parent)

    def _ingest(self, last: int) -> dict[str, Any]:
        _die_at(last)
        self._start()
        return {}

    def _start(self) -> list[str]:
        gateway = Gateway(self._settings, lambda: NOW)
        gateway.ingest()
        assert not gateway.health.troubles, gateway.health.troubles
        return bodies(gateway.store)

    def _restarted(self) -> dict[str, Any]:
        """What the store says to whoever opens it, before anything is mended, and afterwards."""
        held = bodies(Store.open(self._settings.store))
        found = self._start()
        with closing(sqlite3.connect(self._store)) as connection:
            (sound,) = connection.execute("PRAGMA integrity_check").fetchone()
        beside = sorted(file.name for file in self._store.parent.iterdir())
        return {"held": held, "restarted": found, "sound": sound, "beside": beside}


def bodies(store: Store) -> list[str]:
    ids = store.row_ids(store.latest().id, "demo")
    rows = [row.raw for row in store.read(ids)]
    return [raw.body.decode() if isinstance(raw, RawRecord) else str(raw) for raw in rows]


def _die_at(last: int) -> None:
    """Statements on the index in memory do not count: nothing of them is left anyway."""
    left = last

    def count(connection: sa.Connection, *_: object) -> None:
        nonlocal left
        if connection.engine.url.database:
            left -= 1
            if left == 0:
                os.kill(os.getpid(), signal.SIGKILL)

    sa.event.listen(sa.Engine, "before_cursor_execute", count)
    sa.event.listen(sa.Engine, "commit", count)


def _in_a_child(work: Callable[[], dict[str, Any]]) -> dict[str, Any] | None:
    """What it returned; None when it was killed."""
    reader, writer = os.pipe()
    if (pid := os.fork()) == 0:
        status = 1
        try:
            os.write(writer, json.dumps(work()).encode())
            status = 0
        finally:
            os._exit(status)
    os.close(writer)
    with os.fdopen(reader, "rb") as pipe:
        told = pipe.read()
    _, status = os.waitpid(pid, 0)
    if os.WIFSIGNALED(status):
        return None
    assert status == 0, "a child failed"
    found: dict[str, Any] = json.loads(told)
    return found


if __name__ == "__main__":
    given = json.loads(Path(sys.argv[1]).read_text(encoding="utf-8"))
    start = Path(sys.argv[3]) if len(sys.argv) > 3 else None
    print(json.dumps(Crashes(Settings(**given), int(sys.argv[2]), start).matrix()))  # noqa: T201
