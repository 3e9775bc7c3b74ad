"""Whoever applies every change that is told holds what can be seen, and nothing that cannot."""

from __future__ import annotations

import tempfile
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gateway.errors import QueryError, Reason
from gateway.index.condition import Compare, Condition, Field, Op
from gateway.repository.changes import Change, ChangeKind
from gateway.repository.follower import Follower
from gateway.verdict.admitted import Admitted
from tests.support.desk import Desk, list_of, wait
from tests.support.folder import Folder, replace_in
from tests.support.fuzz import fuzz
from tests.support.publisher import NOW

AI = Compare(Field.TOPIC, Op.EQ, "AI")

# A path's number; what becomes of it: nothing, not this one, or that it is there and fits.
_FATES = st.sampled_from(["gone", "forged", "other", "fits"])
_DAY = st.dictionaries(st.integers(0, 3), _FATES, max_size=4)
# What happens, and how many changes the subscriber takes before the next thing does.
_DAYS = st.lists(st.tuples(_DAY, st.integers(0, 3)), max_size=4)


def apply(folder: Folder, day: dict[int, str], number: int) -> None:
    for place, fate in day.items():
        file = folder.seeds / f"_news/{place}.md"
        if fate == "gone":
            file.unlink(missing_ok=True)
            continue
        topics = ["Bees"] if fate == "other" else ["AI"]
        folder.add(f"_news/{place}.md", title=f"Day {number}", topics=topics)
        if fate == "forged":
            replace_in(file, f"Day {number}", "Forged")


class Mirror:
    """A client's copy: the title at each path."""

    def __init__(self, desk: Desk, where: Condition | None) -> None:
        self.desk = desk
        self.titles = visible(desk, where)
        self._where = where
        self._follower = Follower(desk.reading().view, where)

    def take(self) -> bool:
        """Apply the next change; False when there is none."""
        reading = self.desk.reading()
        change = wait(self._follower.next(reading, reading.load))
        if change is not None:
            self._apply(change)
            self._follower.told(change)
        return change is not None

    def _apply(self, change: Change) -> None:
        if change.kind is ChangeKind.WITHDRAW:
            self.titles.pop(change.path, None)
        else:
            assert change.record is not None
            assert fits(change.record, self._where)
            self.titles[change.path] = title(change.record)


def title(record: Admitted) -> str:
    return str(getattr(record.model, "title", ""))


def visible(desk: Desk, where: Condition | None) -> dict[str, str]:
    records = list_of(desk.reading()).records
    return {record.path: title(record) for record in records if fits(record, where)}


def fits(record: Admitted, where: Condition | None) -> bool:
    return where is None or "AI" in getattr(record.model, "topics", ())


@fuzz
@given(first=_DAY, days=_DAYS, where=st.sampled_from([None, AI]))
def test_a_mirror_is_right_whatever_happens_in_between(
    first: dict[int, str], days: list[tuple[dict[int, str], int]], where: Condition | None
) -> None:
    with tempfile.TemporaryDirectory() as base:
        desk = Desk(Folder(Path(base)))
        desk.folder.add("_news/always.md", title="Day 0")
        apply(desk.folder, first, 0)
        desk.update()
        mirror = Mirror(desk, where)
        for number, (day, taken) in enumerate(days, start=1):
            apply(desk.folder, day, number)
            desk.update()
            for _ in range(taken):
                mirror.take()
        while mirror.take():
            pass
        wanted, everything = visible(desk, where), visible(desk, None)
        desk.store.close()
    assert mirror.titles.items() >= wanted.items()
    assert mirror.titles.keys() <= everything.keys()
    assert where is not None or mirror.titles == wanted


def test_a_change_stays_the_next_one_until_it_was_told(folder: Folder) -> None:
    desk = Desk(folder)
    desk.folder.add("_news/a.md")
    desk.update()
    follower = Follower(desk.reading().view, None)
    desk.folder.add("_news/b.md")
    desk.update()
    reading = desk.reading()
    first, again = [wait(follower.next(reading, reading.load)) for _ in range(2)]
    assert first == again
    assert first is not None
    follower.told(first)
    assert wait(follower.next(reading, reading.load)) is None
    desk.store.close()


def test_a_row_that_is_changed_behind_the_view_is_withdrawn_at_once(folder: Folder) -> None:
    """A database writer's change is noticed at the read, before any refresh."""
    desk = Desk(folder)
    desk.folder.add("_news/a.md")
    desk.update()
    follower = Follower(desk.reading().view, None)
    desk.folder.add("_news/b.md")
    desk.update()
    desk.rewrite("_news/b.md", {"body": b"other"})
    reading = desk.reading()
    change = wait(follower.next(reading, reading.load))
    assert change is not None
    assert (change.kind, change.record, change.reason) == (
        ChangeKind.WITHDRAW,
        None,
        Reason.BODY_MISMATCH,
    )
    desk.store.close()


def test_withdrawals_beyond_what_the_feed_keeps_end_the_subscription(
    folder: Folder, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("gateway.store.feed.KEPT_WITHDRAWALS", 1)
    desk = Desk(folder)
    for name in "abcd":
        desk.folder.add(f"_news/{name}.md")
    desk.update()
    follower = Follower(desk.reading().view, None)
    for name in "abc":
        (desk.folder.seeds / f"_news/{name}.md").unlink()
    desk.update()
    reading = desk.reading(NOW)
    with pytest.raises(QueryError) as caught:
        wait(follower.next(reading, reading.load))
    assert caught.value.code is Reason.CURSOR_EXPIRED
    desk.store.close()
