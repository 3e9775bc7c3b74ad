"""The feed of latest changes: who follows it ends up with what can be seen."""

from __future__ import annotations

import tempfile
from collections.abc import Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field

import pytest
import sqlalchemy as sa
from hypothesis import given
from hypothesis import strategies as st

from gateway.store import feed as module
from gateway.store import tables
from gateway.store.feed import Event, Feed
from gateway.store.store import Store
from tests.support.fuzz import fuzz


@pytest.fixture
def store(url: str) -> Iterator[Store]:
    store = Store.open(url)
    yield store
    store.close()


@pytest.fixture
def feed(store: Store) -> Feed:
    return Feed(store, "demo")


def told(feed: Feed, seq: int, until: int = 10**6, limit: int = 100) -> list[Event]:
    found = feed.since(seq, until, limit)
    assert found is not None
    return found[0]


def test_each_path_stands_once_under_its_latest_number(feed: Feed) -> None:
    assert feed.record(1, {"a": b"1", "b": b"1"}) == 2
    assert feed.record(2, {"a": b"2", "b": b"1"}) == 3
    assert told(feed, 0) == [Event(2, "b", 2), Event(3, "a", 1)]
    assert told(feed, 2) == [Event(3, "a", 1)]
    assert told(feed, 3) == []


def test_nothing_new_is_entered_when_nothing_changed(feed: Feed) -> None:
    assert feed.record(1, {"a": b"1"}) == 1
    assert feed.record(2, {"a": b"1"}) == 1


def test_a_withdrawal_is_told_to_all_but_those_who_begin(feed: Feed) -> None:
    feed.record(1, {"a": b"1"})
    assert feed.record(2, {}) == 2
    assert told(feed, 1) == [Event(2, "a", 1)]
    assert told(feed, 0) == []


def test_what_came_back_and_went_again_is_withdrawn_from_those_who_had_it(feed: Feed) -> None:
    for snapshot, visible in enumerate([{"a": b"1"}, {}, {"a": b"1"}, {}], start=1):
        feed.record(snapshot, visible)
    assert told(feed, 1) == [Event(4, "a", 3)]


def test_what_comes_back_is_published_anew(feed: Feed) -> None:
    for snapshot, visible in enumerate([{"a": b"1"}, {}, {"a": b"1"}], start=1):
        feed.record(snapshot, visible)
    assert told(feed, 2) == [Event(3, "a", 3)]


def test_a_gateway_that_lags_behind_is_told_so_and_enters_nothing(feed: Feed) -> None:
    feed.record(5, {"a": b"1"})
    assert feed.record(4, {}) is None
    assert told(feed, 0) == [Event(1, "a", 1)]


def test_two_gateways_enter_a_change_once(store: Store, feed: Feed) -> None:
    feed.record(1, {"a": b"1"})
    assert Feed(store, "demo").record(1, {"a": b"1"}) == 1


def test_gateways_that_enter_at_the_same_time_number_each_change_once(url: str) -> None:
    """Each with a connection of its own, as processes have them."""
    visible = {f"{number:02}": b"1" for number in range(20)}
    stores = [Store.open(url) for _ in range(4)]
    feeds = [Feed(store, "demo") for store in stores]
    with ThreadPoolExecutor(len(feeds)) as pool:
        reached = list(pool.map(lambda feed: feed.record(1, visible), feeds))
    assert reached == [20] * 4
    assert told(feeds[0], 0) == [Event(n, path, n) for n, path in enumerate(visible, start=1)]
    for store in stores:
        store.close()


def test_withdrawals_get_their_numbers_before_what_takes_their_place(feed: Feed) -> None:
    feed.record(1, dict.fromkeys("bd", b"1"))
    feed.record(2, dict.fromkeys("ac", b"1"))
    assert [event.path for event in told(feed, 2)] == ["b", "d", "a", "c"]


