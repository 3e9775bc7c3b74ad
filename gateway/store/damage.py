"""What a database's error means for whoever runs it, and values that no gateway wrote."""

from __future__ import annotations

import sqlite3
from typing import Any

from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.exc import TimeoutError as PoolTimeout

from gateway.errors import Reason, StoreError
from gateway.store.circuit import AwayError

# https://www.sqlite.org/rescode.html; the low byte of an extended code is its family.
_FAMILY = 0xFF
_DAMAGED = (sqlite3.SQLITE_CORRUPT, sqlite3.SQLITE_NOTADB)
_FULL = (sqlite3.SQLITE_FULL, sqlite3.SQLITE_IOERR_SHMSIZE)
# The tables are made when a store is opened, so one that is missing later was lost.
_LOST = ("no such table", "no such column", "has no column named")

# https://www.postgresql.org/docs/current/errcodes-appendix.html; undefined_table and _column,
# data_corrupted and index_corrupted.
_LOST_STATES = ("42P01", "42703", "XX001", "XX002")
_FULL_STATES = ("53100",)
# connection_exception, insufficient_resources, operator_intervention: it is not there for us. Who
# says anything else, that another gateway writes or that we may not, has answered.
_AWAY_STATES = ("08", "53", "57P")
# What a driver says may have a line for every address that it tried.
_LONGEST = 300


def store_error(error: SQLAlchemyError) -> StoreError:
    """A driver's error without its SQL: STORE_DAMAGED, STORE_FULL, else STORE_UNAVAILABLE."""
    cause = getattr(error, "orig", None)
    detail = _first_line(cause or type(error).__name__)
    code, state = int(getattr(cause, "sqlite_errorcode", 0)), getattr(cause, "sqlstate", None)
    is_lost = code & _FAMILY in _DAMAGED or any(words in detail for words in _LOST)
    if is_lost or state in _LOST_STATES:
        return damaged(detail)
    if code & _FAMILY in _FULL or code in _FULL or state in _FULL_STATES:
        hint = "Make room on the disk of the store; what is served stays as it is until then."
        return StoreError(Reason.STORE_FULL, f"no room for the store: {detail}", hint=hint)
    return _unavailable(error, detail, state)


def _unavailable(error: SQLAlchemyError, detail: str, state: str | None) -> StoreError:
    message = f"the store does not answer: {detail}"
    hint = "Check that its disk is there and writable, or that the database server runs."
    if state is not None and not state.startswith(_AWAY_STATES):
        return StoreError(Reason.STORE_UNAVAILABLE, message, hint=hint)
    away = AwayError(Reason.STORE_UNAVAILABLE, message, hint=hint)
    cause = getattr(error, "orig", None)
    away.late = isinstance(error, PoolTimeout) or getattr(cause, "is_late", False)
    return away


def _first_line(cause: object) -> str:
    return str(cause).strip().partition("\n")[0][:_LONGEST]


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
