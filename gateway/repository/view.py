"""The visible part of a snapshot, indexed by what its proven bytes say."""

from __future__ import annotations

import sys
from collections import Counter
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass, replace
from functools import cached_property
from typing import ClassVar, Self

from gateway.crew import ALONE, Crew
from gateway.errors import Reason
from gateway.index.index import Index
from gateway.repository.entry import Entry, Item
from gateway.repository.judge import Judge
from gateway.repository.judging import Docket, Judging
from gateway.repository.memo import Memo
from gateway.store.store import Snapshot, Store, batches
from gateway.verdict.status import Status
from gateway.verdict.verdict import Rejected

# Rows that are judged together.
_BATCH = 250
# For fewer rows an index is not made in another way.
_MANY = 500

# Memory for what an index was asked before, for each view.
_MEMO_BYTES = 1 << 23


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

    def prepared(self) -> Self:
        """The same view, of which readers need nothing that has to be worked out first: of many
        records that takes a while, in which an event loop should do other things."""
        _ = (self.by_path, self.withheld, self.counts, self.reasons)
        return self

    def entered(self, seq: int) -> Self:
        """The same view, once all of it is in the feed."""
        found = replace(self, seq=seq, is_entered=True)
        # What was worked out of its records is not worked out again.
        known = {name: value for name, value in vars(self).items() if name not in vars(found)}
        vars(found).update(known)
        return found

    def without(self, rejected: Mapping[int, Rejected]) -> Self:
        """The same view after some of its rows turned out not to be what they were."""
        news = {id_: one for id_, one in rejected.items() if isinstance(self.items[id_], Entry)}
        if not news:
            return self
        with self.index.successor() as index:
            index.remove(news)
        items = {**self.items, **news}
        return replace(self, items=items, index=index, is_entered=False).prepared()


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
    crew: Crew = ALONE,
) -> View:
    """Judge the records of a snapshot, in batches, and index what may be shown. A crew shares the
    work if there is much of it.

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
    new = [row_id for row_id in ids if row_id not in known]
    with _next_index(base, snapshot) as index:
        index.remove(gone)
        with index.loading() if base is None and len(new) >= _MANY else nullcontext():
            for judged in crew.map(Judging(judge, now), _dockets(store, new, newest), len(new)):
                items |= judged.items
                judge.heed(judged.until)
                index.add(judged.rows)
        twins = _twins(items, {items[row_id].path for row_id in new if row_id in items})
        index.remove(twins)
    items |= twins
    return View(snapshot, judge, items, index).prepared()


def _next_index(base: View | None, snapshot: Snapshot) -> AbstractContextManager[Index]:
    if base is None:
        return Index.empty().successor()
    # What follows the newest view goes on in its file; an older snapshot must not take that place.
    is_newer = snapshot.id > base.snapshot.id
    return base.index.successor() if is_newer else base.index.branch()


def _dockets(store: Store, ids: Sequence[int], newest: Newest) -> Iterator[Docket]:
    for batch in batches(ids, _BATCH):
        rows = store.read(batch)
        yield Docket(rows, newest([row.path for row in rows]))


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
