"""Scalars beyond those of the GraphQL specification."""

from __future__ import annotations

from typing import Any, NewType

import strawberry

from gateway.errors import QueryError, Reason, RecordShapeError
from gateway.records.instant import parse_instant

DateTime = NewType("DateTime", str)
Duration = NewType("Duration", str)


def _text(value: object) -> str:
    return str(value)


def _instant(value: object) -> str:
    try:
        parse_instant(str(value), "DateTime")
    except RecordShapeError:
        message = "write a DateTime in full, with Z or an offset: 2021-05-21T18:09:00Z"
        raise QueryError(Reason.BAD_USER_INPUT, message) from None
    return str(value)


def _never(_value: object) -> str:
    raise QueryError(Reason.BAD_USER_INPUT, "a Duration is never an argument")


SCALARS: dict[Any, Any] = {
    DateTime: strawberry.scalar(
        name="DateTime",
        description=(
            "An RFC 3339 date-time, exactly as the record writes it. Most end in Z (UTC); one"
            " with an offset keeps it. As an argument it is compared as an instant."
        ),
        specified_by_url="https://www.rfc-editor.org/rfc/rfc3339#section-5.6",
        serialize=_text,
        parse_value=_instant,
    ),
    Duration: strawberry.scalar(
        name="Duration",
        description="An ISO 8601 duration, exactly as the record writes it, such as PT1H5M.",
        specified_by_url="https://www.rfc-editor.org/rfc/rfc3339#appendix-A",
        serialize=_text,
        parse_value=_never,
    ),
}
