"""The store: open it, read a snapshot, write the next one."""

from __future__ import annotations

import os
import secrets
import sqlite3
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TypeVar
from urllib.parse import quote

import sqlalchemy as sa
import structlog
from sqlalchemy.engine import URL, make_url
from sqlalchemy.exc import ArgumentError, SQLAlchemyError

from gateway.errors import Reason, StoreError
from gateway.store.circuit import Circuit
from gateway.store.damage import damaged, number, octets, store_error
from gateway.store.file import Condition, StoreFile, alone, files_aside, is_empty, set_aside
from gateway.store.row import Row, row_from
from gateway.store.tables import SCHEMA_VERSION, meta, metadata, rows, snapshots
from gateway.store.version import DataVersion
from gateway.store.waiting import bounded

log = structlog.get_logger("sealgate.store")

T = TypeVar("T")

_BATCH = 500
# A row may be as large as a file, so few of them are in memory at a time.
_WALK_BATCH = 64
_WRITES = "sealgate_writes"
_REBUILT = frozenset({Reason.STORE_DAMAGED, Reason.STORE_OUTDATED})


@dataclass(frozen=True)
class Snapshot:
    """An immutable state of the store. id grows by one; created_at is in Unix seconds."""

    id: int
    created_at: int


EMPTY = Snapshot(0, 0)


def batches(ids: Sequence[T], size: int) -> Iterator[Sequence[T]]:
    """The ids, or whatever it is, in their order, `size` at a time."""
    return (ids[start : start + size] for start in range(0, len(ids), size))


@contextmanager
def store_errors() -> Iterator[None]:
    """Whatever a database driver raises becomes a StoreError, without its SQL."""
    try:
        yield
    except SQLAlchemyError as error:
        raise store_error(error) from error


