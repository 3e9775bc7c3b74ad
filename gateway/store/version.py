"""Whether somebody has written to the database since it was last asked."""

from __future__ import annotations

import sqlite3
import threading
from typing import cast

import sqlalchemy as sa
from sqlalchemy.exc import SQLAlchemyError


class DataVersion:
    """A number that stays as long as no transaction of any process changes a SQLite database.

    SQLite counts the commits of all other connections (PRAGMA data_version), so one connection is
    kept that never writes. It is microseconds away: the count lies in memory that processes share.
    """

    def __init__(self, engine: sa.Engine) -> None:
        self._engine = engine
        self._connection: sqlite3.Connection | None = None
        self._lock = threading.Lock()

    def read(self) -> int | None:
        """None where the database does not say."""
        try:
            with self._lock:
                found: int = self._opened().execute("PRAGMA data_version").fetchone()[0]
                return found
        except (SQLAlchemyError, sqlite3.Error):
            return None

    def close(self) -> None:
        with self._lock:
            if self._connection is not None:
                self._connection.close()
                self._connection = None

    def _opened(self) -> sqlite3.Connection:
        if self._connection is None:
            pooled = self._engine.raw_connection()
            self._connection = cast("sqlite3.Connection", pooled.dbapi_connection)
            pooled.detach()
        return self._connection
