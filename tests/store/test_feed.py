"""The feed of latest changes: who follows it ends up with what can be seen."""

from __future__ import annotations

import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gateway.store import feed as module
from gateway.store.feed import Event, Feed
from gateway.store.store import Store
from tests.support.fuzz import fuzz


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    store = Store.open(f"sqlite:///{tmp_path}/store.db")
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


VISIBLE = st.dictionaries(st.sampled_from("abcde"), st.sampled_from([b"1", b"2"]), max_size=5)
# What happens: the visible set becomes another one, or the client asks for up to so many changes.
HISTORY = st.lists(st.one_of(VISIBLE, st.integers(1, 3)), max_size=25)


@fuzz
@given(HISTORY)
def test_a_client_ends_up_with_exactly_what_can_be_seen(history: list[object]) -> None:
    with tempfile.TemporaryDirectory() as base:
        store = Store.open(f"sqlite:///{base}/store.db")
        try:
            _follow(Feed(store, "demo"), history)
        finally:
            store.close()


def _follow(feed: Feed, history: list[object]) -> None:
    visible: dict[str, bytes] = {}
    copy: dict[str, bytes] = {}
    seq = until = 0
    for snapshot, step in enumerate([*history, *[9] * 3], start=1):
        if isinstance(step, dict):
            visible = step
            until = feed.record(snapshot, visible) or 0
            continue
        assert isinstance(step, int)
        found = feed.since(seq, until, step)
        assert found is not None
        events, seq = found
        for event in events:
            copy.pop(event.path, None)
            if event.path in visible:
                copy[event.path] = visible[event.path]
    assert copy == visible
