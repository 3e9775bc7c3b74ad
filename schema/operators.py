"""Operators that a field can be filtered by, typed, and what they mean as conditions.

`ne` and `notIn` are the exact opposites of `eq` and `in`: they hold where there is no value.
"""

from __future__ import annotations

from collections.abc import Iterator, Sized
from typing import Any

import strawberry

from gateway.errors import QueryError, Reason
from gateway.index.card import microseconds
from gateway.index.condition import Compare, Condition, Every, Field, Neither, Op
from gateway.records.instant import parse_instant
from schema.content import ContentKind
from schema.scalars import DateTime

MAX_VALUES = 500


@strawberry.input(
    description="All operators given must hold. Text is compared exactly unless said otherwise."
)
class StringFilter:
    eq: str | None = strawberry.field(default=strawberry.UNSET, description="Is this.")
    ne: str | None = strawberry.field(
        default=strawberry.UNSET, description="Is not this; holds where there is none, too."
    )
    in_: list[str] | None = strawberry.field(
        default=strawberry.UNSET, name="in", description="Is one of these, 500 at most."
    )
    not_in: list[str] | None = strawberry.field(
        default=strawberry.UNSET,
        description="Is none of these, 500 at most; holds where there is none, too.",
    )
    lt: str | None = strawberry.field(
        default=strawberry.UNSET, description="Comes before this, by Unicode code points."
    )
    lte: str | None = strawberry.field(
        default=strawberry.UNSET, description="Is this or comes before it."
    )
    gt: str | None = strawberry.field(
        default=strawberry.UNSET, description="Comes after this, by Unicode code points."
    )
    gte: str | None = strawberry.field(
        default=strawberry.UNSET, description="Is this or comes after it."
    )
    contains: str | None = strawberry.field(
        default=strawberry.UNSET, description="Holds this anywhere, in upper or lower case."
    )
    starts_with: str | None = strawberry.field(
        default=strawberry.UNSET, description="Begins with this, in upper or lower case."
    )
    is_null: bool | None = strawberry.field(
        default=strawberry.UNSET, description="True: there is none. False: there is one."
    )


@strawberry.input(description="All operators given must hold.")
class IntFilter:
    eq: int | None = strawberry.field(default=strawberry.UNSET, description="Is this.")
    ne: int | None = strawberry.field(
        default=strawberry.UNSET, description="Is not this; holds where there is none, too."
    )
    in_: list[int] | None = strawberry.field(
        default=strawberry.UNSET, name="in", description="Is one of these, 500 at most."
    )
    not_in: list[int] | None = strawberry.field(
        default=strawberry.UNSET,
        description="Is none of these, 500 at most; holds where there is none, too.",
    )
    lt: int | None = strawberry.field(default=strawberry.UNSET, description="Is less.")
    lte: int | None = strawberry.field(default=strawberry.UNSET, description="Is this or less.")
    gt: int | None = strawberry.field(default=strawberry.UNSET, description="Is more.")
    gte: int | None = strawberry.field(default=strawberry.UNSET, description="Is this or more.")
    is_null: bool | None = strawberry.field(
        default=strawberry.UNSET, description="True: there is none. False: there is one."
    )


@strawberry.input(
    description="All operators given must hold. Instants are compared, whatever their offsets."
)
class DateTimeFilter:
    eq: DateTime | None = strawberry.field(default=strawberry.UNSET, description="Is this instant.")
    ne: DateTime | None = strawberry.field(
        default=strawberry.UNSET, description="Is not this; holds where there is none, too."
    )
    in_: list[DateTime] | None = strawberry.field(
        default=strawberry.UNSET, name="in", description="Is one of these, 500 at most."
    )
    not_in: list[DateTime] | None = strawberry.field(
        default=strawberry.UNSET,
        description="Is none of these, 500 at most; holds where there is none, too.",
    )
    lt: DateTime | None = strawberry.field(default=strawberry.UNSET, description="Is earlier.")
    lte: DateTime | None = strawberry.field(
        default=strawberry.UNSET, description="Is this or earlier."
    )
    gt: DateTime | None = strawberry.field(default=strawberry.UNSET, description="Is later.")
    gte: DateTime | None = strawberry.field(
        default=strawberry.UNSET, description="Is this or later."
    )
    is_null: bool | None = strawberry.field(
        default=strawberry.UNSET, description="True: there is none. False: there is one."
    )


@strawberry.input(description="All operators given must hold.")
class KindFilter:
    eq: ContentKind | None = strawberry.field(default=strawberry.UNSET, description="Is this.")
    ne: ContentKind | None = strawberry.field(default=strawberry.UNSET, description="Is not this.")
    in_: list[ContentKind] | None = strawberry.field(
        default=strawberry.UNSET, name="in", description="Is one of these."
    )
    not_in: list[ContentKind] | None = strawberry.field(
        default=strawberry.UNSET, description="Is none of these."
    )


Filter = StringFilter | IntFilter | DateTimeFilter | KindFilter


def given(container: object, where: str) -> Iterator[tuple[str, Any]]:
    """The members of an input object that the client gave.

    Raises QueryError(BAD_USER_INPUT) for an explicit null: elsewhere it has been taken for "any"
    as often as for "none", and both readings have cost somebody a table.
    """
    for name, value in vars(container).items():
        if value is strawberry.UNSET:
            continue
        if value is None:
            written = "".join(
                part.title() if place else part for place, part in enumerate(name.split("_"))
            )
            raise QueryError(
                Reason.BAD_USER_INPUT,
                f"{where}.{written} is null",
                hint="Leave the member out, or ask with isNull.",
            )
        yield name, value


def compare(field: Field, operators: Filter, where: str) -> Condition:
    """What the operators say of a field; `where` names it in errors."""
    return Every(tuple(_one(field, *item, where) for item in given(operators, where)))


def _one(field: Field, operator: str, value: Any, where: str) -> Condition:
    if operator == "is_null":
        present = Compare(field, Op.EXISTS, None)
        return Neither(present) if value else present
    if operator in {"in_", "not_in"}:
        check_values(value, where)
        chosen = Compare(field, Op.IN, tuple(_value(field, one) for one in value))
        return chosen if operator == "in_" else Neither(chosen)
    if operator == "ne":
        return Neither(Compare(field, Op.EQ, _value(field, value)))
    return Compare(field, _OPS[operator], _value(field, value))


_OPS = {
    "eq": Op.EQ,
    "lt": Op.LT,
    "lte": Op.LTE,
    "gt": Op.GT,
    "gte": Op.GTE,
    "contains": Op.CONTAINS,
    "starts_with": Op.STARTS_WITH,
}


def check_values(values: Sized, where: str) -> None:
    """Raises QueryError(OPERATION_TOO_LARGE) for a list that is too long."""
    if len(values) > MAX_VALUES:
        message = f"{where} lists over {MAX_VALUES} values"
        raise QueryError(Reason.OPERATION_TOO_LARGE, message, hint="Ask for less at once.")


def _value(field: Field, value: Any) -> Any:
    """As the index holds it."""
    if field is Field.PUBLISHED:
        return microseconds(parse_instant(value, "DateTime"))
    return value.value if isinstance(value, ContentKind) else value
