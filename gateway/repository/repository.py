"""Where resolvers get records from."""

from __future__ import annotations

import threading
from collections import OrderedDict
from collections.abc import Callable, Iterable, Mapping
from functools import partial

from anyio import to_thread

from gateway.crew import ALONE
from gateway.errors import QueryError, Reason, StoreError
from gateway.memory import settle, uncollected
from gateway.repository.cursor import CursorCodec
from gateway.repository.judge import Judge
from gateway.repository.preview import Preview, make_preview
from gateway.repository.reading import Reading
from gateway.repository.register import Register
from gateway.repository.shelf import Shelf
from gateway.repository.view import View, build_view, unguarded
from gateway.repository.watch import Watch
from gateway.store.feed import Feed
from gateway.store.seals import newest_seals
from gateway.store.store import EMPTY, Snapshot, Store
from gateway.trust.trust import Trust
from gateway.verdict.verdict import Rejected

# Views of older snapshots kept at hand for clients that are paging through them.
_KEPT_VIEWS = 8

# So many records that are new in a view are too many to look at in one go (gateway.memory).
_MANY = 500


class Repository:
    """Proven records, read afresh and judged again at every read.

    Views are built by whoever notices that one is out of date, in a worker thread, one at a time;
    meanwhile the previous view keeps answering where that is allowed. `watch` rings whenever the
    newest view is another one.
    """

    def __init__(self, store: Store, corpus: str, trust: Trust, cache_bytes: int) -> None:
        self.store = store
        self.corpus = corpus
        self.feed = Feed(store, corpus)
        self._register = Register(store, corpus, self.feed)
        self.cursors = CursorCodec(store.secret("cursor"))
        self.shelf = Shelf(cache_bytes)
        self._cache_bytes = cache_bytes
        self._trust = trust
        self._judge: Judge | None = None
        self._views: OrderedDict[int, View] = OrderedDict()
        # Of these views, those with drafts that somebody asked for.
        self._previews: dict[int, Preview] = {}
        self._latest: Snapshot = EMPTY
        self._announced: View | None = None
        self.watch = Watch()
        self.crew = ALONE
        # For the indexes of views that are kept.
        self.view_bytes = 1 << 30
        # Told whenever rows turn out to have been changed.
        self.rows_changed: Callable[[Iterable[Rejected]], None] = lambda _: None
        self._lock = threading.Lock()

    @property
    def trust(self) -> Trust:
        return self._trust

    @property
    def held(self) -> View | None:
        """The newest view that was built, whether it still stands or not."""
        return self._views.get(self._latest.id)

    @property
    def verdict_hits(self) -> tuple[int, int]:
        """How often the present judge remembered a verdict, and how often it had to make one."""
        return (0, 0) if self._judge is None else (self._judge.hits, self._judge.misses)

    def replace_trust(self, trust: Trust) -> None:
        """From now on judge under `trust`; nothing judged under the old one is used again."""
        with self._lock:
            self._trust = trust

    def refresh(self, now: int) -> View:
        """The view of the newest snapshot, built if need be. Blocks; call it from a thread."""
        with self._lock:
            view = self._take_up(now)
            if view is not self._announced:
                self._announced = view
                self.watch.ring()
            return view

    def _take_up(self, now: int) -> View:
        while True:
            latest = self.store.latest()
            view = self._view(latest, now, is_latest=True)
            if latest != self._latest:
                self._latest = latest
                self._forget_views()
            if view.is_entered:
                return view
            entered = self._register.enter(view, now)
            if entered is not None:
                self._views[latest.id] = entered
                return entered
            # Another gateway has taken up a newer snapshot in the meantime.
            if self.store.latest() == latest:
                raise self.store.found_damaged("the feed names a newer snapshot than there is")

    async def reading(self, now: int, *, drafts: bool = False) -> Reading:
        """One operation's hold on the newest snapshot. `now` is its only clock reading; drafts:
        whether whoever asks may see them."""
        view = self._current(now)
        if view is None:
            view = await to_thread.run_sync(self._rebuilt, now)
        if not drafts:
            return Reading(self, view, now)
        preview = self._known_preview(view)
        if preview is None:
            preview = await to_thread.run_sync(self._preview, view, now)
        return Reading(self, preview, now)

    def _known_preview(self, view: View) -> Preview | None:
        preview = self._previews.get(view.snapshot.id)
        return preview if preview is not None and preview.base is view else None

    def _preview(self, view: View, now: int) -> Preview:
        """Blocks; once for each view, however many ask at once."""
        with self._lock:
            preview = self._known_preview(view)
            if preview is None:
                preview = make_preview(self.store, view, now, self._preview_before(view))
                if self._views.get(view.snapshot.id) is view:
                    self._previews[view.snapshot.id] = preview
            return preview

    def _preview_before(self, view: View) -> Preview | None:
        """The newest preview, for the newest view: what is older must not take its place."""
        newest = max(self._previews, default=0)
        is_newest = view.snapshot.id == self._latest.id >= newest
        return self._previews.get(newest) if is_newest else None

    def reading_at_hand(self, now: int, version: int) -> Reading | None:
        """The same for one moment, in which nobody may wait; None while no view stands.

        version: of the database, at this moment.
        """
        view = self._current(now)
        return None if view is None else Reading(self, view, now, version)

    def _rebuilt(self, now: int) -> View:
        """A store that takes no writes, on a full disk, withholds no view that was built."""
        try:
            return self.refresh(now)
        except StoreError:
            view = self._current(now)
            if view is None:
                raise
            return view

    def _current(self, now: int) -> View | None:
        view = self._views.get(self._latest.id)
        return view if view is not None and self.stands(view, now) else None

    def stands(self, view: View, now: int) -> bool:
        """Whether what was judged in a view may still be shown: no other keys, no other time."""
        return view.judge.trust is self._trust and view.judge.covers(now)

    def older(self, snapshot: int, now: int, *, drafts: bool = False) -> View:
        """The view of an older snapshot. Raises QueryError(CURSOR_EXPIRED) when it is gone."""
        view = self._older(snapshot, now)
        return self._preview(view, now) if drafts else view

    def _older(self, snapshot: int, now: int) -> View:
        with self._lock:
            if snapshot >= self._latest.id:
                # Another gateway was faster; seals that are too old for it are for us, too.
                self._take_up(now)
            if snapshot not in self._views and not self.store.holds(snapshot):
                raise QueryError(
                    Reason.CURSOR_EXPIRED,
                    "the snapshot of this cursor is no longer kept",
                    hint="Start again without a cursor.",
                )
            return self._view(Snapshot(snapshot, 0), now)

    def correct(self, view: View, rejected: Mapping[int, Rejected]) -> View:
        """Put a view right whose rows were changed behind it."""
        with self._lock:
            held = self._views.get(view.snapshot.id)
            if held is None or held.snapshot is not view.snapshot or held.judge is not view.judge:
                corrected = view.without(rejected)
            else:
                # Both come from one building, and differ by what others found out before. What was
                # found out at a preview holds for everybody; the preview is made anew.
                held = self._views[view.snapshot.id] = held.without(rejected)
                corrected = view.without(rejected) if view.shows_drafts else held
        self.rows_changed(rejected.values())
        return corrected

    def _view(self, snapshot: Snapshot, now: int, *, is_latest: bool = False) -> View:
        judge = self._judge_for(now)
        view = self._views.get(snapshot.id)
        if view is None or view.judge is not judge or view.index.is_lost:
            base = self._base(judge)
            # What an older snapshot held was the newest at its time.
            guarded = is_latest and self._trust.policy.refuse_replays
            newest = partial(newest_seals, self.store, self.corpus) if guarded else unguarded
            with uncollected():
                view = build_view(
                    self.store, self.corpus, snapshot, judge, now, base, newest, self.crew
                )
                known = {} if base is None else base.items
                if len(view.items.keys() - known.keys()) >= _MANY:
                    settle()
            self._views[snapshot.id] = view
        self._views.move_to_end(snapshot.id)
        self._forget_views()
        return view

    def _base(self, judge: Judge) -> View | None:
        """The view that others are made from."""
        base = self._views.get(self._latest.id)
        fits = base is not None and base.judge is judge and not base.index.is_lost
        return base if fits else None

    def _forget_views(self) -> None:
        """Those that were asked for the longest time ago, until what is kept is little enough."""
        older = [key for key in self._views if key not in {self._latest.id, max(self._views)}]
        for key in older:
            if len(self._views) <= _KEPT_VIEWS and self._weight() <= self.view_bytes:
                return
            del self._views[key]
            self._previews.pop(key, None)

    def _weight(self) -> int:
        """Bytes of memory for all views, and on the disk for those that share no file with the
        newest ones: a file that they do share would be no smaller without them."""
        views = [*self._views.values(), *self._previews.values()]
        preview = self._previews.get(max(self._previews, default=0))
        newest = (self._views.get(self._latest.id), preview)
        lines = {view.index.line for view in views}
        lines -= {None, *(view.index.line for view in newest if view is not None)}
        return sum(view.weight for view in views) + sum(line.size for line in lines if line)

    def _judge_for(self, now: int) -> Judge:
        judge = self._judge
        if judge is None or judge.trust is not self._trust or not judge.covers(now):
            judge = self._judge = Judge(self._trust, now, self._cache_bytes)
        return judge
