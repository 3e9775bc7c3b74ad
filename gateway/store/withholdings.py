"""Since when records have been withheld. For people who look after them; it decides nothing."""

from __future__ import annotations

from collections.abc import Collection, Mapping

import sqlalchemy as sa

from gateway.store.by_path import enter, entries, remove
from gateway.store.damage import number
from gateway.store.store import Store
from gateway.store.tables import withheld


def withheld_since(store: Store, corpus: str) -> dict[str, int]:
    """For each withheld path the instant, in Unix seconds, when its reason was first seen."""
    query = sa.select(withheld.c.path, withheld.c.since).where(withheld.c.corpus == corpus)
    with store.reading() as connection:
        return {row.path: number(row.since) for row in connection.execute(query)}


def enter_withheld(
    store: Store,
    corpus: str,
    reasons: Mapping[str, str],
    now: int,
    among: Collection[str] | None = None,
) -> None:
    """Enter what is withheld now, and for what reason; what is not any more is forgotten.

    among: the only paths that are looked at; None for all. Raises StoreError.
    """
    with store.writing() as connection:
        query = sa.select(withheld.c.path, withheld.c.reason).where(withheld.c.corpus == corpus)
        known = {row.path: row.reason for row in entries(connection, withheld, query, among)}
        ended = [path for path, reason in known.items() if reasons.get(path) != reason]
        begun = [
            {"path": path, "reason": reason, "since": now}
            for path, reason in reasons.items()
            if known.get(path) != reason
        ]
        remove(connection, withheld, corpus, ended)
        enter(connection, withheld, corpus, begun, ())
