"""The newest seal that was seen at each path, so that an older one does not come back unnoticed.

A signature does not end when its record is replaced: whoever kept a sealed older version can put it
back, and it verifies. What was seen before is the only witness against it until there is a log.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping

import sqlalchemy as sa

from gateway.store.by_path import enter, entries
from gateway.store.damage import number
from gateway.store.store import Store
from gateway.store.tables import seals


def newest_seals(store: Store, corpus: str, paths: Collection[str] | None = None) -> dict[str, int]:
    """When the newest seal at each of these paths, or at all there are, was made, by its own word:
    seconds since 1970."""
    with store.reading() as connection:
        return _newest(connection, corpus, paths)


def _newest(
    connection: sa.Connection, corpus: str, paths: Collection[str] | None
) -> dict[str, int]:
    query = sa.select(seals.c.path, seals.c.sealed_at).where(seals.c.corpus == corpus)
    rows = entries(connection, seals, query, paths)
    return {row.path: number(row.sealed_at) for row in rows}


def remember_seals(store: Store, corpus: str, seen: Mapping[str, int]) -> None:
    """Enter what is newer than what is known. Raises StoreError."""
    with store.writing() as connection:
        known = _newest(connection, corpus, seen)
        news = [
            {"path": path, "sealed_at": sealed_at}
            for path, sealed_at in seen.items()
            if sealed_at > known.get(path, -1)
        ]
        enter(connection, seals, corpus, news, known)