def test_corpora_do_not_mix(store: Store, feed: Feed) -> None:
    feed.record(1, {"a": b"1"})
    assert Feed(store, "other").record(1, {"b": b"1"}) == 1
    assert told(Feed(store, "other"), 0) == [Event(1, "b", 1)]


def test_a_page_says_how_far_it_reaches(feed: Feed) -> None:
    feed.record(1, dict.fromkeys("abc", b"1"))
    assert feed.since(0, 3, 2) == ([Event(1, "a", 1), Event(2, "b", 2)], 2)
    assert feed.since(2, 3, 2) == ([Event(3, "c", 3)], 3)
    assert feed.since(0, 3, 0) == ([], 0)
    assert feed.since(0, 1, 9) == ([Event(1, "a", 1)], 1)


def test_forgotten_withdrawals_end_old_cursors_and_no_others(
    feed: Feed, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, "KEPT_WITHDRAWALS", 1)
    feed.record(1, dict.fromkeys("abc", b"1"))
    feed.record(2, {"a": b"1", "b": b"1"})
    feed.record(3, {"a": b"1"})
    assert feed.since(3, 9, 9) is None
    assert feed.since(4, 9, 9) == ([Event(5, "b", 2)], 9)
    assert feed.since(0, 9, 9) == ([Event(1, "a", 1)], 9)


def test_who_began_after_what_was_forgotten_gets_to_the_end_in_pages(
    feed: Feed, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, "KEPT_WITHDRAWALS", 0)
    feed.record(1, dict.fromkeys("abc", b"1"))
    until = feed.record(2, {"a": b"1", "b": b"1"})
    assert until == 4
    assert feed.since(0, until, 1) == ([Event(1, "a", 1)], 1)
    assert feed.since(1, until, 1, begun=until) == ([Event(2, "b", 2)], 4)
    assert feed.since(1, until, 1, begun=3) is None


def test_withdrawals_from_before_a_client_began_are_not_told_on_later_pages(feed: Feed) -> None:
    feed.record(1, dict.fromkeys("abc", b"1"))
    feed.record(2, {"a": b"1", "b": b"1"})
    assert feed.record(3, {"a": b"1"}) == 5
    assert told(feed, 1) == [Event(4, "c", 3), Event(5, "b", 2)]
    found = feed.since(1, 5, 9, begun=4)
    assert found == ([Event(5, "b", 2)], 5)


def test_a_gateway_that_lags_behind_does_not_set_a_client_back(feed: Feed) -> None:
    feed.record(1, dict.fromkeys("abc", b"1"))
    assert feed.since(3, 2, 9) == ([], 3)


def test_a_feed_that_was_cut_tells_those_who_know_more_to_start_again(
    store: Store, feed: Feed
) -> None:
    """A database brought back from a copy, or one that somebody wrote to."""
    feed.record(1, {"a": b"1", "b": b"1"})
    with store.writing() as connection:
        for table in (tables.feed, tables.feed_state):
            connection.execute(sa.delete(table))
    feed.record(1, {"a": b"1"})
    assert feed.since(2, 1, 9) is None
    assert feed.since(0, 1, 9) == ([Event(1, "a", 1)], 1)


VISIBLE = st.dictionaries(st.sampled_from("abcde"), st.sampled_from([b"1", b"2"]), max_size=5)
# What happens: the visible set becomes another one, or the client asks for up to so many changes.
HISTORY = st.lists(st.one_of(VISIBLE, st.integers(1, 3)), max_size=25)


@dataclass
class Copy:
    """What a client holds, and the numbers in its cursor."""

    held: dict[str, bytes] = field(default_factory=dict)
    seq: int = 0
    begun: int = 0

    def ask(self, feed: Feed, until: int, limit: int, visible: Mapping[str, bytes]) -> None:
        """Take up to `limit` changes; start again, with nothing, when told to."""
        begun = self.begun if self.seq else until
        found = feed.since(self.seq, until, limit, begun)
        if found is None:
            assert self.seq > 0, "whoever begins is never told to start again"
            self.held, self.seq, self.begun = {}, 0, 0
            return
        events, reached = found
        assert reached >= self.seq
        self.seq, self.begun = reached, begun
        for event in events:
            self.held.pop(event.path, None)
            if event.path in visible:
                self.held[event.path] = visible[event.path]


