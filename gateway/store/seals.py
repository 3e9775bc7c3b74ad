"""The newest seal that was seen at each path, so that an older one does not come back unnoticed.

A signature does not end when its record is replaced: whoever kept a sealed older version can put it
back, and it verifies. What was seen before is the only witness against it until there is a log.
"""

from __future__ import annotations

from collections.abc import Mapping

import sqlalchemy as sa

from gateway.store.damage import number
from gateway.store.store import Store, batches
from gateway.store.tables import seals

# Entries that are written at a time.
_BATCH = 1000


def newest_seals(store: Store, corpus: str) -> dict[str, int]:
    """When the newest seal at each path was made, by its own word: seconds since 1970."""
    with store.reading() as connection:
        return _newest(connection, corpus)


def _newest(connection: sa.Connection, corpus: str) -> dict[str, int]:
    query = sa.select(seals.c.path, seals.c.sealed_at).where(seals.c.corpus == corpus)
    return {row.path: number(row.sealed_at) for row in connection.execute(query)}


def remember_seals(store: Store, corpus: str, seen: Mapping[str, int]) -> None:
    """Enter what is newer than what is known. Raises StoreError."""
    with store.writing() as connection:
        known = _newest(connection, corpus)
        news = [
            {"corpus": corpus, "path": path, "sealed_at": sealed_at}
            for path, sealed_at in seen.items()
            if sealed_at > known.get(path, -1)
        ]
        for batch in batches(news, _BATCH):
            old = [{"p": row["path"]} for row in batch if row["path"] in known]
            if old:
                same = sa.and_(seals.c.corpus == corpus, seals.c.path == sa.bindparam("p"))
                connection.execute(sa.delete(seals).where(same), old)
            connection.execute(sa.insert(seals), batch)
