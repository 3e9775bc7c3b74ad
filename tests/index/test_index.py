"""An index that was changed answers as one that was built afresh."""

from __future__ import annotations

import gc
import sqlite3
from collections.abc import Callable, Collection
from contextlib import AbstractContextManager, closing, suppress
from threading import Thread
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gateway.index import lookup
from gateway.index.card import Card, rows_of
from gateway.index.facets import Interval, histogram, provider_counts, topic_counts, type_counts
from gateway.index.index import Index
from gateway.index.listing import BEST_MATCH_FIRST, Listing
from gateway.index.page import count, matches
from gateway.index.search import Search
from gateway.index.tables import metadata
from gateway.records.kind import Kind
from tests.support.cards import ALL, article, found, index_of, organization, related_item, topic
from tests.support.drawn import SEARCHES, libraries
from tests.support.fuzz import fuzz

Way = Callable[[Index], AbstractContextManager[Index]]

EVERYTHING = tuple(Kind)
TYPED = st.sampled_from(["seal", "example*"]) | SEARCHES.filter(lambda text: len(text) < 32)


def contents(index: Index) -> dict[str, list[Any]]:
    """Every row of every table. The full text is in order within itself, too."""
    with closing(sqlite3.connect(":memory:")) as copy:
        index._raw.backup(copy)
        assert copy.execute("PRAGMA integrity_check").fetchall() == [("ok",)]
        copy.execute("INSERT INTO entry_text (entry_text) VALUES ('integrity-check')")
        statements = {table.name: f"SELECT * FROM {table.name}" for table in metadata.sorted_tables}
        statements["entry_text"] = "SELECT rowid, * FROM entry_text"
        return {name: sorted(copy.execute(sql), key=repr) for name, sql in statements.items()}


def changed(index: Index, *added: Card, removed: Collection[int] = ()) -> Index:
    """The successor of an index."""
    with index.successor() as following:
        following.remove(removed)
        following.add(rows_of(added))
    return following


def answers(index: Index, text: str) -> list[Any]:
    """What depends on more than one record's rows; scores are compared to the last digit."""
    search = Search(text)
    listing = Listing(EVERYTHING, search=search, order=(BEST_MATCH_FIRST,))
    hits = found(index, listing)
    return [hits, matches(index, search, tuple(hits)), topic_counts(index, listing, ALL)]


@fuzz
@given(libraries(max_size=5), st.data(), TYPED)
def test_what_follows_with_differences_answers_as_one_built_afresh(
    cards: list[Card], data: st.DataObject, text: str
) -> None:
    ids = st.lists(st.sampled_from([card.row_id for card in cards] or [1]), unique=True)
    before, removed = data.draw(ids), data.draw(ids)
    old = [card for card in cards if card.row_id in before]
    index = index_of(*old)
    untouched = contents(index)
    kept = [card for card in old if card.row_id not in removed]
    new = [card for card in cards if card not in kept]
    following = changed(index, *new, removed=removed)
    fresh = index_of(*cards)
    assert contents(following) == contents(fresh)
    assert answers(following, text) == answers(fresh, text)
    assert contents(index) == untouched


def everything_about(row_id: int) -> list[Card]:
    return [
        article(row_id, related=[related_item(webUrl="https://example.org/1")], body=b"body"),
        topic(row_id + 1, "AI", parent="Science"),
        organization(row_id + 2, "Example", "example.org", otherNames=["Ex"]),
    ]


def schema(index: Index) -> list[Any]:
    return sorted(index._raw.execute("SELECT name, sql FROM sqlite_master WHERE sql IS NOT NULL"))


def test_what_is_loaded_at_once_is_sorted_as_what_is_added_bit_by_bit() -> None:
    cards = [*everything_about(1), *everything_about(4)]
    with Index.empty().successor() as loaded, loaded.loading():
        for one in cards:
            loaded.add(rows_of([one]))
    added = index_of(*cards)
    assert contents(loaded) == contents(added)
    assert schema(loaded) == schema(added)
    assert any(name == "entry_newest" for name, _ in schema(loaded))


def test_what_is_removed_leaves_nothing_behind() -> None:
    index = changed(index_of(*everything_about(1)), removed=[1, 2, 3])
    assert contents(index) == contents(Index.empty())


@pytest.mark.parametrize("removed", [[], [2, 3], range(2, 5000)])
def test_ids_that_are_not_there_are_passed_over(removed: Collection[int]) -> None:
    index = index_of(article(1))
    assert found(changed(index, removed=removed)) == [1]
    assert found(changed(index, removed={*removed, 1})) == []


