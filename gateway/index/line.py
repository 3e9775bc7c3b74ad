"""A file in which indexes lie that came one from another.

Each of them is a connection in a transaction that began when its state was the newest. SQLite's log
keeps what each still sees (https://www.sqlite.org/wal.html, "Concurrency").
"""

from __future__ import annotations

import os
import sqlite3
import threading
from contextlib import suppress
from pathlib import Path

from gateway.index.connection import Connection, only_reads, to_file
from gateway.index.damage import index_errors, unusable
from gateway.index.folder import new_name

# Pages that are copied at a time: less than a millisecond.
COPIED = 256

# A log begins anew only when nobody reads in it, and one state after the other always is read. So
# it grows with every change; once it is longer than the file, and this, the next state begins
# another file, and this one ends with the last who reads it. On the disk a line takes no more than
# twice its file, and what the last change added.
_LOG_BYTES = 1 << 26

_LOG = "-wal"
_SUFFIXES = ("", _LOG, "-journal", "-shm")

Identity = tuple[int, int]


class Line:
    """Every method may be called from any thread, and leaving in the middle of another one, since
    it is called when an index is collected."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._lock = threading.RLock()
        self._members = 0
        self._newest: Connection | None = None
        self._writer: Connection | None = None
        self._identity: tuple[Identity | None, Identity | None] = (None, None)

    @classmethod
    def begun(cls, source: sqlite3.Connection) -> tuple[Line, Connection]:
        """A new file with the state that `source` sees, and who may change it. Raises StoreError.

        Copied in steps, between which whoever reads from the source has a turn.
        """
        line = cls(new_name())
        with index_errors():
            connection = line._enter(is_new=True)
            try:
                # Nobody else reads it, and if anything goes wrong it is of no use to anybody.
                connection.execute("PRAGMA journal_mode=OFF")
                source.backup(connection, pages=COPIED)
                connection.execute("BEGIN IMMEDIATE")
            except BaseException:
                line.leave(connection)
                raise
        line._writer = connection
        return line, connection

    @property
    def size(self) -> int:
        """Bytes on the disk."""
        return _size(self._path) + _size(self._beside(_LOG))

    def follow(self, newest: Connection) -> Connection | None:
        """Who may change what `newest` sees into the next state; None where the next state needs a
        file of its own. Raises StoreError."""
        with self._lock, index_errors():
            if newest is not self._newest or self._writer is not None or not self._may_grow():
                return None
            connection = self._enter(is_new=False)
            try:
                connection.execute("BEGIN IMMEDIATE")
            except BaseException:
                self.leave(connection)
                raise
            self._writer = connection
            return connection

    def settle(self, connection: Connection) -> None:
        """What was changed is the newest state, which the connection sees from now on, and nothing
        else. Raises StoreError."""
        with self._lock, index_errors():
            connection.execute("COMMIT")
            # Whatever goes wrong from here on, what was the newest before is not any more.
            self._newest = None
            if connection.execute("PRAGMA journal_mode=WAL").fetchone() != ("wal",):
                raise unusable("its file cannot have a log")
            only_reads(connection)
            _hold(connection)
            self._newest, self._writer = connection, None
            self._identity = self._identities()

    def hold_again(self, connection: Connection) -> None:
        """After SQLite ended the transaction by itself. Raises StoreError where the state is gone,
        because it is not the newest any more."""
        with self._lock, index_errors():
            if connection is not self._newest:
                raise unusable("an older state of it was lost")
            _hold(connection)

    def leave(self, connection: Connection) -> None:
        """The connection is needed no more, nor is the file after the last one."""
        with self._lock:
            self._members -= 1
            if connection is self._writer:
                self._writer = None
            if connection is self._newest:
                self._newest = None
            if not self._members:
                # Before it is closed: SQLite would write the log back to a file that has its name.
                self._remove()
            connection.close()

    def _enter(self, *, is_new: bool) -> Connection:
        connection = to_file(self._path, is_new=is_new)
        self._members += 1
        return connection

    def _may_grow(self) -> bool:
        # A name that leads elsewhere, after somebody tidied up, must not become half of the file.
        log = _size(self._beside(_LOG))
        is_short = log <= max(_LOG_BYTES, _size(self._path))
        return is_short and self._identities() == self._identity

    def _identities(self) -> tuple[Identity | None, Identity | None]:
        return _identity(self._path), _identity(self._beside(_LOG))

    def _remove(self) -> None:
        for suffix in _SUFFIXES:
            with suppress(OSError):
                os.unlink(self._beside(suffix))

    def _beside(self, suffix: str) -> Path:
        return self._path.with_name(self._path.name + suffix)


def _hold(connection: Connection) -> None:
    """From here on the connection sees the present state: a transaction begins with what it reads
    first."""
    connection.execute("BEGIN")
    connection.execute("SELECT count(*) FROM sqlite_schema").fetchone()


def _size(path: Path) -> int:
    try:
        return path.stat().st_size
    except OSError:
        return 0


def _identity(path: Path) -> Identity | None:
    try:
        status = path.stat()
    except OSError:
        return None
    return status.st_dev, status.st_ino
