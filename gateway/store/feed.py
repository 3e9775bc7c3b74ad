"""The order in which records became visible, changed, and were withdrawn."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple

import sqlalchemy as sa

from gateway.store.by_path import enter, entries
from gateway.store.damage import number
from gateway.store.store import Store
from gateway.store.tables import feed, feed_state

# Withdrawals kept for clients that come back late.
KEPT_WITHDRAWALS = 100_000


@dataclass(frozen=True)
class Event:
    """The last change at a path. seq: its number; published_seq: of the last publication."""

    seq: int
    path: str
    published_seq: int


@dataclass(frozen=True)
class _State:
    seq: int
    snapshot: int
    horizon: int


class _Change(NamedTuple):
    """fingerprint: None for what was withdrawn; published_seq: None for what is published with
    this change; is_known: whether the path has an entry."""

    path: str
    fingerprint: bytes | None
    published_seq: int | None
    is_known: bool

    def row(self, seq: int) -> dict[str, Any]:
        return {
            "path": self.path,
            "seq": seq,
            "published_seq": self.published_seq or seq,
            "fingerprint": self.fingerprint,
        }


class Feed:
    """The changes of one corpus. One entry a path: its latest change, whatever went before it."""

    def __init__(self, store: Store, corpus: str) -> None:
        self._store = store
        self._corpus = corpus

    def record(self, snapshot: int, visible: Mapping[str, bytes]) -> int | None:
        """Enter what changed, given the fingerprint of all that can be seen, by path.

        Returns the number of the last change; None when changes of a newer snapshot have been
        entered by another gateway, so that the caller's view is out of date. Raises StoreError.
        """
        with self._store.writing() as connection:
            state = self._state(connection)
            if state.snapshot > snapshot:
                return None
            changes = _changes(self._known(connection), visible)
            return self._write_all(connection, state, changes, snapshot)

    def amend(
        self, snapshot: int, before: tuple[int, int], visible: Mapping[str, bytes | None]
    ) -> int | None:
        """The same, given only the paths at which anything may differ from what the caller entered
        before: the fingerprint of what can be seen there, None where nothing can.

        before: the snapshot of that, and the number of its last change. None when anything was
        entered since then, so that the rest need not be what the caller takes it for.
        """
        with self._store.writing() as connection:
            state = self._state(connection)
            if (state.snapshot, state.seq) != before or state.snapshot > snapshot:
                return None
            seen = {path: found for path, found in visible.items() if found is not None}
            changes = _changes(self._known(connection, visible), seen)
            return self._write_all(connection, state, changes, snapshot)

    def _write_all(
        self, connection: sa.Connection, state: _State, changes: Sequence[_Change], snapshot: int
    ) -> int:
        last = state.seq + len(changes)
        rows = [change.row(seq) for seq, change in enumerate(changes, start=state.seq + 1)]
        known = {change.path for change in changes if change.is_known}
        enter(connection, feed, self._corpus, rows, known)
        self._advance(connection, state, last, snapshot)
        return last

    def since(
        self, seq: int, until: int, limit: int, begun: int = 0
    ) -> tuple[list[Event], int] | None:
        """Up to `limit` changes with numbers over `seq` and up to `until`, in their order, and the
        number up to which nothing is left out; it is never lower than `seq`.

        begun: the last number there was when the client asked from 0 on. Withdrawals up to it are
        left out: who begins has nothing to drop. Later ones are all told, also of what came and
        went in between, for it may have been there before. None when withdrawals that the client
        needs have been forgotten, or the feed was cut, so that it must start again. Raises
        StoreError.
        """
        begun = until if seq == 0 else begun
        wanted = sa.or_(feed.c.fingerprint.is_not(None), feed.c.seq > begun)
        query = (
            sa.select(feed.c.seq, feed.c.path, feed.c.published_seq)
            .where(feed.c.corpus == self._corpus, feed.c.seq > seq, feed.c.seq <= until)
            .where(wanted)
            .order_by(feed.c.seq)
            .limit(limit + 1)
        )
        with self._store.reading() as connection:
            state = self._state(connection)
            if seq > state.seq or (seq > 0 and max(seq, begun) < state.horizon):
                return None
            found = [
                Event(number(row.seq), str(row.path), number(row.published_seq))
                for row in connection.execute(query)
            ]
        if len(found) > limit:
            return found[:limit], found[limit - 1].seq if limit else seq
        # A gateway that lags behind the one that the client asked before knows less than it does.
        return found, max(seq, until)

    def _state(self, connection: sa.Connection) -> _State:
        columns = (feed_state.c.seq, feed_state.c.snapshot, feed_state.c.horizon)
        query = sa.select(*columns).where(feed_state.c.corpus == self._corpus)
        found = connection.execute(query).first()
        return _State(0, 0, 0) if found is None else _State(*map(number, found))

    def _known(self, connection: sa.Connection, paths: Collection[str] | None = None) -> _Known:
        columns = (feed.c.path, feed.c.fingerprint, feed.c.published_seq)
        query = sa.select(*columns).where(feed.c.corpus == self._corpus)
        return {row.path: row for row in entries(connection, feed, query, paths)}

    def _advance(self, connection: sa.Connection, state: _State, seq: int, snapshot: int) -> None:
        if (seq, snapshot) == (state.seq, state.snapshot):
            return
        horizon = self._forget(connection) or state.horizon
        connection.execute(sa.delete(feed_state).where(feed_state.c.corpus == self._corpus))
        values = {"corpus": self._corpus, "seq": seq, "snapshot": snapshot, "horizon": horizon}
        connection.execute(sa.insert(feed_state).values(values))

    def _forget(self, connection: sa.Connection) -> int | None:
        """Drop the oldest withdrawals over the limit; the number of the last one dropped."""
        withdrawn = sa.and_(feed.c.corpus == self._corpus, feed.c.fingerprint.is_(None))
        query = sa.select(feed.c.seq).where(withdrawn).order_by(feed.c.seq.desc())
        last: int | None = connection.execute(query.offset(KEPT_WITHDRAWALS).limit(1)).scalar()
        if last is not None:
            connection.execute(sa.delete(feed).where(withdrawn, feed.c.seq <= last))
        return last


# What the feed has by path: rows with fingerprint and published_seq.
_Known = Mapping[str, Any]


def _changes(known: _Known, visible: Mapping[str, bytes]) -> list[_Change]:
    """Withdrawals first: what takes their place should come after."""
    gone = [
        _Change(path, None, row.published_seq, is_known=True)
        for path, row in sorted(known.items())
        if row.fingerprint is not None and path not in visible
    ]
    news = []
    for path, fingerprint in sorted(visible.items()):
        row: Any = known.get(path)
        since = None if row is None or row.fingerprint is None else row.published_seq
        if since is None or row.fingerprint != fingerprint:
            news.append(_Change(path, fingerprint, since, is_known=row is not None))
    return gone + news
