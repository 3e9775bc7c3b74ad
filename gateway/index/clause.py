"""Conditions as SQL."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, NamedTuple

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


def clause(condition: Condition) -> Clause:
    """A clause over `entry` that is true where the condition holds; elsewhere false, or null."""
    return _clause(condition, _ENTRY, negated=False)


def _settled(found: Clause) -> Clause:
    # SQL's null stands for "not true" here. AND and OR carry it upwards as they carry false, so
    # it is enough to settle it wherever something is negated; what is settled uses no index.
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


class _Test(NamedTuple):
    """What a comparison says of one column. is_exact: whether an index finds what it holds of."""

    holds: Callable[[Column], Clause]
    is_exact: bool


def _test(op: Op, value: Value) -> _Test:
    return _Test(_comparison(op, value), op in {Op.EQ, Op.IN})


def _comparison(op: Op, value: Value) -> Callable[[Column], Clause]:
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
    return lambda test: test.holds(column)


def _sorted(column: Column, key: Column) -> _Place:
    """The key, which is what there is an index of, is the value wherever there is one."""
    return lambda test: sa.and_(test.holds(key), column.is_not(None))


def _many(column: Column, joined: Clause) -> _Place:
    return lambda test: sa.exists().where(joined, test.holds(column))


def _named(column: Column, row_id: Column) -> _Place:
    """Of names that there is an index of: records of few names are found by these."""
    by_record = _many(column, row_id == entry.c.row_id)
    by_name = sa.select(row_id)

    def place(test: _Test) -> Clause:
        if not test.is_exact:
            return by_record(test)
        return entry.c.row_id.in_(by_name.where(test.holds(column)))

    return place


_ENTRY: Mapping[Field, _Place] = {
    Field.PATH: _one(entry.c.path),
    Field.KIND: _one(entry.c.kind),
    Field.TITLE: _one(entry.c.title),
    Field.EXCERPT: _one(entry.c.excerpt),
    Field.TYPE: _one(entry.c.type),
    Field.CATEGORY: _one(entry.c.category),
    Field.PROVIDER_NAME: _one(entry.c.provider_name),
    Field.PROVIDER_DOMAIN: _one(entry.c.provider_domain),
    Field.PUBLISHED: _sorted(entry.c.published, entry.c.published_key),
    Field.QUALITY: _sorted(entry.c.quality, entry.c.quality_key),
    Field.HEAT: _sorted(entry.c.heat, entry.c.heat_key),
    Field.HAS_IMAGE: _one(entry.c.has_image),
    Field.URL: _named(address.c.url, address.c.row_id),
    Field.TOPIC: _named(filed.c.topic, filed.c.row_id),
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
