"""The newest seal that was seen at each path, so that an older one does not come back unnoticed.

A signature does not end when its record is replaced: whoever kept a sealed older version can put it
back, and it verifies. What was seen before is the only witness against it until there is a log.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping

import sqlalchemy as sa

from gateway.store.damage import number
from gateway.store.store import Store, batches
from gateway.store.tables import seals

# Entries that are asked for, or written, at a time.
_BATCH = 500


def newest_seals(store: Store, corpus: str, paths: Collection[str] | None = None) -> dict[str, int]:
    """When the newest seal at each of these paths, or at all there are, was made, by its own word:
    seconds since 1970."""
    with store.reading() as connection:
        return _newest(connection, corpus, paths)


def _newest(
    connection: sa.Connection, corpus: str, paths: Collection[str] | None
) -> dict[str, int]:
    query = sa.select(seals.c.path, seals.c.sealed_at).where(seals.c.corpus == corpus)
    if paths is None:
        queries = [query]
    else:
        queries = [query.where(seals.c.path.in_(some)) for some in batches(list(paths), _BATCH)]
    rows = (row for query in queries for row in connection.execute(query).all())
    return {row.path: number(row.sealed_at) for row in rows}


def remember_seals(store: Store, corpus: str, seen: Mapping[str, int]) -> None:
    """Enter what is newer than what is known. Raises StoreError."""
    with store.writing() as connection:
        known = _newest(connection, corpus, seen)
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
