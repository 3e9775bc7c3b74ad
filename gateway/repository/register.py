"""What is written down of views: which changes they brought, seals that were seen, what is
withheld."""

from __future__ import annotations

from collections.abc import Collection, Iterable

from gateway.repository.entry import Entry, Item
from gateway.repository.view import View
from gateway.store.feed import Feed
from gateway.store.seals import remember_seals
from gateway.store.store import Store
from gateway.store.withholdings import enter_withheld


class Register:
    """Of one corpus, kept by one thread at a time.

    What it entered last is remembered, so that of the next view only what differs has to be
    compared with the store. Where another gateway has entered anything since, all of it is.
    """

    def __init__(self, store: Store, corpus: str, feed: Feed) -> None:
        self._store = store
        self._corpus = corpus
        self._feed = feed
        self._entered: View | None = None

    def enter(self, view: View, now: int) -> View | None:
        """Write down what this view shows for the first time, and what it withholds; the same view
        with the number of its last change. None when it is out of date. Raises StoreError."""
        seq = self._amend(view, now)
        if seq is None:
            seq = self._enter(view, now)
        if seq is None:
            return None
        self._entered = view.entered(seq)
        return self._entered

    def _enter(self, view: View, now: int) -> int | None:
        visible = {path: entry.fingerprint for path, entry in view.by_path.items()}
        seq = self._feed.record(view.snapshot.id, visible)
        if seq is not None:
            self._note(view, now, view.items.values(), None)
        return seq

    def _amend(self, view: View, now: int) -> int | None:
        before = self._entered
        if before is None or before.seq is None or before.judge is not view.judge:
            return None
        news, old = _unlike(view, before), _unlike(before, view)
        paths = {item.path for item in (*news, *old)}
        visible: dict[str, bytes | None] = dict.fromkeys(paths)
        visible |= {path: view.by_path[path].fingerprint for path in paths & view.by_path.keys()}
        seq = self._feed.amend(view.snapshot.id, (before.snapshot.id, before.seq), visible)
        if seq is not None:
            self._note(view, now, news, paths)
        return seq

    def _note(
        self, view: View, now: int, news: Iterable[Item], among: Collection[str] | None
    ) -> None:
        """Seals that are new, and what is withheld at these paths or at all."""
        seen = {item.path: item.sealed_at for item in news if isinstance(item, Entry)}
        remember_seals(self._store, self._corpus, seen)
        reasons = {
            path: str(rejected.reason)
            for path, rejected in view.withheld.items()
            if among is None or path in among
        }
        enter_withheld(self._store, self._corpus, reasons, now, among)


def _unlike(view: View, other: View) -> list[Item]:
    """What is shown or withheld in a view, and is not the very same in the other one."""
    others = other.items
    return [item for row_id, item in view.items.items() if others.get(row_id) is not item]
