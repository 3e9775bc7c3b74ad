"""What a view remembers of a row that was judged."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from gateway.errors import Reason, RecordShapeError, SealgateError
from gateway.records.content import Content
from gateway.records.instant import show_instant
from gateway.repository.judge import Judge
from gateway.store.row import Row
from gateway.verdict.admitted import Admitted
from gateway.verdict.status import Status
from gateway.verdict.verdict import Rejected, Verified, Visible, disclose


@dataclass(frozen=True, slots=True)
class Entry:
    """A record that may be shown, and where its row is.

    fingerprint: of the row's content when it was judged; a row that differs later is refused.
    sealed_at: when its newest seal that counts was made, by its own word, in Unix seconds; 0 where
    none says. key_ids: whose signatures counted.
    """

    row_id: int
    path: str
    fingerprint: bytes
    status: Status
    is_draft: bool
    sealed_at: int
    key_ids: tuple[str, ...]


# What became of a row: found, or withheld for a reason.
Item = Entry | Rejected


def admit(row: Row, judge: Judge, now: int) -> Admitted | Rejected:
    """The row's record if the judge's policy shows it and it has the shape of a modelled kind.

    Everything is read from the canonical bytes that were judged, nothing from the row's columns.
    """
    verdict = judge.judge(row, now)
    visible: Visible | None
    if isinstance(verdict, Verified):
        visible = verdict
    else:
        visible = disclose(verdict, judge.trust.policy)
        if visible is None:
            return verdict
    try:
        return Admitted(visible)
    except SealgateError as error:
        return _misshapen(visible, error)


def _misshapen(visible: Visible, error: SealgateError) -> Rejected:
    """A proven record of a kind that is not served stays proven, in the statistics, too."""
    unmodelled = isinstance(error, RecordShapeError) and error.code is Reason.KIND_NOT_MODELLED
    status = visible.status if unmodelled else Status.MALFORMED
    return Rejected(visible.path, status, error.code, error.message, visible.checks)


def unless_replayed(found: Admitted | Rejected, newest: Mapping[str, int]) -> Admitted | Rejected:
    """The record, if its seal is no older than the newest one that was seen at its path."""
    if isinstance(found, Rejected) or not isinstance(found.visible, Verified):
        return found
    sealed_at, seen = found.visible.sealed_at, newest.get(found.path, 0)
    if sealed_at >= seen:
        return found
    detail = (
        f"sealed at {show_instant(sealed_at)}, but a seal of {show_instant(seen)} was seen at this"
        " path before"
    )
    return Rejected(found.path, Status.INVALID, Reason.REPLAYED, detail, found.visible.checks)


def item_of(row_id: int, found: Admitted | Rejected) -> Item:
    """What is left of a judgement in a view."""
    if isinstance(found, Rejected):
        # The bytes stay in the store; a view only remembers why they are not shown.
        return Rejected(found.path, found.status, found.reason, found.detail, ())
    visible = found.visible
    return Entry(
        row_id,
        found.path,
        visible.raw.fingerprint,
        visible.status,
        is_draft(found),
        visible.sealed_at,
        visible.key_ids,
    )


def is_draft(admitted: Admitted) -> bool:
    """Whether a record exists for nobody, however well it is proven."""
    return isinstance(admitted.model, Content) and admitted.model.is_draft


def recheck(entry: Entry, row: Row | None, judge: Judge, now: int) -> Admitted | Rejected:
    """The record behind an entry, judged again, if its row is still what was indexed."""
    if row is None or row.path != entry.path:
        return _changed(entry, "its row was removed from the store")
    admitted = admit(row, judge, now)
    if isinstance(admitted, Admitted) and admitted.visible.raw.fingerprint != entry.fingerprint:
        return _changed(entry, "its row was changed in the store")
    return admitted


def _changed(entry: Entry, detail: str) -> Rejected:
    return Rejected(entry.path, Status.INVALID, Reason.ROW_CHANGED, detail, ())
