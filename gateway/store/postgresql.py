"""PostgreSQL as the store: whole transactions only, and nobody waits for it for long."""

from __future__ import annotations

import time
from collections.abc import Generator
from typing import Any, TypeVar

import psycopg
import sqlalchemy as sa
from sqlalchemy.engine import URL

from gateway.store.waiting import LIMIT, PATIENCE, WRITE_PATIENCE

T = TypeVar("T")
Y = TypeVar("Y")

# Any number will do that no other program takes for its own lock in the same database.
_LOCK = 0x5EA1
# One round trip. The lock goes with the transaction, and so does whoever stops in the middle of it,
# so that other gateways are not kept from writing for good.
_BEGIN_WRITING = (
    f"SET LOCAL lock_timeout = '5s'; "
    f"SET LOCAL idle_in_transaction_session_timeout = '{WRITE_PATIENCE:g}s'; "
    f"SELECT pg_advisory_xact_lock({_LOCK}, hashtext(current_schema()))"
)


class Connection(psycopg.Connection[Any]):
    """Gives up, and closes itself, when the limit at hand is over (gateway.store.waiting)."""

    def wait(self, gen: Any, *args: Any, **options: Any) -> Any:
        try:
            return super().wait(_limited(gen), *args, **options)
        except Silent:
            self.close()  # what it would answer by now is the answer to another question
            raise

    @classmethod
    def _connect_gen(cls, conninfo: str = "") -> Any:
        # libpq knows no time-out for a connection below two seconds.
        return _limited(super()._connect_gen(conninfo))


class Silent(psycopg.OperationalError):
    """The server did not answer in time. is_late: see gateway.store.circuit."""

    is_late = True


def _limited(waiting: Generator[Y, Any, T]) -> Generator[Y, Any, T]:
    """What psycopg waits with: it yields what it waits for, and is told now and then that nothing
    came."""
    limit, heard = LIMIT.get(), time.monotonic()
    try:
        wanted = next(waiting)
        while True:
            ready = yield wanted
            if ready:
                heard = time.monotonic()
            elif limit.is_over(heard):
                raise Silent("it did not answer in time")
            wanted = waiting.send(ready)
    except StopIteration as end:
        found: T = end.value
        return found


def connect(url: URL) -> sa.Engine:
    """An engine for a URL of PostgreSQL; no connection is made yet."""
    engine = sa.create_engine(url, pool_size=8, max_overflow=16, pool_timeout=PATIENCE)
    sa.event.listen(engine, "do_connect", _connect)
    return engine


def reading(engine: sa.Engine) -> sa.Engine:
    """Transactions that see one state, whatever is written meanwhile."""
    return engine.execution_options(isolation_level="REPEATABLE READ", postgresql_readonly=True)


def writing(engine: sa.Engine) -> sa.Engine:
    """Transactions of which one is at work at a time, and sees what the one before it wrote."""
    engine = engine.execution_options(isolation_level="READ COMMITTED")
    sa.event.listen(engine, "begin", _lock)
    return engine


def _lock(connection: sa.Connection) -> None:
    connection.exec_driver_sql(_BEGIN_WRITING)


def _connect(
    _dialect: object, _record: object, given: list[Any], options: dict[str, Any]
) -> Connection:
    usual = {"application_name": "sealgate", "connect_timeout": 2, "keepalives_idle": 30}
    # Prepared statements belong to a session, and a pooler in between mixes sessions.
    return Connection.connect(*given, prepare_threshold=None, **{**usual, **options})