def test_an_id_that_is_free_again_may_be_taken_by_another_record() -> None:
    old, new = article(1, title="An old seal"), article(1, title="A new page")
    index = changed(index_of(old), new, removed=[1])
    listing = Listing(EVERYTHING, search=Search("seal"))
    assert found(index, listing) == [] == found(index_of(), listing)
    assert contents(index) == contents(index_of(new))


def test_nothing_is_added_twice() -> None:
    index = index_of(article(1))
    with pytest.raises(sqlite3.IntegrityError):
        changed(index, article(1))
    assert found(changed(index, article(2))) == [1, 2]


def test_an_index_that_others_may_read_is_never_changed() -> None:
    index = index_of(article(1))
    with pytest.raises(RuntimeError):
        index.remove([1])
    with pytest.raises(RuntimeError):
        index.add(rows_of([article(2)]))
    assert found(index) == [1]


@pytest.mark.parametrize("way", [Index.successor, Index.branch])
def test_what_is_made_from_an_index_and_the_index_go_separate_ways(way: Way) -> None:
    index = index_of(article(1))
    before = contents(index)
    with way(index) as other:
        other.add(rows_of([article(2)]))
        assert found(other) == [1, 2]
        assert found(index) == [1]
    following = changed(index, removed=[1])
    assert (found(index), found(other), found(following)) == ([1], [1, 2], [])
    assert contents(index) == before


@pytest.mark.parametrize("way", [Index.successor, Index.branch])
def test_an_error_while_it_is_filled_leaves_the_index_as_it_was(way: Way) -> None:
    index = index_of(article(1))
    before = contents(index)
    with pytest.raises(ZeroDivisionError), way(index) as other:  # noqa: PT012  all of it counts
        other.remove([1])
        other.add(rows_of([article(2)]))
        raise ZeroDivisionError
    assert contents(index) == before
    assert found(changed(index, article(3))) == [1, 3]


# What is made from which of those that there are: by a successor or a branch, of which some are
# dropped, with records added and removed.
STEPS = st.lists(
    st.tuples(
        st.integers(0, 9),
        st.sampled_from(["successor", "branch", "failed", "dropped"]),
        st.sets(st.integers(1, 4), max_size=3),
    ),
    max_size=10,
)
FEW = [article(number, title=f"Title {number}") for number in range(1, 5)]


@fuzz
@given(STEPS)
def test_each_of_many_indexes_that_came_one_from_another_stays_what_it_was(
    steps: list[tuple[int, str, set[int]]],
) -> None:
    made = {0: (index_of(FEW[0]), {1})}
    for number, (chosen, way, ids) in enumerate(steps, start=1):
        base, held = made[sorted(made)[chosen % len(made)]]
        if way == "dropped":
            del made[sorted(made)[chosen % len(made)]]
            made = made or {0: (index_of(FEW[0]), {1})}
            continue
        context = base.branch() if way == "branch" else base.successor()
        with suppress(ZeroDivisionError), context as index:
            index.remove(held - ids)
            index.add(rows_of(card for card in FEW if card.row_id in ids - held))
            if way == "failed":
                raise ZeroDivisionError
            made[number] = (index, ids)
    for each, expected in made.values():
        fresh = index_of(*(card for card in FEW if card.row_id in expected))
        assert contents(each) == contents(fresh)
        assert found(each) == sorted(expected)


def test_an_empty_index_answers_everything_with_nothing() -> None:
    index = Index.empty()
    listing = Listing(EVERYTHING)
    assert answers(index, "seal") == [[], {}, []]
    assert (found(index, listing), count(index, listing)) == ([], 0)
    assert type_counts(index, listing, ALL) == []
    assert provider_counts(index, listing, ALL) == []
    assert histogram(index, listing, Interval.WEEK, ALL) == []
    assert lookup.topic_names(index, ALL) == []


def test_one_index_may_be_read_from_many_threads_while_it_is_copied() -> None:
    index = index_of(*(article(n) for n in range(1, 30)))
    expected = found(index)
    seen: list[list[int]] = []

    def read() -> None:
        for _ in range(10):
            seen.append(found(index))
            with index.branch() as other:
                pass
            seen.append(found(other))

    threads = [Thread(target=read) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert seen == [expected] * 80


def test_an_index_that_is_done_with_closes_its_database() -> None:
    index = index_of(article(1))
    database = index._raw
    del index
    gc.collect()
    with pytest.raises(sqlite3.ProgrammingError, match="closed"):
        database.execute("SELECT 1")
