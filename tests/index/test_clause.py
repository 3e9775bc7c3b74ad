"""Conditions find what they say, whatever records hold."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gateway.index.card import Card
from gateway.index.condition import (
    Compare,
    Condition,
    Either,
    Every,
    Field,
    Neither,
    Op,
    Related,
    Value,
)
from gateway.index.facets import Count, topic_counts
from gateway.index.listing import Listing
from gateway.index.page import count
from gateway.index.search import Search
from gateway.records.kind import Kind
from tests.support.cards import article, card, content, found, index_of, related_item, topic
from tests.support.drawn import CONDITIONS, KINDS, libraries
from tests.support.fuzz import fuzz
from tests.support.oracle import holds

EVERYTHING = tuple(Kind)


@fuzz
@given(libraries(min_size=1), KINDS, st.lists(CONDITIONS, min_size=1, max_size=4))
def test_exactly_the_records_are_found_of_which_a_condition_is_true(
    cards: list[Card], kinds: tuple[Kind, ...], conditions: list[Condition]
) -> None:
    index = index_of(*cards)
    listed = [card for card in cards if card.admitted.model.kind in kinds]
    for where in conditions:
        expected = {card.row_id for card in listed if holds(where, card)}
        assert set(found(index, Listing(kinds, where))) == expected
        assert count(index, Listing(kinds, where)) == len(expected)


def matches(where: Condition, *cards: Card) -> list[int]:
    return sorted(found(index_of(*cards), Listing(EVERYTHING, where)))


def titled(*titles: str) -> list[Card]:
    return [article(n, title=title) for n, title in enumerate(titles, 1)]


@pytest.mark.parametrize(
    ("op", "value", "expected"),
    [
        (Op.STARTS_WITH, "stras", [1, 2]),
        (Op.STARTS_WITH, "STRASS", [1, 2]),
        (Op.STARTS_WITH, "ß", []),
        (Op.STARTS_WITH, "", [1, 2, 3, 4, 5, 6]),
        (Op.STARTS_WITH, "Straße 1", []),
        (Op.STARTS_WITH, "İ", [3]),
        (Op.STARTS_WITH, "fi", [4]),
        (Op.STARTS_WITH, "\0", []),
        (Op.CONTAINS, "ß", [1, 2]),
        (Op.CONTAINS, "ASSE", [1, 2]),
        (Op.CONTAINS, "", [1, 2, 3, 4, 5, 6]),
        (Op.CONTAINS, "ﬂ", [5]),
        (Op.CONTAINS, "CAFE\u0301", [6]),
        (Op.CONTAINS, "a\0", []),
        (Op.CONTAINS, "%", [6]),
        (Op.CONTAINS, "_", []),
    ],
)
def test_parts_of_texts_are_compared_as_people_do(op: Op, value: str, expected: list[int]) -> None:
    cards = titled("Straße", "STRASSE", "İstanbul", "ﬁnd", "a FLAG", "100 % café")
    assert matches(Compare(Field.TITLE, op, value), *cards) == expected


@pytest.mark.parametrize(
    ("op", "value", "expected"),
    [
        (Op.EQ, "é", [2]),
        (Op.EQ, "E", [1]),
        (Op.IN, ("e", "E", "e\u0301"), [1, 3]),
        (Op.LT, "a", [1]),
        (Op.GT, "\ue000", [4]),
        (Op.GTE, "é", [2, 4]),
        (Op.LTE, "e\u0301", [1, 3]),
    ],
)
def test_whole_texts_are_compared_exactly_and_ordered_by_code_point(
    op: Op, value: Value, expected: list[int]
) -> None:
    cards = titled("E", "é", "e\u0301", "🔒")
    assert matches(Compare(Field.TITLE, op, value), *cards) == expected


def test_nothing_holds_of_a_missing_value_and_neither_turns_that_round() -> None:
    cards = [article(1, quality=None), article(2, quality=5), topic(3, "AI")]
    for op in (Op.LT, Op.LTE, Op.EQ):
        below = Compare(Field.QUALITY, op, 5)
        assert set(matches(below, *cards)) <= {2}
        assert sorted(matches(below, *cards) + matches(Neither(below), *cards)) == [1, 2, 3]
    assert matches(Neither(Compare(Field.QUALITY, Op.EXISTS, None)), *cards) == [1, 3]
    # Within AND and OR, too.
    either = Either((Compare(Field.QUALITY, Op.GT, 9), Compare(Field.QUALITY, Op.EQ, 5)))
    assert matches(Neither(either), *cards) == [1, 3]
    every = Every((Compare(Field.QUALITY, Op.GT, 9), Compare(Field.TITLE, Op.EQ, "AI")))
    assert matches(Neither(every), *cards) == [1, 2, 3]


def test_one_of_none_is_nothing() -> None:
    for field in Field:
        where = Compare(field, Op.IN, ())
        cards = [article(1), article(2, quality=None)]
        assert matches(where, *cards) == []
        assert matches(Neither(where), *cards) == [1, 2]


def test_empty_parts_are_true_of_everything_or_of_nothing() -> None:
    assert matches(Every(()), article(1)) == [1]
    assert matches(Either(()), article(1)) == []
    assert matches(Neither(Every(())), article(1)) == []
    assert matches(Neither(Either(())), article(1)) == [1]


def test_a_field_of_many_values_needs_one_and_its_absence_needs_all() -> None:
    cards = [
        article(1, topics=["AI", "News"], webUrl="https://a.example", originalUrl=None),
        article(2, topics=["News"], webUrl="https://b.example"),
        article(3, topics=[], webUrl=None, originalUrl=None),
    ]
    assert matches(Compare(Field.TOPIC, Op.EQ, "AI"), *cards) == [1]
    assert matches(Neither(Compare(Field.TOPIC, Op.EQ, "AI")), *cards) == [2, 3]
    assert matches(Compare(Field.TOPIC, Op.EXISTS, None), *cards) == [1, 2]
    assert matches(Compare(Field.URL, Op.STARTS_WITH, "HTTPS://B"), *cards) == [2]
    assert matches(Neither(Compare(Field.URL, Op.EXISTS, None)), *cards) == [3]


def test_what_is_said_of_a_related_item_is_said_of_one_and_the_same() -> None:
    long_ago = related_item(quality=90, publishedDateTime="1969-12-31T23:59:59.999999Z")
    lately = related_item(quality=10, webUrl="https://example.org/1")
    cards = [article(1, related=[long_ago, lately]), article(2, related=[lately]), article(3)]
    good, old = Compare(Field.QUALITY, Op.GTE, 90), Compare(Field.PUBLISHED, Op.LT, 0)
    named = Compare(Field.URL, Op.EQ, "https://example.org/1")
    assert matches(Related(Every((good, old))), *cards) == [1]
    assert matches(Related(Every((good, named))), *cards) == []
    assert matches(Every((Related(good), Related(named))), *cards) == [1]
    assert matches(Related(Neither(good)), *cards) == [1, 2]
    assert matches(Neither(Related(good)), *cards) == [2, 3]
    assert matches(Related(Every(())), *cards) == [1, 2]


def test_a_field_of_an_item_is_not_that_of_the_article() -> None:
    cards = [article(1, title="Mine", related=[related_item(title="Theirs")])]
    mine, theirs = (Compare(Field.TITLE, Op.EQ, title) for title in ("Mine", "Theirs"))
    assert matches(Every((mine, Related(theirs))), *cards) == [1]
    assert matches(Either((theirs, Related(mine))), *cards) == []


LEAVES = [
    Compare(Field.TITLE, Op.CONTAINS, "seal"),
    Compare(Field.URL, Op.STARTS_WITH, "https"),
    Related(Every((Compare(Field.QUALITY, Op.EQ, 50), Compare(Field.URL, Op.EXISTS, None)))),
]
COLD, WARM = Compare(Field.HEAT, Op.LT, 0), Compare(Field.HEAT, Op.GT, 0)
WRAPPINGS: list[Callable[[Condition], Condition]] = [
    Neither,
    lambda inner: Neither(Every((WARM, inner))),
    lambda inner: Neither(Either((inner, COLD))),
    lambda inner: Neither(Every((WARM, Either((COLD, inner))))),
    lambda inner: Every((WARM, Either((COLD, inner)))),
    lambda inner: Either((Every((inner, WARM)), COLD)),
]


@pytest.mark.parametrize("leaf", LEAVES)
@pytest.mark.parametrize("wrap", WRAPPINGS)
def test_conditions_may_stand_in_one_another_as_deep_as_a_query_may_write_them(
    leaf: Condition, wrap: Callable[[Condition], Condition]
) -> None:
    where, seal = leaf, article(1, related=[related_item(webUrl="https://example.org/1")])
    for _ in range(10):
        where = wrap(where)
    listing = Listing(EVERYTHING, where, Search("seal"))
    assert found(index_of(seal), listing) == ([1] if holds(where, seal) else [])
    assert topic_counts(index_of(seal), listing, 9) == [Count("AI", 1)]


@pytest.mark.parametrize("has", [True, False])
def test_images_are_there_or_not(has: bool) -> None:
    image = {"url": "/a.png", "width": 1, "height": 1}
    cards = [
        article(1, images=[image]),
        card(2, "_videos/a.md", content("video", images=[])),
        topic(3, "AI"),
    ]
    expected = [1] if has else [2, 3]
    assert matches(Compare(Field.HAS_IMAGE, Op.EQ, has), *cards) == expected
