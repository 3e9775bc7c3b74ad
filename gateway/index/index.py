"""The index of one view: filled once, then only read."""

from __future__ import annotations

import threading
import weakref
from collections.abc import Collection, Iterator, Sequence
from contextlib import contextmanager
from functools import partial
from typing import Any

import sqlalchemy as sa
from sqlalchemy.dialects import sqlite
from sqlalchemy.pool import StaticPool
from sqlalchemy.schema import CreateIndex

from gateway.allowance import CURRENT, Allowance
from gateway.errors import Reason, StoreError
from gateway.index.connection import READING, Connection, in_memory
from gateway.index.damage import index_errors, unusable
from gateway.index.line import COPIED, Line
from gateway.index.rows import Rows
from gateway.index.tables import CREATE_TEXT, TABLES, entry_text, metadata

# One that is larger lies in a file, of which the next one shares all but the differences. To copy
# less in memory takes no longer than to write a small difference to a file.
FILE_BYTES = 1 << 25

_BATCH = 500

# Seconds after which whoever waits for the connection looks whether it still should.
_PATIENCE = 0.05
# Instructions of SQLite between two looks at the allowance: some milliseconds.
_STEPS = 10_000


def _insert(table: sa.FromClause) -> str:
    names = ", ".join(column.name for column in table.columns)
    places = ", ".join("?" for _ in table.columns)
    return f"INSERT INTO {table} ({names}) VALUES ({places})"  # noqa: S608  all names are ours


_SORTING = [index for table in metadata.sorted_tables for index in table.indexes]
_INSERTS = {name: _insert(table) for name, table in TABLES.items()}


