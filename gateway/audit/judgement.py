"""What a verdict over one record says, as plain values.

A `Verified` does not leave the process that judged it. What is here may: it is evidence for a
report, and nothing of it is ever shown as content.
"""

from __future__ import annotations

from dataclasses import dataclass

from gateway.errors import Reason, SealgateError
from gateway.records.content import Content
from gateway.verdict.admitted import Admitted
from gateway.verdict.status import Check, Status
from gateway.verdict.verdict import Verdict, Verified


@dataclass(frozen=True, order=True)
class Publisher:
    """Who published a record, by its proven bytes. Identity is name and domain together."""

    name: str
    domain: str


@dataclass(frozen=True)
class Shape:
    """What the proven bytes describe; kind is None where they describe nothing that is modelled.

    reason, detail: why the gateway does not serve the record for all its proof; OK if it does.
    """

    kind: str | None = None
    publisher: Publisher | None = None
    reason: Reason = Reason.OK
    detail: str = ""


@dataclass(frozen=True)
class Judgement:
    """One record. digest, fingerprint: None when not even canonical bytes could be made of it.

    sealed_at: as in Verified; 0 for the others. shape: of VERIFIED records only, since an unproven
    field is worth nothing.
    """

    path: str
    status: Status
    reason: Reason
    detail: str
    checks: tuple[Check, ...]
    key_ids: tuple[str, ...]
    digest: str | None = None
    fingerprint: bytes | None = None
    sealed_at: int = 0
    shape: Shape | None = None


def judgement_of(verdict: Verdict) -> Judgement:
    """The plain values of a verdict, and of a proven record what it describes."""
    raw = verdict.raw
    proven = verdict if isinstance(verdict, Verified) else None
    return Judgement(
        path=verdict.path,
        status=verdict.status,
        reason=verdict.reason,
        detail="" if isinstance(verdict, Verified) else verdict.detail,
        checks=verdict.checks,
        key_ids=verdict.key_ids,
        digest=None if raw is None else raw.digest,
        fingerprint=None if raw is None else raw.fingerprint,
        sealed_at=0 if proven is None else proven.sealed_at,
        shape=None if proven is None else _shape(proven),
    )


def _shape(verified: Verified) -> Shape:
    try:
        model = Admitted(verified).model
    except SealgateError as error:
        return Shape(reason=error.code, detail=error.message)
    publisher = None
    if isinstance(model, Content) and model.provider is not None:
        publisher = Publisher(model.provider.name, model.provider.domain)
    return Shape(str(model.kind), publisher)
