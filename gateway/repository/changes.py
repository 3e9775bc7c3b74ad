"""What changed, for those who keep a copy."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from anyio import to_thread

from gateway.errors import QueryError, Reason, StoreError
from gateway.repository.reading import Found, Load, Reading
from gateway.store.feed import Event
from gateway.verdict.admitted import Admitted
from gateway.verdict.verdict import Rejected


class ChangeKind(StrEnum):
    """PUBLISH: it can be seen since then; UPDATE: it is another one; WITHDRAW: no longer."""

    PUBLISH = "publish"
    UPDATE = "update"
    WITHDRAW = "withdraw"


@dataclass(frozen=True)
class Change:
    """record: what is at the path now, for all but WITHDRAW; reason: why a record that is there is
    withheld, None where there is none, or only a draft."""

    kind: ChangeKind
    path: str
    record: Admitted | None
    reason: Reason | None


@dataclass(frozen=True)
class Changes:
    """cursor: where to go on; has_more: whether there is something already."""

    changes: tuple[Change, ...]
    cursor: str
    has_more: bool


async def changes_since(reading: Reading, cursor: str | None, limit: int, load: Load) -> Changes:
    """Up to `limit` changes after a cursor, or from the beginning, each path once.

    The feed gives the order only; what a change is, is decided by what can be seen now. Drafts are
    told to nobody: what becomes one is withdrawn. Raises QueryError: CURSOR_INVALID or
    CURSOR_EXPIRED; StoreError.
    """
    corpus, cursors = reading.library.corpus, reading.library.cursors
    reading = reading.published()
    until = entered(reading)
    seq, begun = (0, 0) if cursor is None else cursors.decode_seq(cursor, corpus)
    if seq == 0:
        begun = until
    events, reached = await events_since(reading, seq, limit, begun)
    changes = await judged(reading, events, seq, load, begun)
    return Changes(changes, cursors.encode_seq(corpus, reached, begun), reached < until)


def entered(reading: Reading) -> int:
    """The number of the last change that the reading's view knows of. Raises StoreError."""
    if reading.view.seq is None:
        message = "the changes of this snapshot have not been entered yet"
        raise StoreError(Reason.STORE_UNAVAILABLE, message, hint="Ask again in a second.")
    return reading.view.seq


async def events_since(
    reading: Reading, seq: int, limit: int, begun: int = 0
) -> tuple[list[Event], int]:
    """Up to `limit` entries of the feed with numbers over `seq`, and the number they reach.

    begun: as in Feed.since.
    Raises QueryError(CURSOR_EXPIRED); StoreError.
    """
    since = reading.library.feed.since
    found = await to_thread.run_sync(since, seq, entered(reading), limit, begun)
    if found is None:
        message = "withdrawals since this cursor have been forgotten"
        hint = "Start again without a cursor, and drop what does not come back."
        raise QueryError(Reason.CURSOR_EXPIRED, message, hint=hint)
    return found


async def judged(
    reading: Reading, events: list[Event], since: int, load: Load, begun: int = 0
) -> tuple[Change, ...]:
    """What entries of the feed are now, for whoever knows all up to the number `since`.

    begun: as in Feed.since. What changed last before that, and is told only now, is new to them.
    """
    records = await _records(reading, events, load)
    return tuple(_change(event, records.get(event.path), since, begun) for event in events)


async def _records(reading: Reading, events: list[Event], load: Load) -> dict[str, Found]:
    """What is at the paths of events now; one read for all."""
    located = {event.path: reading.locate(event.path) for event in events}
    rows = {path: item for path, item in located.items() if isinstance(item, int)}
    loaded = dict(zip(rows, await load(list(rows.values())), strict=True))
    rejected = {path: item for path, item in located.items() if isinstance(item, Rejected)}
    return {**loaded, **rejected}


def _change(event: Event, found: Found | None, since: int, begun: int) -> Change:
    if not isinstance(found, Admitted):
        reason = None if found is None else found.reason
        return Change(ChangeKind.WITHDRAW, event.path, None, reason)
    is_new = event.published_seq > since or event.seq <= begun
    kind = ChangeKind.PUBLISH if is_new else ChangeKind.UPDATE
    return Change(kind, event.path, found, None)