@fuzz
@given(HISTORY, st.sampled_from([0, 1, 2, 100]))
def test_a_client_ends_up_with_exactly_what_can_be_seen(history: list[object], kept: int) -> None:
    with tempfile.TemporaryDirectory() as base, pytest.MonkeyPatch.context() as patch:
        patch.setattr(module, "KEPT_WITHDRAWALS", kept)
        store = Store.open(f"sqlite:///{base}/store.db")
        try:
            _follow(Feed(store, "demo"), history)
        finally:
            store.close()


def _follow(feed: Feed, history: list[object]) -> None:
    visible: dict[str, bytes] = {}
    until = 0
    copy = Copy()
    for snapshot, step in enumerate(history, start=1):
        if isinstance(step, dict):
            visible = step
            reached = feed.record(snapshot, visible)
            assert reached is not None
            until = reached
        elif isinstance(step, int):
            copy.ask(feed, until, step, visible)
    # One more than there are paths: the first answer may be that it has to start again.
    for _ in range(6):
        copy.ask(feed, until, 1, visible)
    assert copy.held == visible
    assert copy.seq == until


def test_only_what_may_differ_has_to_be_compared(feed: Feed) -> None:
    assert feed.record(1, {"a": b"1", "b": b"1", "c": b"1"}) == 3
    assert feed.amend(2, (1, 3), {"b": None, "c": b"2", "d": b"1", "e": None}) == 6
    assert told(feed, 3) == [Event(4, "b", 2), Event(5, "c", 3), Event(6, "d", 6)]
    assert feed.amend(3, (2, 6), {}) == 6
    assert feed.amend(4, (3, 6), {"a": b"2"}) == 7


@pytest.mark.parametrize("before", [(1, 2), (1, 0), (2, 1), (0, 1)])
def test_where_anything_else_was_entered_all_has_to_be_compared(
    feed: Feed, before: tuple[int, int]
) -> None:
    feed.record(1, {"a": b"1"})
    assert feed.amend(3, before, {"a": b"2"}) is None
    assert told(feed, 0) == [Event(1, "a", 1)]


def test_an_older_snapshot_amends_nothing(feed: Feed) -> None:
    feed.record(5, {"a": b"1"})
    assert feed.amend(4, (5, 1), {"a": None}) is None
    assert told(feed, 0) == [Event(1, "a", 1)]


@fuzz
@given(st.lists(VISIBLE, max_size=12), st.sets(st.sampled_from("abcde")))
def test_what_is_amended_is_what_is_entered_whole(
    history: list[dict[str, bytes]], others: set[str]
) -> None:
    """others: paths that are compared though nothing differs there."""
    with tempfile.TemporaryDirectory() as base:
        store = Store.open(f"sqlite:///{base}/store.db")
        whole, amended = Feed(store, "whole"), Feed(store, "amended")
        held: dict[str, bytes] = {}
        before = (1, amended.record(1, held) or 0)
        whole.record(1, held)
        for snapshot, visible in enumerate(history, start=2):
            paths = {path for path in "abcde" if visible.get(path) != held.get(path)} | others
            seq = amended.amend(snapshot, before, {path: visible.get(path) for path in paths})
            assert seq == whole.record(snapshot, visible)
            assert seq is not None
            before, held = (snapshot, seq), visible
        assert everything(store, "whole") == everything(store, "amended")
        store.close()


def everything(store: Store, corpus: str) -> list[tuple[object, ...]]:
    names = [column for column in tables.feed.columns if column.name != "corpus"]
    query = sa.select(*names).where(tables.feed.c.corpus == corpus).order_by(tables.feed.c.seq)
    with store.reading() as connection:
        return list(map(tuple, connection.execute(query).all()))
