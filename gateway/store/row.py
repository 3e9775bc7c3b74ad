"""A stored record."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import orjson

from gateway.errors import Reason, SealgateError
from gateway.records.raw import RawRecord


@dataclass(frozen=True)
class Row:
    """One record of one snapshot. raw: what the file claimed, or the error why it claims nothing.

    Neither has been judged: whoever could write to the database could have written it.
    """

    id: int
    path: str
    raw: RawRecord | SealgateError


def row_from(values: Any) -> Row:
    """A Row from a result row of the table; damaged values make a row that claims nothing."""
    path = str(values.path)
    return Row(int(values.id), path, _claim(values, path))


def _claim(values: Any, path: str) -> RawRecord | SealgateError:
    if values.canonical is None:
        return _fault(values.fault, path)
    secured = _decode(values.secured)
    # SQLite keeps a value of any type in any column, whatever the table says.
    if not isinstance(values.canonical, bytes) or not isinstance(values.body, bytes):
        return _damaged(path)
    if not isinstance(secured, list) or not all(isinstance(entry, str) for entry in secured):
        return _damaged(path)
    return RawRecord(str(values.corpus), path, values.canonical, values.body, tuple(secured))


def _fault(text: Any, path: str) -> SealgateError:
    match _decode(text):
        case {"code": str(code), "message": str(message), **rest} if code in Reason.__members__:
            line = rest.get("line")
            number = line if isinstance(line, int) else None
            return SealgateError(Reason(code), message, path=path, line=number)
    return _damaged(path)


def _decode(text: Any) -> Any:
    try:
        return orjson.loads(text)
    except (orjson.JSONDecodeError, TypeError):
        return None


def _damaged(path: str) -> SealgateError:
    hint = "Run sealgate ingest: the row is compared with its file and written anew."
    message = "the stored row is damaged"
    return SealgateError(Reason.CANONICAL_UNREADABLE, message, path=path, hint=hint)
