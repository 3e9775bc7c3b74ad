"""A snapshot as those see it who may see drafts."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from typing import ClassVar

from gateway.index.card import Card, rows_of
from gateway.index.index import Index
from gateway.repository.entry import Entry, Item, recheck
from gateway.repository.view import View
from gateway.store.store import Store, batches
from gateway.verdict.admitted import Admitted

_BATCH = 500


@dataclass(frozen=True)
class Preview(View):
    """A view in which drafts are like all other records: named, listed, counted and searched.

    Its index is one of its own, since a draft that only weighed in a search's relevance would tell
    of itself to everybody. base: the view of what is published, which it was made from; is_whole:
    whether no row was changed in the store between the two.
    """

    base: View | None = None
    is_whole: bool = True

    shows_drafts: ClassVar[bool] = True

    @property
    def published(self) -> View:
        return self if self.base is None else self.base


def make_preview(store: Store, base: View, now: int, before: Preview | None = None) -> Preview:
    """Reads and judges the drafts of a view once more. Raises StoreError.

    before: the preview of an earlier view, from which this one is made if it can be: then only what
    differs is read, whether it is a draft or not.
    """
    if before is not None and before.is_whole and _may_follow(before, base):
        gone, new = _entries(before.items, base.items), _entries(base.items, before.items)
        with before.index.successor() as index:
            index.remove(gone)
            is_whole = _add(store, base, new, index, now)
    else:
        drafts = [row_id for row_id, item in base.items.items() if _is_draft(item)]
        with base.index.branch() as index:
            is_whole = _add(store, base, drafts, index, now)
    known = (base.snapshot, base.judge, base.items, index, base.seq, base.is_entered)
    return Preview(*known, base, is_whole).prepared()


def _may_follow(before: Preview, base: View) -> bool:
    return before.judge is base.judge and not before.index.is_lost


def _entries(items: Mapping[int, Item], others: Mapping[int, Item]) -> list[int]:
    """The rows that are shown among these, and not in the same way among the others."""
    return [
        row_id
        for row_id, item in items.items()
        if others.get(row_id) is not item and isinstance(item, Entry)
    ]


def _is_draft(item: Item) -> bool:
    return isinstance(item, Entry) and item.is_draft


def _add(store: Store, base: View, row_ids: Collection[int], index: Index, now: int) -> bool:
    """Whether all of these rows still are what they were when the view was built.

    Where one was changed since, whoever reads the record is told so, as in any view.
    """
    entries = {id_: item for id_ in row_ids if isinstance(item := base.items[id_], Entry)}
    is_whole = True
    for batch in batches(list(entries), _BATCH):
        rows = {row.id: row for row in store.read(batch)}
        found = [(id_, recheck(entries[id_], rows.get(id_), base.judge, now)) for id_ in batch]
        cards = [Card(id_, one) for id_, one in found if isinstance(one, Admitted)]
        is_whole = is_whole and len(cards) == len(batch)
        index.add(rows_of(cards))
    return is_whole
