"""All that may be seen, one record after the other."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator
from itertools import groupby

from gateway.records.content import Content
from gateway.repository.entry import admit, is_draft, unless_replayed
from gateway.repository.judge import Judge
from gateway.store.row import Row
from gateway.store.seals import newest_seals
from gateway.store.store import Store, batches
from gateway.verdict.admitted import Admitted
from gateway.verdict.verdict import Rejected

# As few at a time as the store itself hands out.
_BATCH = 64


class Stream:
    """A snapshot's published visible records in the order of paths, each judged as it goes by.

    Of the corpus only the instants of seals are in memory, where the policy refuses older ones; no
    record is. seen, withheld: how many records went by so far, and how many of them were passed
    over because of their verdicts; report is told seen and how many there are.
    """

    def __init__(self, store: Store, corpus: str, judge: Judge, now: int) -> None:
        # Before the snapshot: seals that are seen in a later one make nothing in this one old.
        guarded = judge.trust.policy.refuse_replays
        self._newest = newest_seals(store, corpus) if guarded else {}
        self.snapshot = store.latest().id
        self.seen = self.withheld = 0
        self.report: Callable[[int, int], None] | None = None
        self._store = store
        self._corpus = corpus
        self._judge = judge
        self._now = now

    def __iter__(self) -> Iterator[Admitted]:
        """From the start, each time. Raises StoreError."""
        return (admitted for _, admitted in self._rows())

    def newest_first(self) -> Iterator[Admitted]:
        """Content only, what has no date last; ties in the order of paths. Raises StoreError.

        Everything is read twice: once for the order, of which some dozens of bytes a record stay in
        memory, and once more as it is handed out.
        """
        places = sorted(
            (-_published(admitted.model), admitted.path, row_id)
            for row_id, admitted in self._rows()
            if isinstance(admitted.model, Content)
        )
        for batch in batches([row_id for _, _, row_id in places], _BATCH):
            rows = {row.id: row for row in self._store.read(batch)}
            for row_id in batch:
                found = self._judged(rows[row_id]) if row_id in rows else None
                if isinstance(found, Admitted) and not is_draft(found):
                    yield found
        self._store.require(self.snapshot)

    def _rows(self) -> Iterator[tuple[int, Admitted]]:
        self.seen = self.withheld = 0
        total = len(self._store.row_ids(self.snapshot, self._corpus))
        walk = self._store.walk(self.snapshot, self._corpus)
        for _, same in groupby(walk, key=lambda row: row.path):
            first, *others = same
            self._count(1 + len(others), total)
            found = self._judged(first)
            # Two rows of one path: nobody can say which one an ingest wrote.
            if others or not isinstance(found, Admitted):
                self.withheld += 1
            elif not is_draft(found):
                yield first.id, found

    def _judged(self, row: Row) -> Admitted | Rejected:
        return unless_replayed(admit(row, self._judge, self._now), self._newest)

    def _count(self, more: int, total: int) -> None:
        self.seen += more
        if self.report is not None:
            self.report(self.seen, total)


def _published(model: object) -> float:
    published = model.published_at if isinstance(model, Content) else None
    return -math.inf if published is None else published.timestamp()
