"""An index that was changed answers as one that was built afresh."""

from __future__ import annotations

import gc
import sqlite3
from collections.abc import Callable
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

EVERYTHING = tuple(Kind)
TYPED = st.sampled_from(["seal", "example*"]) | SEARCHES.filter(lambda text: len(text) < 32)


def contents(index: Index) -> dict[str, list[Any]]:
    """Every row of every table. The full text is in order within itself, too."""
    execute = index._raw.execute
    execute("INSERT INTO entry_text (entry_text) VALUES ('integrity-check')")
    statements = {table.name: f"SELECT * FROM {table.name}" for table in metadata.sorted_tables}
    statements["entry_text"] = "SELECT rowid, * FROM entry_text"
    return {name: sorted(execute(sql), key=repr) for name, sql in statements.items()}


def answers(index: Index, text: str) -> list[Any]:
    """What depends on more than one record's rows; scores are compared to the last digit."""
    search = Search(text)
    listing = Listing(EVERYTHING, search=search, order=(BEST_MATCH_FIRST,))
    hits = found(index, listing)
    return [hits, matches(index, search, tuple(hits)), topic_counts(index, listing, ALL)]


@fuzz
@given(libraries(max_size=5), st.data(), TYPED)
def test_a_copy_with_differences_answers_as_one_built_afresh(
    cards: list[Card], data: st.DataObject, text: str
) -> None:
    ids = st.lists(st.sampled_from([card.row_id for card in cards] or [1]), unique=True)
    before, removed = data.draw(ids), data.draw(ids)
    old = [card for card in cards if card.row_id in before]
    index = index_of(*old)
    untouched = contents(index)
    changed = index.copy()
    changed.remove(removed)
    kept = [card for card in old if card.row_id not in removed]
    new = [card for card in cards if card not in kept]
    changed.add(rows_of(new))
    fresh = index_of(*cards)
    assert contents(changed) == contents(fresh)
    assert answers(changed, text) == answers(fresh, text)
    assert contents(index) == untouched


def everything_about(row_id: int) -> list[Card]:
    return [
        article(row_id, related=[related_item(webUrl="https://example.org/1")], body=b"body"),
        topic(row_id + 1, "AI", parent="Science"),
        organization(row_id + 2, "Example", "example.org", otherNames=["Ex"]),
    ]


def test_what_is_removed_leaves_nothing_behind() -> None:
    index = index_of(*everything_about(1))
    index.remove([1, 2, 3])
    assert contents(index) == contents(Index.empty())


def test_ids_that_are_not_there_are_passed_over() -> None:
    index = index_of(article(1))
    index.remove([])
    index.remove([2, 3])
    index.remove(range(2, 5000))
    assert found(index) == [1]
    index.remove({1: None})
    assert found(index) == []


def test_an_id_that_is_free_again_may_be_taken_by_another_record() -> None:
    index = index_of(article(1, title="An old seal"))
    index.remove([1])
    index.add(rows_of([article(1, title="A new page")]))
    listing = Listing(EVERYTHING, search=Search("seal"))
    assert found(index, listing) == [] == found(index_of(), listing)
    assert contents(index) == contents(index_of(article(1, title="A new page")))


def test_nothing_is_added_twice() -> None:
    index = index_of(article(1))
    with pytest.raises(sqlite3.IntegrityError):
        index.add(rows_of([article(1)]))


@pytest.mark.parametrize("change", [lambda index: index.add(rows_of([article(2)])),
                                    lambda index: index.remove([1])])  # fmt: skip
def test_a_copy_and_its_original_go_separate_ways(change: Callable[[Index], None]) -> None:
    original = index_of(article(1))
    copy, before = original.copy(), contents(original)
    change(copy)
    assert contents(original) == before != contents(copy)
    again = original.copy()
    change(original)
    assert contents(again) == before
    assert contents(original) == contents(copy)


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
            seen.append(found(index.copy()))

    threads = [Thread(target=read) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert seen == [expected] * 80


def test_an_index_that_is_done_with_closes_its_database() -> None:
    index = Index.empty()
    database = index._raw
    del index
    gc.collect()
    with pytest.raises(sqlite3.ProgrammingError, match="closed"):
        database.execute("SELECT 1")