class Index:
    """A SQLite database, in memory or in a file (gateway.index.line).

    It belongs to one view of one snapshot under one trust, so nothing in it is ever out of date:
    the next view's index is made from it, in a block that fills it and makes it whole at its end.
    An error in the block leaves nothing behind. Every other method may be called from any thread.
    """

    def __init__(self, connection: Connection, line: Line | None = None) -> None:
        self._lock = threading.Lock()
        self._is_open = True
        self._is_lost = False
        self._use(connection, line)

    def _use(self, connection: Connection, line: Line | None) -> None:
        self._raw, self._line = connection, line
        self._engine = sa.create_engine(
            "sqlite://", creator=lambda: connection, poolclass=StaticPool
        )
        # SQLAlchemy brings functions of its own, which are refused once a statement is at work.
        self._engine.connect().close()
        done = connection.close if line is None else partial(line.leave, connection)
        self._release = weakref.finalize(self, done)

    @classmethod
    def empty(cls) -> Index:
        index = cls(in_memory())
        with index._engine.begin() as connection:
            metadata.create_all(connection)
            connection.exec_driver_sql(CREATE_TEXT)
        index._is_open = False
        return index

    @contextmanager
    def successor(self) -> Iterator[Index]:
        """The block in which an index with the same content is changed, to take the place of this
        one: where it lies in a file the two share it. Raises StoreError."""
        connection = None if self._line is None else self._line.follow(self._raw)
        index = self._copied() if connection is None else Index(connection, self._line)
        yield from _filled(index)

    @contextmanager
    def branch(self) -> Iterator[Index]:
        """The same for one beside this one, which has a successor of its own. Raises StoreError."""
        yield from _filled(self._copied())

    def _copied(self) -> Index:
        """In steps, between which whoever reads has a turn: all at once takes as long as memory of
        that size takes to be copied. SQLite's own mutex keeps the two apart."""
        if self._line is not None:
            return self._copied_file()
        index = Index(in_memory())
        self._raw.backup(index._raw, pages=COPIED)
        return index

    def _copied_file(self) -> Index:
        with self._held(None):
            self._hold_on()
        line, connection = Line.begun(self._raw)
        index = Index(connection, line)
        if not self._raw.in_transaction:
            index.close()
            raise unusable("its state was lost while it was copied")
        return index

    def settle(self) -> None:
        """What it holds is whole, and others may read it. Raises StoreError."""
        self._outgrow()
        if self._line is not None:
            self._line.settle(self._raw)
        self._is_open = False

    def close(self) -> None:
        """Nobody needs it, and what it changed is forgotten."""
        self._release()

    @property
    def size(self) -> int:
        """Bytes of memory; of one in a file those for its pages, at most."""
        if self._line is not None:
            return READING
        with self._held(None):
            (pages,) = self._raw.execute("PRAGMA page_count").fetchone()
            (page,) = self._raw.execute("PRAGMA page_size").fetchone()
        return int(pages) * int(page)

    @property
    def line(self) -> Line | None:
        """The file that it lies in, with others; None for one in memory."""
        return self._line

    @property
    def is_lost(self) -> bool:
        """Whether its file was found to be unusable, so that nothing should be made from it."""
        return self._is_lost

    def add(self, rows: Rows) -> None:
        """Only in the block that fills it. Raises StoreError."""
        with self._changing():
            # Not through SQLAlchemy, which takes as long for a row as SQLite itself does.
            for name, found in rows.items():
                self._raw.executemany(_INSERTS[name], found)
        self._outgrow()

    @contextmanager
    def loading(self) -> Iterator[None]:
        """The block in which much is added to an empty one: what sorts the tables is made at its
        end, all at once, which takes less than half the time. Raises StoreError."""
        with self._changing():
            for index in _SORTING:
                self._raw.execute(f"DROP INDEX {index.name}")
        yield
        with self._changing():
            for index in _SORTING:
                self._raw.execute(str(CreateIndex(index).compile(dialect=sqlite.dialect())))

    def remove(self, row_ids: Collection[int]) -> None:
        """Only in the block that fills it. Ids that are not in it are passed over. Raises
        StoreError."""
        ids = list(row_ids)
        with self._changing(), self._engine.connect() as connection:
            for start in range(0, len(ids), _BATCH):
                batch = ids[start : start + _BATCH]
                for table in metadata.sorted_tables:
                    connection.execute(sa.delete(table).where(table.c.row_id.in_(batch)))
                connection.execute(sa.delete(entry_text).where(entry_text.c.rowid.in_(batch)))

    @contextmanager
    def _changing(self) -> Iterator[None]:
        if not self._is_open:
            raise RuntimeError("an index that others may read is never changed")
        with self._lock, index_errors():
            if self._line is not None:
                yield  # within the one transaction that lasts as long as its block
                return
            self._raw.execute("BEGIN")
            try:
                yield
            except BaseException:
                self._raw.execute("ROLLBACK")
                raise
            self._raw.execute("COMMIT")

    def _outgrow(self) -> None:
        if self._line is not None or self.size <= FILE_BYTES:
            return
        line, connection = Line.begun(self._raw)
        in_memory_before = self._release
        self._use(connection, line)
        in_memory_before()

    def rows(self, statement: sa.Executable) -> Sequence[Any]:
        """What a statement finds: tuples whose members have the names of its columns.

        Raises QueryError, DEADLINE_EXCEEDED or OPERATION_TOO_LARGE, where the operation that asks
        has no allowance left; StoreError where there is no room to sort what is found.
        """
        allowance = CURRENT.get()
        with self._held(allowance), self._noting():
            self._hold_on()
            with self._engine.connect() as connection:
                if allowance is None:
                    return connection.execute(statement).all()
                with self._stopping(allowance):
                    return connection.execute(statement).all()

    @contextmanager
    def _noting(self) -> Iterator[None]:
        try:
            with index_errors():
                yield
        except StoreError as error:
            self._is_lost = self._is_lost or error.code is not Reason.STORE_FULL
            raise

    def _hold_on(self) -> None:
        # SQLite ends a transaction by itself where a disk is full or fails, even one that only
        # reads (https://www.sqlite.org/lang_transaction.html); the next statement would see the
        # newest state of the file instead of this one.
        if self._line is not None and not self._raw.in_transaction:
            self._line.hold_again(self._raw)

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


def _filled(index: Index) -> Iterator[Index]:
    try:
        yield index
        index.settle()
    except BaseException:
        index.close()
        raise
