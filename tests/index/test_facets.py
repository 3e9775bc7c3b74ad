"""Counts are of the whole list, whatever page of it is shown."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gateway.index.card import Card
from gateway.index.condition import Compare, Condition, Field, Neither, Op
from gateway.index.facets import (
    Bucket,
    Count,
    Interval,
    ProviderCount,
    histogram,
    provider_counts,
    topic_counts,
    type_counts,
)
from gateway.index.listing import Listing
from gateway.index.search import Search
from gateway.records.kind import CONTENT_KINDS, Kind
from tests.support import oracle
from tests.support.cards import ALL, article, card, content, found, index_of, topic
from tests.support.drawn import CONDITIONS, libraries
from tests.support.fuzz import fuzz

READERS = Listing(CONTENT_KINDS)
EVERYTHING = Listing(tuple(Kind))
SEARCHES = st.sampled_from([None, Search("seal"), Search("example"), Search("🔒")])


@fuzz
@given(libraries(min_size=1), st.none() | CONDITIONS, SEARCHES, st.sampled_from([1, 2, ALL]))
def test_counts_are_those_of_the_records_in_the_list(
    cards: list[Card], where: Condition | None, search: Search | None, limit: int
) -> None:
    index, listing = index_of(*cards), Listing(tuple(Kind), where, search)
    searched = set(found(index, Listing(tuple(Kind), search=search)))
    listed = [
        card
        for card in cards
        if card.row_id in searched and (where is None or oracle.holds(where, card))
    ]
    assert topic_counts(index, listing, limit) == oracle.counts(listed, Field.TOPIC, limit)
    assert type_counts(index, listing, limit) == oracle.counts(listed, Field.TYPE, limit)
    assert provider_counts(index, listing, limit) == oracle.provider_counts(listed, limit)


@fuzz
@given(libraries(min_size=1), st.lists(st.sampled_from(Interval), min_size=1, max_size=2))
def test_every_record_with_a_date_falls_into_one_interval(
    cards: list[Card], intervals: list[Interval]
) -> None:
    index = index_of(*cards)
    for interval in intervals:
        for limit in (1, ALL):
            expected = oracle.histogram(cards, interval, limit)
            assert histogram(index, EVERYTHING, interval, limit) == expected


def test_a_record_counts_once_for_each_topic_and_most_frequent_ones_come_first() -> None:
    index = index_of(
        article(1, topics=["b", "a", "b"]), article(2, topics=["b"]), article(3, topics=["c"])
    )
    assert topic_counts(index, READERS, 10) == [Count("b", 2), Count("a", 1), Count("c", 1)]
    assert topic_counts(index, READERS, 1) == [Count("b", 2)]
    assert topic_counts(index, READERS, 0) == []


def test_topics_are_counted_within_a_list_that_is_narrowed_by_topic() -> None:
    index = index_of(article(1, topics=["a", "b"]), article(2, topics=["b"]), article(3, topics=[]))
    listing = Listing(CONTENT_KINDS, Compare(Field.TOPIC, Op.EQ, "a"))
    assert topic_counts(index, listing, 10) == [Count("a", 1), Count("b", 1)]
    without = Listing(CONTENT_KINDS, Neither(Compare(Field.TOPIC, Op.EQ, "a")))
    assert topic_counts(index, without, 10) == [Count("b", 1)]


def test_types_and_providers_that_are_missing_are_not_counted() -> None:
    index = index_of(
        topic(1, "AI"),
        card(2, "_videos/a.md", content("video")),
        article(3, type="video"),
        article(4, provider={"name": "Example News", "domain": "example.com"}),
    )
    assert type_counts(index, EVERYTHING, 10) == [Count("video", 2), Count("article", 1)]
    assert provider_counts(index, EVERYTHING, 10) == [
        ProviderCount("Example News", "example.com", 1),
        ProviderCount("Example News", "example.org", 1),
    ]


@pytest.mark.parametrize(
    ("written", "interval", "start"),
    [
        ("2024-12-29T23:59:59.999999Z", Interval.WEEK, (2024, 12, 23)),
        ("2024-12-30T00:00:00Z", Interval.WEEK, (2024, 12, 30)),
        ("2025-01-05T00:00:00Z", Interval.WEEK, (2024, 12, 30)),
        ("2025-01-06T00:59:59+01:00", Interval.WEEK, (2024, 12, 30)),
        ("2025-01-06T00:00:00Z", Interval.WEEK, (2025, 1, 6)),
        ("2025-01-06T00:00:00Z", Interval.YEAR, (2025, 1, 1)),
        ("2024-12-31T23:30:00-01:00", Interval.YEAR, (2025, 1, 1)),
        ("2024-02-29T12:00:00Z", Interval.MONTH, (2024, 2, 1)),
        ("2024-02-29T12:00:00Z", Interval.DAY, (2024, 2, 29)),
        ("1970-01-01T00:00:00Z", Interval.WEEK, (1969, 12, 29)),
        ("1969-12-31T23:59:59.999999Z", Interval.DAY, (1969, 12, 31)),
        ("1969-12-31T00:00:00.000001Z", Interval.DAY, (1969, 12, 31)),
        ("1969-12-31T00:00:00Z", Interval.DAY, (1969, 12, 31)),
        ("1969-12-28T23:59:59.5Z", Interval.WEEK, (1969, 12, 22)),
        ("0001-01-01T00:00:00Z", Interval.WEEK, (1, 1, 1)),
        ("9999-12-31T23:59:59.999999Z", Interval.WEEK, (9999, 12, 27)),
    ],
)
def test_an_instant_falls_into_its_calendar_interval_in_utc(
    written: str, interval: Interval, start: tuple[int, int, int]
) -> None:
    index = index_of(article(1, publishedDateTime=written))
    expected = [Bucket(datetime(*start, tzinfo=UTC), 1)]
    assert histogram(index, READERS, interval, 10) == expected


def test_the_latest_intervals_come_first_and_empty_ones_are_left_out() -> None:
    times = ["2026-03-01T00:00:00Z", "2024-01-01T00:00:00Z", "2026-03-31T23:59:59Z"]
    index = index_of(*(article(n, publishedDateTime=time) for n, time in enumerate(times)))
    march, january = datetime(2026, 3, 1, tzinfo=UTC), datetime(2024, 1, 1, tzinfo=UTC)
    assert histogram(index, READERS, Interval.MONTH, 9) == [Bucket(march, 2), Bucket(january, 1)]
    assert histogram(index, READERS, Interval.MONTH, 1) == [Bucket(march, 2)]
