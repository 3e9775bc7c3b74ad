"""The visible part of a snapshot, indexed by what its proven bytes say."""

from __future__ import annotations

import sys
from collections import Counter
from collections.abc import Callable, Collection, Iterable, Mapping
from contextlib import AbstractContextManager
from dataclasses import dataclass, replace
from functools import cached_property
from typing import ClassVar, Self

from gateway.errors import Reason, RecordShapeError, SealgateError
from gateway.index.card import Card, rows_of
from gateway.index.index import Index
from gateway.records.content import Content
from gateway.records.instant import show_instant
from gateway.repository.judge import Judge
from gateway.repository.memo import Memo
from gateway.store.row import Row
from gateway.store.store import Snapshot, Store, batches
from gateway.verdict.admitted import Admitted
from gateway.verdict.status import Status
from gateway.verdict.verdict import Rejected, Verified, Visible, disclose

# Memory for what an index was asked before, for each view.
_MEMO_BYTES = 1 << 23


@dataclass(frozen=True, slots=True)
class Entry:
    """A record that may be shown, and where its row is.

    fingerprint: of the row's content when it was judged; a row that differs later is refused.
    sealed_at: when its newest seal that counts was made, by its own word, in Unix seconds; 0 where
    none says. key_ids: whose signatures counted.
    """

    row_id: int
    path: str
    fingerprint: bytes
    status: Status
    is_draft: bool
    sealed_at: int
    key_ids: tuple[str, ...]


# What became of a row: found, or withheld for a reason.
Item = Entry | Rejected


@dataclass(frozen=True)
class View:
    """Everything a query may know about one snapshot under one judge; items by row id.

    The index holds published records only; who may see drafts is given another view of the same
    snapshot (gateway.repository.preview). seq: the number of the last change in the feed that this
    view knows of, None before it was entered there; is_entered: whether nothing of it is missing in
    the feed; shows_drafts: whether drafts are like all other records.
    """

    snapshot: Snapshot
    judge: Judge
    items: Mapping[int, Item]
    index: Index
    seq: int | None = None
    is_entered: bool = False

    shows_drafts: ClassVar[bool] = False

    @property
    def published(self) -> View:
        """The view in which only published records are."""
        return self

    @cached_property
    def memo(self) -> Memo:
        """What the index was asked before."""
        return Memo(_MEMO_BYTES)

    @cached_property
    def weight(self) -> int:
        """Bytes of memory: of its index, and of its tables by row and by path. What these lead to
        is shared with other views."""
        return self.index.size + 2 * sys.getsizeof(self.items)

    @cached_property
    def by_path(self) -> dict[str, Entry]:
        """The visible records, drafts only where this view shows them."""
        found = (item for item in self.items.values() if isinstance(item, Entry))
        return {entry.path: entry for entry in found if self.shows_drafts or not entry.is_draft}

    @cached_property
    def withheld(self) -> dict[str, Rejected]:
        """Why each record that is not shown is not, by path."""
        rejected = (item for item in self.items.values() if isinstance(item, Rejected))
        return {item.path: item for item in rejected}

    @cached_property
    def counts(self) -> Counter[Status]:
        """How many records of the snapshot have which verdict."""
        return Counter(item.status for item in self.items.values())

    @cached_property
    def reasons(self) -> Counter[Reason]:
        """How many records of the snapshot are withheld for which reason; OK for the others."""
        return Counter(
            item.reason if isinstance(item, Rejected) else Reason.OK for item in self.items.values()
        )

    @cached_property
    def keys(self) -> Counter[str]:
        """How many records each key proves, by kid; a record counts once for each of its keys."""
        entries = (item for item in self.items.values() if isinstance(item, Entry))
        return Counter(kid for entry in entries for kid in entry.key_ids)

    def without(self, rejected: Mapping[int, Rejected]) -> Self:
        """The same view after some of its rows turned out not to be what they were."""
        news = {id_: one for id_, one in rejected.items() if isinstance(self.items[id_], Entry)}
        if not news:
            return self
        with self.index.successor() as index:
            index.remove(news)
        return replace(self, items={**self.items, **news}, index=index, is_entered=False)


def admit(row: Row, judge: Judge, now: int) -> Admitted | Rejected:
    """The row's record if the judge's policy shows it and it has the shape of a modelled kind.

    Everything is read from the canonical bytes that were judged, nothing from the row's columns.
    """
    verdict = judge.judge(row, now)
    visible: Visible | None
    if isinstance(verdict, Verified):
        visible = verdict
    else:
        visible = disclose(verdict, judge.trust.policy)
        if visible is None:
            return verdict
    try:
        return Admitted(visible)
    except SealgateError as error:
        return _misshapen(visible, error)


