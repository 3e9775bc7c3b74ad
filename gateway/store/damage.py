"""What a database's error means for whoever runs it, and values that no gateway wrote."""

from __future__ import annotations

import sqlite3
from typing import Any

from sqlalchemy.exc import SQLAlchemyError

from gateway.errors import Reason, StoreError

# https://www.sqlite.org/rescode.html; the low byte of an extended code is its family.
_FAMILY = 0xFF
_DAMAGED = (sqlite3.SQLITE_CORRUPT, sqlite3.SQLITE_NOTADB)
_FULL = (sqlite3.SQLITE_FULL, sqlite3.SQLITE_IOERR_SHMSIZE)
# The tables are made when a store is opened, so one that is missing later was lost.
_LOST = ("no such table", "no such column", "has no column named")


def store_error(error: SQLAlchemyError) -> StoreError:
    """A driver's error without its SQL: STORE_DAMAGED, STORE_FULL, else STORE_UNAVAILABLE."""
    cause = getattr(error, "orig", None) or type(error).__name__
    code = int(getattr(cause, "sqlite_errorcode", 0))
    if code & _FAMILY in _DAMAGED or any(words in str(cause) for words in _LOST):
        return damaged(str(cause))
    if code & _FAMILY in _FULL or code in _FULL:
        hint = "Make room on the disk of the store; what is served stays as it is until then."
        return StoreError(Reason.STORE_FULL, f"no room for the store: {cause}", hint=hint)
    message = f"the store does not answer: {cause}"
    hint = "Check that its disk is there and writable, or that the database server runs."
    return StoreError(Reason.STORE_UNAVAILABLE, message, hint=hint)


def damaged(detail: str) -> StoreError:
    hint = "Set rebuild_store, or remove the file: the store is rebuilt from the seeds."
    return StoreError(Reason.STORE_DAMAGED, f"the store is damaged: {detail}", hint=hint)


def number(value: Any) -> int:
    """A stored integer. SQLite keeps a value of any type in any column. Raises StoreError."""
    if not isinstance(value, int):
        raise damaged("a number is something else")
    return value


def octets(value: Any) -> bytes:
    """Stored bytes; none where there is something else, which then equals nothing."""
    return bytes(value) if isinstance(value, bytes | memoryview) else b""
