"""What an audit found, as one immutable value; its forms are modules of their own."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import TypeVar

from gateway.audit.comparison import Comparison
from gateway.audit.judgement import Judgement, Publisher
from gateway.errors import Reason
from gateway.keys.public_key import PublicKey
from gateway.records.instant import show_instant
from gateway.trust.policy import Policy, Requirement
from gateway.trust.trust import Trust
from gateway.verdict.status import Status

_Name = TypeVar("_Name")


@dataclass(frozen=True)
class KeyLine:
    """A trusted key, its state at the instant of the audit, and how many records it proves.

    state: valid, not yet valid, expired or revoked. remark: why it was revoked.
    """

    kid: str
    algorithm: str
    state: str
    not_before: int | None
    not_after: int | None
    corpora: tuple[str, ...]
    remark: str
    records: int


@dataclass(frozen=True, order=True)
class Withheld:
    """A record that the mode `enforce` does not show, and why, as the gateway says it."""

    path: str
    status: Status
    reason: Reason
    detail: str


@dataclass(frozen=True)
class Pace:
    """How the audit went; two audits that differ in it alone found the same."""

    jobs: int
    seconds: float
    records_per_second: float


@dataclass(frozen=True)
class Report:
    """instant: Unix seconds. The totals leave out what is zero; a record counts under each of its
    keys, and under a kind and a publisher only if it is proven. publishers has None for proven
    records that name none, kinds for those of no modelled kind.

    store: None where there is no store to compare with. root_expires: when what the root key signed
    ends, None without a root key.
    """

    corpus: str
    instant: int
    policy: Policy
    root_expires: int | None
    keys: tuple[KeyLine, ...]
    records: int
    statuses: Mapping[Status, int]
    reasons: Mapping[Reason, int]
    kinds: Mapping[str | None, int]
    publishers: Mapping[Publisher | None, int]
    withheld: tuple[Withheld, ...]
    store: Comparison | None
    pace: Pace = field(compare=False)

    @property
    def requirement(self) -> Requirement:
        return self.policy.requirement(self.corpus)

    @property
    def verified(self) -> int:
        return self.statuses.get(Status.VERIFIED, 0)

    @property
    def is_clean(self) -> bool:
        """Whether there are records, all of them are VERIFIED, and the store says the same."""
        agrees = self.store is None or not self.store.differences
        return self.records > 0 and self.verified == self.records and agrees


class Findings:
    """Judgements added up as they come, so that none of them has to stay in memory.

    newest: when the newest seal seen at each path was made (gateway.store.seals); a proven record
    with an older one counts as replayed.
    """

    def __init__(self, newest: Mapping[str, int] = MappingProxyType({})) -> None:
        self.statuses: Counter[Status] = Counter()
        self.reasons: Counter[Reason] = Counter()
        self.keys: Counter[str] = Counter()
        self.kinds: Counter[str | None] = Counter()
        self.publishers: Counter[Publisher | None] = Counter()
        self.withheld: list[Withheld] = []
        self._newest = newest

    def add(self, judgement: Judgement) -> None:
        obstacle = _obstacle(judgement, self._newest.get(judgement.path, 0))
        status = judgement.status if obstacle is None else obstacle.status
        self.statuses[status] += 1
        self.reasons[Reason.OK if obstacle is None else obstacle.reason] += 1
        if obstacle is not None:
            self.withheld.append(obstacle)
        if judgement.shape is not None and status is Status.VERIFIED:
            self.keys.update(judgement.key_ids)
            self.kinds[judgement.shape.kind] += 1
            self.publishers[judgement.shape.publisher] += 1

    def report(
        self, corpus: str, now: int, trust: Trust, store: Comparison | None, pace: Pace
    ) -> Report:
        """`now` is the instant of judgement, in Unix seconds."""
        return Report(
            corpus=corpus,
            instant=now,
            policy=trust.policy,
            root_expires=trust.expires,
            keys=tuple(_line(trust.keys[kid], now, self.keys[kid]) for kid in sorted(trust.keys)),
            records=self.statuses.total(),
            statuses=_ranked(self.statuses),
            reasons=_ranked(self.reasons),
            kinds=_ranked(self.kinds),
            publishers=_ranked(self.publishers),
            withheld=tuple(sorted(self.withheld)),
            store=store,
            pace=pace,
        )


def _obstacle(judgement: Judgement, newest: int) -> Withheld | None:
    """What keeps the gateway from serving the record, in its own words: as gateway.repository.

    A record of a kind that is not modelled stays proven; one whose fields are wrong is MALFORMED.
    """
    shape, path = judgement.shape, judgement.path
    if shape is None:
        return Withheld(path, judgement.status, judgement.reason, judgement.detail)
    if shape.reason is not Reason.OK:
        unmodelled = shape.reason is Reason.KIND_NOT_MODELLED
        status = Status.VERIFIED if unmodelled else Status.MALFORMED
        return Withheld(path, status, shape.reason, shape.detail)
    if judgement.sealed_at < newest:
        made, seen = show_instant(judgement.sealed_at), show_instant(newest)
        detail = f"sealed at {made}, but a seal of {seen} was seen at this path before"
        return Withheld(path, Status.INVALID, Reason.REPLAYED, detail)
    return None


def _ranked(counts: Counter[_Name]) -> Mapping[_Name, int]:
    """The most frequent first, ties in the order of their names."""
    ranked = sorted(counts.items(), key=lambda item: (-item[1], str(item[0])))
    return MappingProxyType(dict(ranked))


def _line(key: PublicKey, now: int, records: int) -> KeyLine:
    return KeyLine(
        kid=key.kid,
        algorithm=key.algorithm.name,
        state=_state(key, now),
        not_before=key.not_before,
        not_after=key.not_after,
        corpora=tuple(sorted(key.corpora)),
        remark="" if key.revocation is None else key.revocation.reason,
        records=records,
    )


def _state(key: PublicKey, now: int) -> str:
    if key.revocation is not None:
        return "revoked"
    if key.not_before is not None and now < key.not_before:
        return "not yet valid"
    return "expired" if key.not_after is not None and now > key.not_after else "valid"
