"""Tables that hold one entry for each path of a corpus."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence
from typing import Any

import sqlalchemy as sa

from gateway.store.store import batches

# Entries that are asked for, or written, at a time.
_BATCH = 500


def entries(
    connection: sa.Connection,
    table: sa.Table,
    query: sa.Select[Any],
    paths: Collection[str] | None = None,
) -> Iterator[Any]:
    """What a query over the table finds at these paths, or at all there are."""
    if paths is None:
        yield from connection.execute(query).all()
        return
    for some in batches(list(paths), _BATCH):
        yield from connection.execute(query.where(table.c.path.in_(some))).all()


def enter(
    connection: sa.Connection,
    table: sa.Table,
    corpus: str,
    rows: Sequence[Mapping[str, Any]],
    known: Collection[str],
) -> None:
    """Write these rows, without their corpus, in place of what is at their paths. known: the paths
    at which anything is; others are not looked for."""
    for batch in batches(rows, _BATCH):
        remove(connection, table, corpus, [row["path"] for row in batch if row["path"] in known])
        connection.execute(sa.insert(table), [{**row, "corpus": corpus} for row in batch])


def remove(connection: sa.Connection, table: sa.Table, corpus: str, paths: Sequence[str]) -> None:
    if paths:
        same = sa.and_(table.c.corpus == corpus, table.c.path == sa.bindparam("p"))
        connection.execute(sa.delete(table).where(same), [{"p": path} for path in paths])
