"""What an error of the index's database means for whoever runs the gateway."""

from __future__ import annotations

import errno
import os
import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager

from sqlalchemy.exc import DBAPIError

from gateway.errors import Reason, StoreError

# https://www.sqlite.org/rescode.html; the low byte of an extended code is its family. All others
# are mistakes of ours, and stay what they are.
_FAMILY = 0xFF
_BROKEN = (
    sqlite3.SQLITE_IOERR,
    sqlite3.SQLITE_CORRUPT,
    sqlite3.SQLITE_NOTADB,
    sqlite3.SQLITE_CANTOPEN,
    sqlite3.SQLITE_READONLY,
    sqlite3.SQLITE_PROTOCOL,
)
_NO_ROOM = (errno.ENOSPC, errno.EDQUOT)


@contextmanager
def index_errors() -> Iterator[None]:
    """A disk that is full or fails becomes a StoreError, without SQL."""
    try:
        yield
    except (sqlite3.Error, DBAPIError) as error:
        cause = error.orig if isinstance(error, DBAPIError) else error
        family = int(getattr(cause, "sqlite_errorcode", 0)) & _FAMILY
        if family == sqlite3.SQLITE_FULL:
            raise _full(str(cause)) from error
        if family in _BROKEN:
            raise unusable(str(cause)) from error
        raise


def folder_error(error: OSError) -> StoreError:
    """For a folder that cannot be made where temporary files go."""
    detail = os.strerror(error.errno or 0).lower()
    return _full(detail) if error.errno in _NO_ROOM else unusable(detail)


def _full(detail: str) -> StoreError:
    hint = "Make room where TMPDIR points; what is served stays as it is until then."
    return StoreError(Reason.STORE_FULL, f"no room for the index: {detail}", hint=hint)


def unusable(detail: str) -> StoreError:
    hint = "Let TMPDIR name a folder on a disk of this machine that can be written to."
    return StoreError(Reason.STORE_UNAVAILABLE, f"the index cannot be used: {detail}", hint=hint)