class Store:
    """Snapshots in a database. Every method may be called from any thread.

    reads counts the read statements sent so far, for tests that bound them. damage: what a reader
    came upon that says that the file has to be rebuilt.
    """

    def __init__(self, engine: sa.Engine) -> None:
        self.engine = engine
        self._reader: sa.Engine = engine
        self._writer: sa.Engine = engine.execution_options(**{_WRITES: True})
        self._circuit: Circuit | None = None
        self.reads = 0
        self.damage: StoreError | None = None
        self._file: StoreFile | None = None
        self._version: DataVersion | None = None
        self._closed = False

    @classmethod
    def open(cls, url: str, *, rebuild: bool = False, instead_of: Store | None = None) -> Store:
        """Open or create the store at a SQLAlchemy URL. Raises StoreError.

        rebuild: set a damaged file, or one of an older version, aside and begin with an empty one
        (docs/adr/0011). instead_of: a store whose file was found to be damaged while it was read;
        if it still is the one at the URL, it is set aside.
        """
        parsed = _prepare(url)
        path = _file_of(parsed)
        if path is None:
            return cls._opened(parsed)
        with alone(path.parent):
            if instead_of is not None and instead_of.damage is not None and instead_of.is_in_place:
                _set_aside(path, instead_of.damage)
            elif rebuild and is_empty(path):
                _set_aside(path, damaged("the file is empty"))
            try:
                return cls._opened(parsed, path)
            except StoreError as error:
                if not rebuild or error.code not in _REBUILT:
                    raise
                _set_aside(path, error)
                return cls._opened(parsed, path)

    @classmethod
    def _opened(cls, url: URL, path: Path | None = None) -> Store:
        if url.get_backend_name() == "postgresql":
            store = cls._served(url)
        else:
            store = cls(sa.create_engine(url))
        if store.engine.dialect.name == "sqlite":
            sa.event.listen(store.engine, "do_connect", store._only_what_was_opened)
            sa.event.listen(store.engine, "connect", store._set_up_sqlite)
            sa.event.listen(store.engine, "checkin", store._let_go)
            sa.event.listen(store.engine, "begin", _begin_sqlite)
        try:
            with store.writing() as connection:
                metadata.create_all(connection)
                _check_schema(connection)
        except StoreError:
            store.close()
            raise
        if path is not None:
            store._file = StoreFile(path)
            store._version = DataVersion(store.engine)
        return store

    @classmethod
    def _served(cls, url: URL) -> Store:
        """By a server. Its driver is loaded where it is wanted."""
        from gateway.store import postgresql  # noqa: PLC0415

        store = cls(postgresql.connect(url))
        store._reader = postgresql.reading(store.engine)
        store._writer = postgresql.writing(store.engine)
        store._circuit = Circuit()
        return store

    def _only_what_was_opened(
        self, _dialect: object, _record: object, given: list[Any], options: dict[str, Any]
    ) -> None:
        """Once a file was opened, later connections must not make another one in its place."""
        if self._file is not None:
            given[0] = f"file:{quote(str(given[0]))}?mode=rw"
            options["uri"] = True

    def _set_up_sqlite(self, connection: Any, _record: object) -> None:
        if not self.is_in_place:
            # Rows of another file have other numbers: who reads on has to be told.
            raise sqlite3.OperationalError("the store was replaced")
        # The driver must not begin transactions by itself: a reader that becomes a writer in the
        # middle fails when somebody else wrote meanwhile, whatever the time-out.
        connection.isolation_level = None
        # A damaged text is read as another text, and what claims nothing is not served.
        connection.text_factory = _text
        # WAL: readers see their snapshot while a writer works. FULL: a snapshot that was announced
        # survives a power cut.
        for pragma in ("journal_mode=WAL", "synchronous=FULL", "busy_timeout=5000"):
            connection.execute(f"PRAGMA {pragma}")

    def _let_go(self, connection: object, record: sa.pool.ConnectionPoolEntry) -> None:
        """What was at work when the store was closed goes back to a pool that nobody empties any
        more. It would hold the file, and a log that was lost with it, which no other store can be
        opened beside, for as long as the collector takes to come by."""
        if self._closed and connection is not None:
            record.invalidate()

    @property
    def is_in_place(self) -> bool:
        """Whether the URL still leads to what was opened."""
        return self._file is None or self._file.is_same()

    def condition(self) -> Condition:
        """Whether the store is what it was, as far as it is seen from outside or readers saw."""
        if self._file is None:
            return Condition.SAME if self.damage is None else Condition.DAMAGED
        found = self._file.condition()
        if found is Condition.DAMAGED:
            self.damage = damaged("the file is shorter than it was")
        return Condition.DAMAGED if found is Condition.SAME and self.damage is not None else found

    def aside(self) -> list[Path]:
        """Damaged files that were set aside and that nobody has removed since."""
        return [] if self._file is None else files_aside(self._file.path)

    @contextmanager
    def writing(self) -> Iterator[sa.Connection]:
        """A transaction that alone may write; committed when the block ends without an error.

        Raises StoreError.
        """
        with self._asked(writes=True), self._writer.begin() as connection:
            yield connection

    @contextmanager
    def reading(self) -> Iterator[sa.Connection]:
        """A transaction that sees one state of the database. Raises StoreError."""
        self.reads += 1
        with self._asked(writes=False), self._reader.connect() as connection:
            yield connection

    @contextmanager
    def _asked(self, *, writes: bool) -> Iterator[None]:
        try:
            if self._circuit is None:
                with store_errors():
                    yield
            else:
                with self._circuit.asked(), bounded(writes=writes), store_errors():
                    yield
        except StoreError as error:
            self._note(error)
            raise

    def found_damaged(self, detail: str) -> StoreError:
        """An error to raise, for whoever reads what no gateway can have written."""
        self.damage = damaged(detail)
        return self.damage

    def _note(self, error: StoreError) -> None:
        if error.code is Reason.STORE_DAMAGED:
            self.damage = error

    def version(self) -> int | None:
        """Stays the same as long as nobody writes to the database; None where that is not known.

        It neither waits nor blocks, so that it may be asked from an event loop.
        """
        return None if self._version is None else self._version.read()

    def close(self) -> None:
        self._closed = True
        if self._version is not None:
            self._version.close()
        self.engine.dispose()

    def latest(self) -> Snapshot:
        """The newest snapshot; EMPTY before the first ingest. Raises StoreError."""
        query = sa.select(snapshots).order_by(snapshots.c.id.desc()).limit(1)
        with self.reading() as connection:
            found = connection.execute(query).first()
            return EMPTY if found is None else Snapshot(found.id, number(found.created_at))

    def holds(self, snapshot: int) -> bool:
        """Whether the snapshot with this id has not been pruned yet."""
        query = sa.select(snapshots.c.id).where(snapshots.c.id == snapshot)
        with self.reading() as connection:
            return connection.execute(query).first() is not None

    def row_ids(self, snapshot: int, corpus: str) -> list[int]:
        """The ids of a corpus's rows in a snapshot."""
        query = sa.select(rows.c.id).where(living(snapshot), rows.c.corpus == corpus)
        with self.reading() as connection:
            # All at once: one after the other they take several times as long.
            return list(connection.execute(query).scalars().all())

    def read(self, ids: Sequence[int]) -> list[Row]:
        """The rows with these ids, in any order; one statement for each 500 of them."""
        found: list[Row] = []
        with self.reading() as connection:
            for batch in batches(ids, _BATCH):
                result = connection.execute(sa.select(rows).where(rows.c.id.in_(batch)))
                found += [row_from(values) for values in result]
        return found

    def walk(self, snapshot: int, corpus: str) -> Iterator[Row]:
        """The rows of a corpus in a snapshot in the order of paths, a few at a time.

        Raises StoreError when the snapshot is pruned before the end is reached.
        """
        place = sa.tuple_(rows.c.path, rows.c.id)
        query = (
            sa.select(rows)
            .where(living(snapshot), rows.c.corpus == corpus)
            .order_by(rows.c.path, rows.c.id)
            .limit(_WALK_BATCH)
        )
        step = query
        while True:
            with self.reading() as connection:
                found = connection.execute(step).all()
            if not found:
                break
            yield from map(row_from, found)
            # After what the database holds, not what we make of it: SQLite keeps a path that is no
            # text, and would hand its row out for ever.
            step = query.where(place > sa.tuple_(found[-1].path, found[-1].id))
        self.require(snapshot)

    def require(self, snapshot: int) -> None:
        """Raises StoreError when a snapshot was pruned, so that what was read may lack rows."""
        if snapshot != EMPTY.id and not self.holds(snapshot):
            message = "the snapshot was pruned while it was read"
            raise StoreError(Reason.STORE_UNAVAILABLE, message, hint="Start again.")

    def secret(self, name: str) -> bytes:
        """32 random bytes that every gateway on this store shares, made at first use."""
        query = sa.select(meta.c.value).where(meta.c.name == name)
        with self.writing() as connection:
            found = connection.execute(query).scalar()
            if found is None:
                found = secrets.token_bytes(32)
                connection.execute(meta.insert().values(name=name, value=found))
        return octets(found)


