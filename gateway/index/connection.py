"""A connection to a database of the index, and how SQLite is set up for it."""

from __future__ import annotations

import sqlite3
from pathlib import Path
from urllib.parse import quote

from gateway.index.fold import fold

# Memory for pages of a file, by connection: for the one that writes, and those that read. Readers
# have the file itself mapped, so that what they keep are pages of the log.
_WRITING, READING = 1 << 25, 1 << 22
# As much as SQLite maps; what is further behind is read.
_MAPPED = 0x7FFF0000

# unix-excl: no other process can open the file while it is open here, and what connections share
# lies in memory and not in another file.
_OPTIONS = "vfs=unix-excl"


class Connection(sqlite3.Connection):
    """Transactions begin and end where our own code says so.

    SQLAlchemy would end one with each statement, and with it what a reader holds on to.
    """

    def commit(self) -> None:
        """Not now."""

    def rollback(self) -> None:
        """Not now."""


def in_memory() -> Connection:
    return _connected(":memory:", uri=False)


def to_file(path: Path, *, is_new: bool) -> Connection:
    mode = "rwc" if is_new else "rw"
    connection = _connected(f"file:{quote(str(path))}?mode={mode}&{_OPTIONS}", uri=True)
    # It outlives neither its process nor a power cut, so there is nothing to wait for.
    for pragma in ("synchronous=OFF", f"mmap_size={_MAPPED}", f"cache_size={_kib(_WRITING)}"):
        connection.execute(f"PRAGMA {pragma}")
    return connection


def _connected(name: str, *, uri: bool) -> Connection:
    connection = sqlite3.connect(
        name, check_same_thread=False, isolation_level=None, factory=Connection, uri=uri
    )
    connection.create_function("fold", 1, _fold, deterministic=True)
    return connection


def only_reads(connection: Connection) -> None:
    """Give back the memory that it was written with."""
    connection.execute(f"PRAGMA cache_size={_kib(READING)}")
    connection.execute("PRAGMA shrink_memory")


def _kib(size: int) -> int:
    # SQLite takes a negative number for KiB and a positive one for pages.
    return -(size >> 10)


def _fold(text: str | None) -> str | None:
    return None if text is None else fold(text)
