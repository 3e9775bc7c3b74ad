"""A snapshot as those see it who may see drafts."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

from gateway.index.card import Card, rows_of
from gateway.repository.view import Entry, View, recheck
from gateway.store.store import Store, batches
from gateway.verdict.admitted import Admitted

_BATCH = 500


@dataclass(frozen=True)
class Preview(View):
    """A view in which drafts are like all other records: named, listed, counted and searched.

    Its index is one of its own, since a draft that only weighed in a search's relevance would tell
    of itself to everybody. base: the view of what is published, which it was made from.
    """

    base: View | None = None

    shows_drafts: ClassVar[bool] = True

    @property
    def published(self) -> View:
        return self if self.base is None else self.base


def make_preview(store: Store, base: View, now: int) -> Preview:
    """Reads and judges the drafts of a view once more. Raises StoreError."""
    drafts = {
        row_id: item
        for row_id, item in base.items.items()
        if isinstance(item, Entry) and item.is_draft
    }
    with base.index.branch() as index:
        for batch in batches(list(drafts), _BATCH):
            rows = {row.id: row for row in store.read(batch)}
            found = {id_: recheck(drafts[id_], rows.get(id_), base.judge, now) for id_ in batch}
            # Where a row was changed since, whoever reads the record is told so, as in any view.
            cards = (Card(id_, one) for id_, one in found.items() if isinstance(one, Admitted))
            index.add(rows_of(cards))
    return Preview(base.snapshot, base.judge, base.items, index, base.seq, base.is_entered, base)
