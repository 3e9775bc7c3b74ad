"""One operation's hold on the repository: one snapshot, one trust, one moment."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Concatenate, ParamSpec, Protocol, TypeVar, cast

from anyio import to_thread

from gateway.index.index import Index
from gateway.index.listing import Listing
from gateway.index.page import Slice, Window, take
from gateway.repository.cursor import Cursor, CursorCodec
from gateway.repository.entry import Entry, recheck
from gateway.repository.shelf import Shelf
from gateway.repository.view import View
from gateway.spans import span
from gateway.store.feed import Feed
from gateway.store.row import Row
from gateway.store.store import Store
from gateway.verdict.admitted import Admitted
from gateway.verdict.verdict import Rejected

P = ParamSpec("P")
T = TypeVar("T")

Found = Admitted | Rejected
Load = Callable[[Sequence[int]], Awaitable[Sequence[Found]]]


class NotAtHandError(Exception):
    """It would have to be waited for what a reading of one moment was asked for."""


class Library(Protocol):
    """What a reading needs of the repository that handed it out."""

    corpus: str
    store: Store
    feed: Feed
    cursors: CursorCodec
    shelf: Shelf

    def older(self, snapshot: int, now: int, *, drafts: bool = False) -> View: ...

    def correct(self, view: View, rejected: Mapping[int, Rejected]) -> View: ...


@dataclass(frozen=True)
class Page:
    """A slice of a list, with its records."""

    records: tuple[Admitted, ...]
    slice: Slice


class Reading:
    """Records of one view, each read and judged again when it is asked for.

    strays: whether somebody looked past the view, at the clock, the feed or another snapshot, so
    that the same view can bring another answer the next time.

    version: of the database, for a reading of one moment, in which nobody may wait: whatever is not
    at hand then raises NotAtHandError. None for all others.
    """

    def __init__(self, library: Library, view: View, now: int, version: int | None = None) -> None:
        self._library = library
        self._view = view
        self._now = now
        self._version = version
        self.strays = False

    @property
    def view(self) -> View:
        return self._view

    def published(self) -> Reading:
        """The same moment, without drafts."""
        view = self._view.published
        return self if view is self._view else Reading(self._library, view, self._now)

    @property
    def library(self) -> Library:
        """What lies behind the view. Whoever asks for it is taken to use it."""
        self.strays = True
        return self._library

    @property
    def now(self) -> int:
        """The clock, in Unix seconds. Whoever asks for it is taken to use it."""
        self.strays = True
        return self._now

    def covered_for(self) -> int | None:
        """For how many seconds, from now on, no verdict changes by time alone; None is open."""
        until = self._view.judge.until
        return None if until is None else until - self._now

    def cursor(self, path: str, listing: Listing) -> str:
        return self._library.cursors.encode(Cursor(self._view.snapshot.id, path, listing.digest))

    def decode(self, text: str) -> Cursor:
        """Raises QueryError(CURSOR_INVALID)."""
        return self._library.cursors.decode(text)

    def may_wait(self) -> None:
        """Raises NotAtHandError in a reading of one moment."""
        if self._version is not None:
            raise NotAtHandError

    async def following(self, cursor: Cursor) -> Reading:
        """A reading of the cursor's own snapshot. Raises QueryError(CURSOR_EXPIRED)."""
        if cursor.snapshot == self._view.snapshot.id:
            return self
        self.may_wait()
        self.strays = True
        older = partial(self._library.older, drafts=self._view.shows_drafts)
        view = await to_thread.run_sync(older, cursor.snapshot, self._now)
        return Reading(self._library, view, self._now)

    async def ask(
        self, question: Callable[Concatenate[Index, P], T], *args: P.args, **kwargs: P.kwargs
    ) -> T:
        """The index's answer to a question: remembered, or found in a worker thread."""
        asked = (question, args, *kwargs.items())
        memo, index = self._view.memo, self._view.index
        known = memo.get(asked)
        if known is not None:
            return cast("T", known[0])
        self.may_wait()
        with span("index", question=getattr(question, "__name__", "question")):
            answer = await to_thread.run_sync(partial(question, index, *args, **kwargs))
        memo.put(asked, answer)
        return answer

    async def page(self, listing: Listing, window: Window, load: Load) -> Page:
        """A slice of a list; `load` is `self.load`, or a batch in front of it.

        Rows that no longer are what was judged are withheld, and the slice is taken again without
        them, so that it is never short. Raises QueryError(CURSOR_INVALID).
        """
        while True:
            chosen = await self.ask(take, listing, window)
            found = await load(chosen.row_ids)
            records = tuple(item for item in found if isinstance(item, Admitted))
            if len(records) == len(found):
                return Page(records, chosen)

    async def load(self, row_ids: Sequence[int]) -> list[Found]:
        """The records of these rows of the view: at hand, or read in a worker thread, by one
        statement for all."""
        judge, version = self._view.judge, self._library.store.version()
        found = self.at_hand(row_ids, version)
        missing = [row_id for row_id in dict.fromkeys(row_ids) if row_id not in found]
        if missing:
            self.may_wait()
            read = dict(zip(missing, await to_thread.run_sync(self._load, missing), strict=True))
            admitted = {key: item for key, item in read.items() if isinstance(item, Admitted)}
            self._library.shelf.put(admitted, judge, version)
            found |= read
        return [found[row_id] for row_id in row_ids]

    def at_hand(self, row_ids: Sequence[int], version: int | None = None) -> dict[int, Found]:
        """Those whose records were read before. version: of the database, if it was just asked."""
        items = self._view.items
        if version is None:
            version = self._version
        if version is None:
            version = self._library.store.version()
        taken = self._library.shelf.take(row_ids, self._view.judge, version)
        found: dict[int, Found] = {}
        for row_id, admitted in taken.items():
            item = items[row_id]
            if isinstance(item, Rejected):
                found[row_id] = item
            elif item.fingerprint == admitted.visible.raw.fingerprint:
                found[row_id] = admitted
        return found

    def locate(self, path: str) -> int | Rejected | None:
        """The row of the record at a path, the reason why it is withheld, or None without one."""
        entry = self._view.by_path.get(path)
        return self._view.withheld.get(path) if entry is None else entry.row_id

    def _load(self, row_ids: Sequence[int]) -> list[Found]:
        with span("store.read", rows=len(row_ids)):
            rows = {row.id: row for row in self._library.store.read(row_ids)}
        found = {row_id: self._recheck(row_id, rows.get(row_id)) for row_id in row_ids}
        news = {
            row_id: item
            for row_id, item in found.items()
            if isinstance(item, Rejected) and isinstance(self._view.items[row_id], Entry)
        }
        if news:
            # Withheld from the view, from now on, and not only from this answer.
            self._view = self._library.correct(self._view, news)
        return [found[row_id] for row_id in row_ids]

    def _recheck(self, row_id: int, row: Row | None) -> Found:
        item = self._view.items[row_id]
        return (
            item if isinstance(item, Rejected) else recheck(item, row, self._view.judge, self._now)
        )
