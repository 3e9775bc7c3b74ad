"""Scalars beyond those of the GraphQL specification."""

from __future__ import annotations

from typing import Any, NewType

import strawberry

DateTime = NewType("DateTime", str)


def _text(value: object) -> str:
    return str(value)


SCALARS: dict[Any, Any] = {
    DateTime: strawberry.scalar(
        name="DateTime",
        description=(
            "An RFC 3339 date-time, exactly as the record writes it. Most end in Z (UTC); one"
            " with an offset keeps it."
        ),
        specified_by_url="https://www.rfc-editor.org/rfc/rfc3339#section-5.6",
        serialize=_text,
        parse_value=_text,
    ),
}
