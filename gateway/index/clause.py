"""Conditions as SQL."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

import sqlalchemy as sa

from gateway.index.condition import (
    Compare,
    Condition,
    Either,
    Every,
    Field,
    Neither,
    Op,
    Value,
)
from gateway.index.fold import fold
from gateway.index.tables import address, entry, filed, link, related

Clause = sa.ColumnElement[bool]
Column = sa.ColumnElement[Any]
_Test = Callable[[Column], Clause]


def clause(condition: Condition) -> Clause:
    """A clause over `entry` that is true or false, and never null."""
    return _settled(_clause(condition, _ENTRY, negated=False))


def _settled(found: Clause) -> Clause:
    # SQL's null stands for "not true" here. AND and OR carry it upwards as they carry false, so
    # it is enough to settle it at the top and wherever something is negated.
    return sa.func.coalesce(found, sa.false()).cast(sa.Boolean)


def _clause(condition: Condition, scope: Mapping[Field, _Place], *, negated: bool) -> Clause:
    # A negation is carried down to what it is about, as De Morgan has it: SQLite's parser bears
    # no more than some fifteen in one another.
    if isinstance(condition, Neither):
        return _clause(condition.part, scope, negated=not negated)
    if isinstance(condition, Every | Either):
        parts = [_clause(part, scope, negated=negated) for part in condition.parts]
        every = isinstance(condition, Every) is not negated
        return sa.and_(sa.true(), *parts) if every else sa.or_(sa.false(), *parts)
    if isinstance(condition, Compare):
        found = scope[condition.field](_test(condition.op, condition.value))
    else:
        inner = _clause(condition.part, _RELATED, negated=False)
        found = sa.exists().where(related.c.row_id == entry.c.row_id, inner)
    return sa.not_(_settled(found)) if negated else found


def _test(op: Op, value: Value) -> _Test:
    """What `op value` says of one column."""
    match op, value:
        case Op.EXISTS, _:
            return lambda column: column.is_not(None)
        case Op.IN, tuple():
            return lambda column: column.in_(value)
        case Op.CONTAINS, str():
            return lambda column: sa.func.instr(sa.func.fold(column), fold(value)) > 0
        case Op.STARTS_WITH, str():
            start = fold(value)
            return lambda column: sa.func.substr(sa.func.fold(column), 1, len(start)) == start
        case _:
            compare = _COMPARISONS[op]
            return lambda column: compare(column, sa.literal(value))


_COMPARISONS: Mapping[Op, Callable[[Column, Column], Clause]] = {
    Op.EQ: lambda column, value: column == value,
    Op.LT: lambda column, value: column < value,
    Op.LTE: lambda column, value: column <= value,
    Op.GT: lambda column, value: column > value,
    Op.GTE: lambda column, value: column >= value,
}

# Where a field's values are, given a test of one of them.
_Place = Callable[[_Test], Clause]


def _one(column: Column) -> _Place:
    return lambda test: test(column)


def _many(column: Column, joined: Clause) -> _Place:
    return lambda test: sa.exists().where(joined, test(column))


_ENTRY: Mapping[Field, _Place] = {
    Field.PATH: _one(entry.c.path),
    Field.KIND: _one(entry.c.kind),
    Field.TITLE: _one(entry.c.title),
    Field.EXCERPT: _one(entry.c.excerpt),
    Field.TYPE: _one(entry.c.type),
    Field.CATEGORY: _one(entry.c.category),
    Field.PROVIDER_NAME: _one(entry.c.provider_name),
    Field.PROVIDER_DOMAIN: _one(entry.c.provider_domain),
    Field.PUBLISHED: _one(entry.c.published),
    Field.QUALITY: _one(entry.c.quality),
    Field.HEAT: _one(entry.c.heat),
    Field.HAS_IMAGE: _one(entry.c.has_image),
    Field.URL: _many(address.c.url, address.c.row_id == entry.c.row_id),
    Field.TOPIC: _many(filed.c.topic, filed.c.row_id == entry.c.row_id),
}

_SAME_ITEM = sa.and_(link.c.row_id == related.c.row_id, link.c.place == related.c.place)

_RELATED: Mapping[Field, _Place] = {
    Field.TITLE: _one(related.c.title),
    Field.EXCERPT: _one(related.c.excerpt),
    Field.TYPE: _one(related.c.type),
    Field.PROVIDER_NAME: _one(related.c.provider_name),
    Field.PROVIDER_DOMAIN: _one(related.c.provider_domain),
    Field.PUBLISHED: _one(related.c.published),
    Field.QUALITY: _one(related.c.quality),
    Field.URL: _many(link.c.url, _SAME_ITEM),
}
