"""The index of one view: filled once, then only read."""

from __future__ import annotations

import sqlite3
import threading
import weakref
from collections.abc import Collection, Iterator, Sequence
from contextlib import contextmanager
from typing import Any

import sqlalchemy as sa
from sqlalchemy.pool import StaticPool

from gateway.allowance import CURRENT, Allowance
from gateway.index.fold import fold
from gateway.index.rows import Rows
from gateway.index.tables import CREATE_TEXT, TABLES, entry_text, metadata

_BATCH = 500
# Pages that are copied at a time: less than a millisecond.
_COPIED = 256

# Seconds after which whoever waits for the connection looks whether it still should.
_PATIENCE = 0.05
# Instructions of SQLite between two looks at the allowance: some milliseconds.
_STEPS = 10_000


def _insert(table: sa.FromClause) -> str:
    names = ", ".join(column.name for column in table.columns)
    places = ", ".join("?" for _ in table.columns)
    return f"INSERT INTO {table} ({names}) VALUES ({places})"  # noqa: S608  all names are ours


_INSERTS = {name: _insert(table) for name, table in TABLES.items()}


class Index:
    """A SQLite database in memory.

    It belongs to one view of one snapshot under one trust, so nothing in it is ever out of date:
    the next view's index is a copy with the differences applied. Every method may be called from
    any thread.
    """

    def __init__(self) -> None:
        self._raw = sqlite3.connect(":memory:", check_same_thread=False, isolation_level=None)
        self._raw.create_function("fold", 1, _fold, deterministic=True)
        self._engine = sa.create_engine(
            "sqlite://", creator=lambda: self._raw, poolclass=StaticPool
        )
        self._lock = threading.Lock()
        weakref.finalize(self, self._raw.close)

    @classmethod
    def empty(cls) -> Index:
        index = cls()
        with index._engine.begin() as connection:
            metadata.create_all(connection)
            connection.exec_driver_sql(CREATE_TEXT)
        return index

    def copy(self) -> Index:
        """Another index with the same content, which must not be changed meanwhile.

        In steps, between which whoever reads has a turn: all at once takes as long as memory of
        that size takes to be copied. SQLite's own mutex keeps the two apart.
        """
        index = Index()
        self._raw.backup(index._raw, pages=_COPIED)
        return index

    @property
    def size(self) -> int:
        """Bytes of memory."""
        with self._held(None):
            (pages,) = self._raw.execute("PRAGMA page_count").fetchone()
            (page,) = self._raw.execute("PRAGMA page_size").fetchone()
        return int(pages) * int(page)

    def add(self, rows: Rows) -> None:
        """Only while nobody reads yet."""
        with self._lock, self._engine.begin():
            # Not through SQLAlchemy, which takes as long for a row as SQLite itself does.
            for name, found in rows.items():
                self._raw.executemany(_INSERTS[name], found)

    def remove(self, row_ids: Collection[int]) -> None:
        """Only while nobody reads yet. Ids that are not in it are passed over."""
        ids = list(row_ids)
        with self._lock, self._engine.begin() as connection:
            for start in range(0, len(ids), _BATCH):
                batch = ids[start : start + _BATCH]
                for table in metadata.sorted_tables:
                    connection.execute(sa.delete(table).where(table.c.row_id.in_(batch)))
                connection.execute(sa.delete(entry_text).where(entry_text.c.rowid.in_(batch)))

    def rows(self, statement: sa.Executable) -> Sequence[Any]:
        """What a statement finds: tuples whose members have the names of its columns.

        Raises QueryError, DEADLINE_EXCEEDED or OPERATION_TOO_LARGE, where the operation that asks
        has no allowance left.
        """
        allowance = CURRENT.get()
        with self._held(allowance), self._engine.connect() as connection:
            if allowance is None:
                return connection.execute(statement).all()
            with self._stopping(allowance):
                return connection.execute(statement).all()

    @contextmanager
    def _held(self, allowance: Allowance | None) -> Iterator[None]:
        """The block in which nobody else uses the connection."""
        while not self._lock.acquire(timeout=_PATIENCE):
            if allowance is not None:
                allowance.check()
        try:
            yield
        finally:
            self._lock.release()

    @contextmanager
    def _stopping(self, allowance: Allowance) -> Iterator[None]:
        """The block in which SQLite stops where the allowance is spent."""
        with allowance.at_work():
            self._raw.set_progress_handler(allowance.is_spent, _STEPS)
            try:
                yield
            except sa.exc.OperationalError:
                if not allowance.is_spent():
                    raise
            else:
                return
            finally:
                self._raw.set_progress_handler(None, _STEPS)
        allowance.check()


def _fold(text: str | None) -> str | None:
    return None if text is None else fold(text)
