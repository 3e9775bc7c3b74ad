"""How the records of a list are spread."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime
from enum import StrEnum

import sqlalchemy as sa

from gateway.index.index import Index
from gateway.index.listing import Listing, Statement
from gateway.index.tables import entry, filed

_COUNT = sa.func.count().label("count")


@dataclass(frozen=True)
class Count:
    """How many records of a list share a value."""

    value: str
    count: int


@dataclass(frozen=True)
class ProviderCount:
    name: str
    domain: str
    count: int


def topic_counts(index: Index, listing: Listing, limit: int) -> list[Count]:
    """The most frequent topics. A record counts once for each of its topics."""
    listed = Statement(listing).select(entry.c.row_id)
    query = sa.select(filed.c.topic, _COUNT).where(filed.c.row_id.in_(listed))
    return _counts(index, query, filed.c.topic, limit)


def type_counts(index: Index, listing: Listing, limit: int) -> list[Count]:
    query = Statement(listing).select(entry.c.type, _COUNT).where(entry.c.type.is_not(None))
    return _counts(index, query, entry.c.type, limit)


def _counts(
    index: Index, query: sa.Select[tuple[str, int]], value: sa.ColumnElement[str], limit: int
) -> list[Count]:
    ordered = query.group_by(value).order_by(_COUNT.desc(), value).limit(limit)
    return [Count(*row) for row in index.rows(ordered)]


def provider_counts(index: Index, listing: Listing, limit: int) -> list[ProviderCount]:
    """The most frequent providers, by name and domain together."""
    provider = (entry.c.provider_name, entry.c.provider_domain)
    query = Statement(listing).select(*provider, _COUNT).where(provider[0].is_not(None))
    ordered = query.group_by(*provider).order_by(_COUNT.desc(), *provider).limit(limit)
    return [ProviderCount(*row) for row in index.rows(ordered)]


class Interval(StrEnum):
    """Calendar intervals in UTC; weeks begin on Monday (ISO 8601)."""

    DAY = "day"
    WEEK = "week"
    MONTH = "month"
    YEAR = "year"


# Modifiers of SQLite's date() that lead to an interval's first day. "weekday 0" goes forward to a
# Sunday, if need be, so six days before it is the Monday of the same week.
_STARTS = {
    Interval.DAY: (),
    Interval.WEEK: ("weekday 0", "-6 days"),
    Interval.MONTH: ("start of month",),
    Interval.YEAR: ("start of year",),
}


@dataclass(frozen=True)
class Bucket:
    """start: the first instant of the interval."""

    start: datetime
    count: int


def histogram(index: Index, listing: Listing, interval: Interval, limit: int) -> list[Bucket]:
    """How many records appeared in each interval, the latest first; empty ones are left out."""
    start = sa.func.date(_seconds(entry.c.published), "unixepoch", *_STARTS[interval])
    query = Statement(listing).select(start, _COUNT).where(entry.c.published.is_not(None))
    ordered = query.group_by(start).order_by(start.desc()).limit(limit)
    return [Bucket(_day(text), count) for text, count in index.rows(ordered)]


def _seconds(microseconds: sa.ColumnElement[int]) -> sa.ColumnElement[int]:
    # SQLite divides towards zero, which before 1970 is the wrong way.
    second = sa.literal_column("1000000", sa.BigInteger)
    rest = (microseconds % second + second) % second
    return (microseconds - rest) // second


def _day(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=UTC)
