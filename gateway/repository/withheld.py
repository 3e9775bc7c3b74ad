"""What is withheld, and why, for those who look after a corpus."""

from __future__ import annotations

from bisect import bisect_right
from dataclasses import dataclass

from anyio import to_thread

from gateway.repository.reading import Reading
from gateway.store.row import Row
from gateway.store.withholdings import withheld_since
from gateway.verdict.status import Check
from gateway.verdict.verdict import Rejected


@dataclass(frozen=True)
class Withheld:
    """since: when a gateway on this store first withheld it for this reason, in Unix seconds; None
    where that is not known. checks: of its verdict, made anew."""

    rejected: Rejected
    since: int | None
    checks: tuple[Check, ...]


async def withheld_page(reading: Reading, first: int, after: str | None) -> list[Withheld]:
    """Up to `first` withheld records in the order of paths, from behind the path `after` on."""
    return await to_thread.run_sync(_page, reading, first, after)


def _page(reading: Reading, first: int, after: str | None) -> list[Withheld]:
    view, store = reading.view, reading.library.store
    items = {
        item.path: (row_id, item)
        for row_id, item in view.items.items()
        if isinstance(item, Rejected)
    }
    paths = sorted(items)
    start = 0 if after is None else bisect_right(paths, after)
    chosen = [items[path] for path in paths[start : start + first]]
    rows = {row.id: row for row in store.read([row_id for row_id, _ in chosen])}
    since = withheld_since(store, reading.library.corpus)
    return [
        Withheld(item, since.get(item.path), _checks(reading, rows.get(row_id)))
        for row_id, item in chosen
    ]


def _checks(reading: Reading, row: Row | None) -> tuple[Check, ...]:
    return () if row is None else reading.view.judge.judge(row, reading.now).checks
