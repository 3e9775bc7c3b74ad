"""What one subscriber has been told of the articles, and what comes next."""

from __future__ import annotations

from collections import deque
from collections.abc import Sequence
from functools import partial

from anyio import to_thread

from gateway.index.condition import Condition
from gateway.index.index import Index
from gateway.index.listing import Listing, Statement
from gateway.index.tables import entry
from gateway.records.kind import Kind
from gateway.repository.changes import Change, ChangeKind, events_since, judged
from gateway.repository.reading import Load, Reading
from gateway.repository.view import View
from gateway.store.feed import Event

# Changes of the feed that are looked at together.
_LOOK = 100


class Follower:
    """The changes of articles that fit a condition, one at a time, from `start` on.

    A withdrawn record's fields are nobody's to show or compare any more. Whether it fitted is what
    the last completely told view said of it, and what has been told since; where neither knows the
    path, its withdrawal is told. What is held here are paths that were told or stopped fitting, at
    most as many as the corpus has.
    """

    def __init__(self, start: View, where: Condition | None) -> None:
        self._listing = Listing((Kind.ARTICLE,), where)
        self._base = start
        self._seq = start.seq
        self._looked: View | None = None
        self._reached = 0
        self._ahead: deque[Event] = deque()
        self._held: set[str] = set()

    async def next(self, reading: Reading, load: Load) -> Change | None:
        """The next change, read and judged now; None when there is nothing to tell yet.

        It stays the next one until `told` is called. Raises QueryError(CURSOR_EXPIRED) where too
        much was withdrawn at once to tell it all; StoreError.
        """
        until = reading.view.seq
        if until is None:
            return None  # somebody is about to enter what changed, and will ring then
        if self._seq is None:
            self._seq = until
        if reading.view is not self._looked:
            self._ahead.clear()
        while not self._ahead:
            if self._seq >= until:
                self._base = reading.view
                return None
            await self._look(reading)
        event = self._ahead[0]
        (change,) = await judged(reading, [event], self._since(event), load)
        return change

    def told(self, change: Change) -> None:
        """The change has been handed over."""
        event = self._ahead.popleft()
        self._seq = event.seq if self._ahead else self._reached
        if self._looked is not None and self._seq >= (self._looked.seq or 0):
            self._base = self._looked
        if change.kind is ChangeKind.WITHDRAW:
            self._held.discard(change.path)
        else:
            self._held.add(change.path)

    def _since(self, event: Event) -> int:
        """What was told before is an update, even if it was published since the base."""
        base = self._base.seq or 0
        return max(base, event.published_seq) if event.path in self._held else base

    async def _look(self, reading: Reading) -> None:
        """Find what is to be told of the next changes; pass over them if nothing is."""
        events, self._reached = await events_since(reading, self._seq or 0, _LOOK)
        paths = [event.path for event in events]
        fits = await self._fitting(reading.view, paths)
        fitted = self._held | await self._fitting(self._base, paths)
        for event in events:
            if event.path in reading.view.by_path:
                if event.path in fits:
                    self._ahead.append(event)
                elif event.path in fitted:
                    self._held.add(event.path)
            elif event.path in fitted or event.path not in self._base.by_path:
                self._ahead.append(event)
        self._looked = reading.view
        if not self._ahead:
            self._seq = self._reached

    async def _fitting(self, view: View, paths: Sequence[str]) -> set[str]:
        question = partial(fitting, view.index, self._listing, paths)
        return await to_thread.run_sync(question)


def fitting(index: Index, listing: Listing, paths: Sequence[str]) -> set[str]:
    """Which of these paths have a record that is in the list."""
    chosen = Statement(listing).select(entry.c.path).where(entry.c.path.in_(paths))
    return {row.path for row in index.rows(chosen)}