def _misshapen(visible: Visible, error: SealgateError) -> Rejected:
    """A proven record of a kind that is not served stays proven, in the statistics, too."""
    unmodelled = isinstance(error, RecordShapeError) and error.code is Reason.KIND_NOT_MODELLED
    status = visible.status if unmodelled else Status.MALFORMED
    return Rejected(visible.path, status, error.code, error.message, visible.checks)


Newest = Callable[[Collection[str]], Mapping[str, int]]


def unguarded(_paths: Collection[str]) -> Mapping[str, int]:
    """Where an older seal is as good as any."""
    return {}


def build_view(
    store: Store,
    corpus: str,
    snapshot: Snapshot,
    judge: Judge,
    now: int,
    base: View | None = None,
    newest: Newest = unguarded,
) -> View:
    """Judge the records of a snapshot, in batches, and index what may be shown.

    newest: for the latest snapshot, says when the newest seal that was seen at each of some paths
    was made (gateway.store.seals); a record with an older one is withheld.

    Rows that `base` has seen under the same judge are taken over from it: a row never changes, and
    one that somebody changes all the same is refused when it is read.
    """
    if base is not None and base.judge is not judge:
        base = None
    known = base.items if base is not None else {}
    ids = store.row_ids(snapshot.id, corpus)
    gone = known.keys() - set(ids)
    items = dict(known)
    for row_id in gone:
        del items[row_id]
    paths: set[str] = set()
    with _next_index(base, snapshot) as index:
        index.remove(gone)
        for batch in batches([row_id for row_id in ids if row_id not in known], 500):
            rows = store.read(batch)
            seen = newest([row.path for row in rows])
            admitted = {row.id: unless_replayed(admit(row, judge, now), seen) for row in rows}
            items |= {row_id: _item(row_id, found) for row_id, found in admitted.items()}
            paths |= {row.path for row in rows}
            index.add(rows_of(_cards(admitted)))
        twins = _twins(items, paths)
        index.remove(twins)
    items |= twins
    return View(snapshot, judge, items, index)


def _next_index(base: View | None, snapshot: Snapshot) -> AbstractContextManager[Index]:
    if base is None:
        return Index.empty().successor()
    # What follows the newest view goes on in its file; an older snapshot must not take that place.
    is_newer = snapshot.id > base.snapshot.id
    return base.index.successor() if is_newer else base.index.branch()


def unless_replayed(found: Admitted | Rejected, newest: Mapping[str, int]) -> Admitted | Rejected:
    """The record, if its seal is no older than the newest one that was seen at its path."""
    if isinstance(found, Rejected) or not isinstance(found.visible, Verified):
        return found
    sealed_at, seen = found.visible.sealed_at, newest.get(found.path, 0)
    if sealed_at >= seen:
        return found
    detail = (
        f"sealed at {show_instant(sealed_at)}, but a seal of {show_instant(seen)} was seen at this"
        " path before"
    )
    return Rejected(found.path, Status.INVALID, Reason.REPLAYED, detail, found.visible.checks)


def _item(row_id: int, found: Admitted | Rejected) -> Item:
    if isinstance(found, Rejected):
        # The bytes stay in the store; a view only remembers why they are not shown.
        return Rejected(found.path, found.status, found.reason, found.detail, ())
    visible = found.visible
    return Entry(
        row_id,
        found.path,
        visible.raw.fingerprint,
        visible.status,
        is_draft(found),
        visible.sealed_at,
        visible.key_ids,
    )


def is_draft(admitted: Admitted) -> bool:
    """Whether a record exists for nobody, however well it is proven."""
    return isinstance(admitted.model, Content) and admitted.model.is_draft


def _cards(found: Mapping[int, Admitted | Rejected]) -> Iterable[Card]:
    for row_id, item in found.items():
        if isinstance(item, Admitted) and not is_draft(item):
            yield Card(row_id, item)


def _twins(items: Mapping[int, Item], paths: Collection[str]) -> dict[int, Rejected]:
    """Rows of one path, of those at which there are new ones: an ingest never writes two, so
    nobody can say which one it wrote."""
    items = {row_id: item for row_id, item in items.items() if item.path in paths}
    counts = Counter(item.path for item in items.values())
    detail = "the store holds two rows of this path"
    return {
        row_id: Rejected(item.path, Status.INVALID, Reason.ROW_CHANGED, detail, ())
        for row_id, item in items.items()
        if counts[item.path] > 1
    }


def recheck(entry: Entry, row: Row | None, judge: Judge, now: int) -> Admitted | Rejected:
    """The record behind an entry, judged again, if its row is still what was indexed."""
    if row is None or row.path != entry.path:
        return _changed(entry, "its row was removed from the store")
    admitted = admit(row, judge, now)
    if isinstance(admitted, Admitted) and admitted.visible.raw.fingerprint != entry.fingerprint:
        return _changed(entry, "its row was changed in the store")
    return admitted


def _changed(entry: Entry, detail: str) -> Rejected:
    return Rejected(entry.path, Status.INVALID, Reason.ROW_CHANGED, detail, ())
