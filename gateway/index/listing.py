"""Lists: which records, in which order."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum
from functools import cached_property
from typing import Any

import sqlalchemy as sa

from gateway.index.clause import Clause, clause
from gateway.index.condition import Condition
from gateway.index.search import Search
from gateway.index.tables import entry, entry_text
from gateway.records.kind import Kind


class By(StrEnum):
    """What a list can be sorted by."""

    PUBLISHED = "published"
    QUALITY = "quality"
    HEAT = "heat"
    TITLE = "title"
    RELEVANCE = "relevance"


@dataclass(frozen=True)
class Order:
    """A missing value counts as lower than every other. Titles are compared without case."""

    by: By
    descending: bool


NEWEST_FIRST = Order(By.PUBLISHED, descending=True)
BEST_MATCH_FIRST = Order(By.RELEVANCE, descending=True)


@dataclass(frozen=True)
class Listing:
    """Records of these kinds that satisfy a condition and a search, in a total order.

    Ties that `order` leaves are put in the order of paths.
    """

    kinds: tuple[Kind, ...]
    where: Condition | None = None
    search: Search | None = None
    order: tuple[Order, ...] = (NEWEST_FIRST,)

    @cached_property
    def digest(self) -> str:
        """Tells this list from others, in every process alike."""
        return hashlib.sha256(repr(self).encode()).hexdigest()[:16]


# What a hit in each column of the full text weighs: title, excerpt, labels, body.
_WEIGHTS = (10.0, 4.0, 3.0, 1.0)
TEXT: sa.ColumnElement[Any] = sa.literal_column("entry_text")
# FTS5 gives better matches lower numbers.
RELEVANCE = -sa.func.bm25(TEXT, *map(sa.literal_column, map(str, _WEIGHTS)), type_=sa.Float)
# Not materialised, SQLite would compute the rank anew wherever a statement mentions it.
_HITS = "hit"

_KEYS = {
    By.PUBLISHED: entry.c.published_key,
    By.QUALITY: entry.c.quality_key,
    By.HEAT: entry.c.heat_key,
    By.TITLE: entry.c.title_key,
}


def matching(search: Search) -> Clause:
    """The clause over the full text that a search stands for."""
    expression = search.expression()
    return sa.false() if expression is None else TEXT.op("MATCH", is_comparison=True)(expression)


class Statement:
    """A listing as SQL. `rows()` may be narrowed, sorted, counted or joined."""

    def __init__(self, listing: Listing) -> None:
        self._listing = listing
        self._hit: sa.CTE | None = None
        if listing.search is not None:
            ranked = sa.select(entry_text.c.rowid.label("row_id"), RELEVANCE.label("score"))
            found = ranked.where(matching(listing.search))
            self._hit = found.cte(_HITS).prefix_with("MATERIALIZED")

    def select(self, *columns: sa.ColumnElement[Any]) -> sa.Select[Any]:
        """These columns of the records in the list, in no order."""
        listing = self._listing
        chosen = sa.select(*columns).where(entry.c.kind.in_([str(kind) for kind in listing.kinds]))
        if listing.where is not None:
            chosen = chosen.where(clause(listing.where))
        if self._hit is None:
            return chosen.select_from(entry)
        joined = entry.join(self._hit, self._hit.c.row_id == entry.c.row_id)
        return chosen.select_from(joined)

    def keys(self) -> list[tuple[sa.ColumnElement[Any], bool]]:
        """The columns that order the list, and whether each descends; together they are unique."""
        keys = [(self._key(order.by), order.descending) for order in self._listing.order]
        return [*keys, (entry.c.path, False)]

    def _key(self, by: By) -> sa.ColumnElement[Any]:
        if by is By.RELEVANCE:
            # Without a search everything is equally relevant.
            return sa.literal(0) if self._hit is None else self._hit.c.score
        return _KEYS[by]

    def beyond(self, values: Sequence[Any], *, after: bool) -> Clause:
        """Whether a record stands after, or before, the one whose keys have these values."""
        clauses = []
        equal: list[Clause] = []
        for (key, descending), value in zip(self.keys(), values, strict=True):
            bound = sa.literal(value)
            further = key > bound if after is not descending else key < bound
            clauses.append(sa.and_(*equal, further))
            equal.append(key == bound)
        return sa.and_(self._from(values[0], after=after), sa.or_(*clauses))

    def _from(self, value: Any, *, after: bool) -> Clause:
        """What follows from that for the first key, of which there is an index to begin in."""
        key, descending = self.keys()[0]
        bound = sa.literal(value)
        return key >= bound if after is not descending else key <= bound

    def sorted(self, statement: sa.Select[Any], *, reverse: bool = False) -> sa.Select[Any]:
        ways = [key.desc() if down is not reverse else key.asc() for key, down in self.keys()]
        return statement.order_by(*ways)
