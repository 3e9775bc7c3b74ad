"""Lists are whole and in order, however they are paged through."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gateway.errors import QueryError, Reason
from gateway.index.card import Card
from gateway.index.condition import Compare, Condition, Field, Op
from gateway.index.index import Index
from gateway.index.listing import BEST_MATCH_FIRST, By, Listing, Order
from gateway.index.page import Slice, Window, count, matches, take
from gateway.index.search import Search
from gateway.records.kind import CONTENT_KINDS, Kind
from tests.support.cards import article, card, content, found, index_of
from tests.support.drawn import CONDITIONS, ORDERS, libraries
from tests.support.fuzz import fuzz
from tests.support.oracle import holds, ordered, sliced

EVERYTHING = tuple(Kind)
LIBRARIES = libraries(min_size=1, max_size=9)


def ids(cards: list[Card]) -> list[int]:
    return [card.row_id for card in cards]


@fuzz
@given(LIBRARIES, st.lists(ORDERS, min_size=1, max_size=4))
def test_a_list_is_in_a_total_order(cards: list[Card], orders: list[tuple[Order, ...]]) -> None:
    index = index_of(*cards)
    for order in orders:
        assert found(index, Listing(EVERYTHING, order=order)) == ids(ordered(cards, order))


def walk(index: Index, listing: Listing, length: int, paths: dict[int, str]) -> list[Slice]:
    """Every page from the first to the last."""
    pages = [take(index, listing, Window(first=length))]
    while pages[-1].has_next and len(pages) <= len(paths):
        cursor = paths[pages[-1].row_ids[-1]]
        pages.append(take(index, listing, Window(first=length, after=cursor)))
    return pages


def walk_back(index: Index, listing: Listing, length: int, paths: dict[int, str]) -> list[Slice]:
    """Every page from the last to the first."""
    pages = [take(index, listing, Window(last=length))]
    while pages[-1].has_previous and len(pages) <= len(paths):
        cursor = paths[pages[-1].row_ids[0]]
        pages.append(take(index, listing, Window(last=length, before=cursor)))
    return pages


@fuzz
@given(LIBRARIES, st.none() | CONDITIONS, ORDERS, st.integers(1, 4))
def test_pages_make_up_the_list_in_both_directions(
    cards: list[Card], where: Condition | None, order: tuple[Order, ...], length: int
) -> None:
    index, listing = index_of(*cards), Listing(EVERYTHING, where, order=order)
    paths = {card.row_id: card.admitted.path for card in cards}
    expected = ids(ordered([c for c in cards if where is None or holds(where, c)], order))
    forward = walk(index, listing, length, paths)
    back = walk_back(index, listing, length, paths)
    assert [n for page in forward for n in page.row_ids] == expected
    assert [n for page in reversed(back) for n in page.row_ids] == expected
    assert all(len(page.row_ids) == length for page in forward[:-1] + back[:-1])
    assert [page.has_previous for page in forward] == [False] + [True] * (len(forward) - 1)
    assert [page.has_next for page in back] == [False] + [True] * (len(back) - 1)


_LENGTHS = st.integers(0, 4)
_SIDES = st.tuples(_LENGTHS, st.none()) | st.tuples(st.none(), _LENGTHS)


@fuzz
@given(st.data(), LIBRARIES, ORDERS, st.lists(_SIDES, min_size=1, max_size=4))
def test_any_window_shows_what_stands_between_its_cursors(
    data: st.DataObject,
    cards: list[Card],
    order: tuple[Order, ...],
    sides: list[tuple[int | None, int | None]],
) -> None:
    index, listed = index_of(*cards), ordered(cards, order)
    cursors = st.none() | st.sampled_from([card.admitted.path for card in cards])
    for first, last in sides:
        window = Window(first, last, data.draw(cursors), data.draw(cursors))
        assert take(index, Listing(EVERYTHING, order=order), window) == sliced(listed, window)


def test_missing_values_are_the_lowest_and_equals_go_by_path() -> None:
    index = index_of(
        article(1, "_n/d.md", heat=-1),
        article(2, "_n/c.md", heat=None),
        article(3, "_n/b.md", heat=-(2**31)),
        article(4, "_n/a.md", heat=-1),
        article(5, "_n/e.md", heat=None),
    )
    rising = Listing(CONTENT_KINDS, order=(Order(By.HEAT, descending=False),))
    falling = Listing(CONTENT_KINDS, order=(Order(By.HEAT, descending=True),))
    assert found(index, rising) == [2, 5, 3, 4, 1]
    assert found(index, falling) == [4, 1, 3, 2, 5]


def test_fractions_of_seconds_count_and_so_do_years_before_1970() -> None:
    index = index_of(
        article(1, publishedDateTime="1969-12-31T23:59:59.999999Z"),
        article(2, publishedDateTime="1970-01-01T00:00:00.000001+00:00"),
        article(3, publishedDateTime="1970-01-01T01:00:00+01:00"),
        card(4, "_videos/a.md", content("video")),
    )
    assert found(index) == [2, 3, 1, 4]


def test_titles_are_compared_without_case() -> None:
    titles = ["b", "A", "a", "B", "ß", "SS", "st"]
    index = index_of(*(article(n, title=title) for n, title in enumerate(titles)))
    listing = Listing(CONTENT_KINDS, order=(Order(By.TITLE, descending=False),))
    assert found(index, listing) == [1, 2, 0, 3, 4, 5, 6]


def test_relevance_without_a_search_leaves_the_order_to_the_next_key() -> None:
    index = index_of(article(1, heat=1), article(2, heat=2))
    order = (BEST_MATCH_FIRST, Order(By.HEAT, descending=True))
    assert found(index, Listing(CONTENT_KINDS, order=order)) == [2, 1]


def test_a_page_of_no_length_says_only_whether_there_is_more() -> None:
    index, listing = index_of(article(1), article(2)), Listing(CONTENT_KINDS)
    first, last = "_news/001.md", "_news/002.md"
    assert take(index, listing, Window(first=0)) == Slice((), True, False)
    assert take(index, listing, Window(last=0)) == Slice((), False, True)
    assert take(index, listing, Window(first=0, after=last)) == Slice((), False, True)
    assert take(index, listing, Window(last=0, before=first)) == Slice((), True, False)
    assert take(index_of(), listing, Window(first=0)) == Slice((), False, False)


def test_a_cursor_outside_the_list_is_refused() -> None:
    index = index_of(article(1, heat=1), article(2, heat=2))
    listing = Listing(CONTENT_KINDS, Compare(Field.HEAT, Op.EQ, 1))
    for path in ("_news/002.md", "_news/none.md", ""):
        for window in (Window(first=1, after=path), Window(last=1, before=path)):
            with pytest.raises(QueryError) as caught:
                take(index, listing, window)
            assert caught.value.code is Reason.CURSOR_INVALID


def test_what_is_found_pages_by_relevance_and_ties_by_path() -> None:
    """Scores are fractions; a cursor on one of several equal ones must neither skip nor repeat."""
    bodies = [b"seal", b"seal", b"seal and much more beside it", b"seal", b"nothing"]
    cards = [article(n, title="T", excerpt="E", body=body) for n, body in enumerate(bodies, 1)]
    index, paths = index_of(*cards), {card.row_id: card.admitted.path for card in cards}
    listing = Listing(CONTENT_KINDS, search=Search("seal"), order=(BEST_MATCH_FIRST,))
    assert found(index, listing) == [1, 2, 4, 3]
    assert count(index, listing) == 4
    for length in (1, 2, 3):
        pages = walk(index, listing, length, paths)
        assert [n for page in pages for n in page.row_ids] == [1, 2, 4, 3]
        pages = walk_back(index, listing, length, paths)
        assert [n for page in reversed(pages) for n in page.row_ids] == [1, 2, 4, 3]
    scores = matches(index, Search("seal"), (1, 2, 3, 4, 5))
    assert {n: match.score == scores[1].score for n, match in scores.items()} == {
        1: True, 2: True, 3: False, 4: True
    }  # fmt: skip