def living(snapshot: int) -> sa.ColumnElement[bool]:
    """The condition that a row lives in a snapshot."""
    gone = sa.or_(rows.c.removed_in.is_(None), rows.c.removed_in > snapshot)
    return sa.and_(rows.c.added_in <= snapshot, gone)


def _prepare(url: str) -> URL:
    try:
        parsed = _with_driver(make_url(url))
        parsed.get_dialect().import_dbapi()
    except (ArgumentError, SQLAlchemyError, ImportError):
        raise StoreError(
            Reason.SETTINGS,
            "the store is not a usable database URL",
            hint="Use sqlite:///PATH or postgresql://…, which needs sealgate[postgresql].",
        ) from None
    path = _file_of(parsed)
    if path is not None:
        _make_parent(path)
    return parsed


def _with_driver(url: URL) -> URL:
    """Whoever names PostgreSQL means the driver that we know."""
    is_plain = url.drivername in {"postgresql", "postgres"}
    return url.set(drivername="postgresql+psycopg") if is_plain else url


def _file_of(url: URL) -> Path | None:
    if url.get_backend_name() != "sqlite" or url.database in (None, "", ":memory:"):
        return None
    return Path(str(url.database))


def _set_aside(path: Path, error: StoreError) -> None:
    aside = set_aside(path)
    log.warning("store_rebuilt", **error.document(), aside=str(aside))


def _text(data: bytes) -> str:
    return data.decode("utf-8", "backslashreplace")


def _make_parent(path: Path) -> None:
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        message = f"cannot make the store's folder: {os.strerror(error.errno or 0).lower()}"
        raise StoreError(Reason.STORE_UNAVAILABLE, message, path=str(path.parent)) from None


def _begin_sqlite(connection: sa.Connection) -> None:
    writes = connection.get_execution_options().get(_WRITES, False)
    connection.exec_driver_sql("BEGIN IMMEDIATE" if writes else "BEGIN")


def _check_schema(connection: sa.Connection) -> None:
    found = connection.execute(sa.select(meta.c.value).where(meta.c.name == "schema")).scalar()
    if found is None:
        value = str(SCHEMA_VERSION).encode()
        connection.execute(meta.insert().values(name="schema", value=value))
    elif octets(found) != str(SCHEMA_VERSION).encode():
        raise _of_another_version(octets(found))


def _of_another_version(found: bytes) -> StoreError:
    if not found.isdigit():
        return damaged("it names no version")
    if int(found) < SCHEMA_VERSION:
        message = "the store was written by an older version of Sealgate"
        hint = "Set rebuild_store, or remove it: the store is rebuilt from the seeds."
        return StoreError(Reason.STORE_OUTDATED, message, hint=hint)
    # Two versions that run side by side must not set each other's store aside for ever.
    message = "the store was written by a newer version of Sealgate"
    hint = "Run that version, or name another store."
    return StoreError(Reason.STORE_SCHEMA, message, hint=hint)
