"""A stored record."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

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
    return Row(int(values.id), str(values.path), _claim(values))


def _claim(values: Any) -> RawRecord | SealgateError:
    if values.canonical is None:
        return _fault(values.fault, values.path)
    secured = values.secured
    if not isinstance(secured, list) or not all(isinstance(entry, str) for entry in secured):
        return SealgateError(Reason.SECURED_SHAPE, "the stored envelopes are damaged")
    canonical, body = bytes(values.canonical), bytes(values.body)
    return RawRecord(str(values.corpus), str(values.path), canonical, body, tuple(secured))


def _fault(fault: Any, path: str) -> SealgateError:
    match fault:
        case {"code": str(code), "message": str(message)} if code in Reason.__members__:
            line = fault.get("line")
            return SealgateError(
                Reason(code), message, path=path, line=line if isinstance(line, int) else None
            )
    return SealgateError(Reason.CANONICAL_UNREADABLE, "the stored row is damaged", path=path)
