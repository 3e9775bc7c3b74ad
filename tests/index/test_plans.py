"""What many records are asked for begins in an index, however many there are beside it."""

from __future__ import annotations

import pytest
import sqlalchemy as sa
from sqlalchemy.dialects import sqlite

from gateway.index.condition import Compare, Condition, Every, Field, Op, Value
from gateway.index.index import Index
from gateway.index.listing import By, Listing, Order, Statement
from gateway.index.tables import entry
from gateway.records.kind import Kind
from tests.support.cards import article, index_of

ARTICLES = (Kind.ARTICLE,)


def steps(index: Index, query: sa.Select[tuple[int]]) -> list[str]:
    """How SQLite goes about a query."""
    text = query.compile(dialect=sqlite.dialect(), compile_kwargs={"literal_binds": True})
    return [row[3] for row in index._raw.execute(f"EXPLAIN QUERY PLAN {text}")]


def is_scan(step: str) -> bool:
    """Whether all records are gone through, in whatever order."""
    return step.startswith("SCAN entry")


CONDITIONS: list[tuple[Field, Op, Value]] = [
    (Field.TOPIC, Op.EQ, "AI"),
    (Field.TOPIC, Op.IN, ("AI", "Law")),
    (Field.URL, Op.EQ, "https://news.example.org/seal"),
    (Field.PROVIDER_DOMAIN, Op.EQ, "example.org"),
    (Field.PATH, Op.EQ, "_news/001.md"),
    (Field.PUBLISHED, Op.LTE, 1_700_000_000_000_000),
    (Field.PUBLISHED, Op.GT, 1_700_000_000_000_000),
    (Field.QUALITY, Op.GTE, 90),
    (Field.HEAT, Op.LT, 5),
]


@pytest.mark.parametrize(("field", "op", "value"), CONDITIONS, ids=str)
def test_records_are_counted_without_going_through_all(field: Field, op: Op, value: Value) -> None:
    index = index_of(article(1))
    condition: Condition = Compare(field, op, value)
    for where in (condition, Every((condition, Compare(Field.TITLE, Op.CONTAINS, "seal")))):
        query = Statement(Listing(ARTICLES, where)).select(entry.c.row_id)
        assert not any(map(is_scan, steps(index, query)))


@pytest.mark.parametrize("by", [By.PUBLISHED, By.QUALITY, By.HEAT, By.TITLE])
@pytest.mark.parametrize("after", [True, False])
@pytest.mark.parametrize("descending", [True, False])
def test_a_page_far_behind_begins_where_its_cursor_stands(
    by: By, after: bool, descending: bool
) -> None:
    index = index_of(article(1))
    statement = Statement(Listing(ARTICLES, order=(Order(by, descending=descending),)))
    values = ["a" if by is By.TITLE else 7, "_news/001.md"]
    chosen = statement.select(entry.c.row_id).where(statement.beyond(values, after=after))
    (first, *_) = steps(index, statement.sorted(chosen, reverse=not after).limit(20))
    assert first.startswith("SEARCH entry USING INDEX")
