"""Rows judged for a view, by this process or by others (docs/adr/0020).

What comes back fills an index and says what is withheld; a record that is shown is read and judged
again, here, by whoever shows it.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from gateway.index.card import Card, rows_of
from gateway.index.rows import Rows
from gateway.repository.entry import Item, admit, is_draft, item_of, unless_replayed
from gateway.repository.judge import Judge
from gateway.store.row import Row
from gateway.verdict.admitted import Admitted
from gateway.verdict.verdict import Rejected


@dataclass(frozen=True)
class Docket:
    """Rows that are to be judged together. newest: when the newest seal that was seen at each of
    their paths was made, as in `build_view`."""

    rows: Sequence[Row]
    newest: Mapping[str, int]


@dataclass(frozen=True)
class Judged:
    """items: by row id. rows: of the index. until: when time makes other verdicts of these."""

    items: Mapping[int, Item]
    rows: Rows
    until: int | None


@dataclass(frozen=True)
class Judging:
    """Judges rows under one trust at one instant; a process of its own can be handed one."""

    judge: Judge
    now: int

    def __call__(self, docket: Docket) -> Judged:
        found = {row.id: self._admit(row, docket.newest) for row in docket.rows}
        items = {row_id: item_of(row_id, one) for row_id, one in found.items()}
        return Judged(items, rows_of(_cards(found)), self.judge.until)

    def _admit(self, row: Row, newest: Mapping[str, int]) -> Admitted | Rejected:
        return unless_replayed(admit(row, self.judge, self.now), newest)


def _cards(found: Mapping[int, Admitted | Rejected]) -> Iterable[Card]:
    for row_id, item in found.items():
        if isinstance(item, Admitted) and not is_draft(item):
            yield Card(row_id, item)
