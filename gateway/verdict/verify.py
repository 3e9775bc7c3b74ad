"""From a claimed record to its verdict."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from gateway.canonical.record import body_digest, decode_record
from gateway.errors import CanonicalError, Reason, SealgateError
from gateway.records.instant import show_instant
from gateway.records.raw import RawRecord
from gateway.trust.policy import Requirement
from gateway.trust.trust import Trust
from gateway.verdict.envelope_checks import EnvelopeResult, check_envelope
from gateway.verdict.status import Check, Finding, Outcome, Status
from gateway.verdict.verdict import _WITNESS, Rejected, Verdict, Verified

# When several envelopes fail for different reasons the record is called by the first of these that
# occurs: evidence against it before a lack of evidence.
_GRAVITY = (
    Status.INVALID,
    Status.REVOKED,
    Status.EXPIRED,
    Status.UNKNOWN_KEY,
    Status.MALFORMED,
    Status.UNVERIFIABLE,
)


def verify(raw: RawRecord, trust: Trust, now: int, seen_at: int | None = None) -> Verdict:
    """Judge `raw` against `trust` at `now`, in seconds since 1970.

    seen_at: an instant at which independent evidence shows that this very record existed, such as
    a log that the publisher cannot rewrite; None without any. It outlives expiry and revocation of
    the keys that signed it.

    Pure: no I/O, no clock, no state; never raises. Returns Verified, the only place where one is
    made, or Rejected with the status, the reason and every check in order.
    """
    checks: list[Check] = []
    results: list[EnvelopeResult] = []
    failure = _check_bytes(raw, checks) or _check_present(raw, checks)
    if failure is None:
        results = [
            check_envelope(index, text, raw, trust, now, seen_at)
            for index, text in enumerate(raw.secured)
        ]
        checks += [check for result in results for check in result.checks]
        failure = _check_manifest(trust, now, checks) or _check_policy(
            results, trust.policy.requirement(raw.corpus), checks
        )
    until = min((r.until for r in results if r.until is not None), default=None)
    key_ids = tuple(r.kid for r in results if r.kid is not None and r.failure is None)
    if failure is not None:
        return Rejected(
            path=raw.path,
            status=failure.status,
            reason=failure.reason,
            detail=failure.detail,
            checks=tuple(checks),
            key_ids=key_ids,
            raw=raw,
            until=until,
        )
    return Verified(
        _WITNESS,
        raw=raw,
        status=Status.VERIFIED,
        reason=Reason.OK,
        checks=tuple(checks),
        key_ids=key_ids,
        sealed_at=max((r.iat for r in results if r.failure is None), default=0),
        until=until,
    )


def reject_unreadable(path: str, error: SealgateError) -> Rejected:
    """The verdict over a file of which no canonical bytes could be made."""
    place = f"line {error.line}: " if error.line is not None else ""
    detail = f"{place}{error.message}"
    checks = (Check("readable", Outcome.FAILED, detail),)
    return Rejected(path, Status.MALFORMED, error.code, detail, checks)


def _check_bytes(raw: RawRecord, checks: list[Check]) -> Finding | None:
    """The canonical bytes speak of this corpus, this path and this body."""
    try:
        claimed = decode_record(raw.canonical)
    except CanonicalError as error:
        return _fail(checks, "canonical", Finding(Status.MALFORMED, error.code, error.message))
    if (claimed.corpus, claimed.path) != (raw.corpus, raw.path):
        detail = "the canonical bytes belong to another corpus or path"
        finding = Finding(Status.INVALID, Reason.CANONICAL_MISMATCH, detail)
        return _fail(checks, "canonical", finding)
    checks.append(Check("canonical", Outcome.PASSED, f"sha256 {raw.digest}"))
    if claimed.body != body_digest(raw.body):
        detail = "the body is not the one that the canonical bytes name"
        return _fail(checks, "body", Finding(Status.INVALID, Reason.BODY_MISMATCH, detail))
    checks.append(Check("body", Outcome.PASSED, claimed.body))
    return None


def _check_present(raw: RawRecord, checks: list[Check]) -> Finding | None:
    if raw.secured:
        checks.append(Check("secured", Outcome.PASSED, f"{len(raw.secured)} envelope(s)"))
        return None
    finding = Finding(Status.MISSING, Reason.SECURED_MISSING, "the record carries no envelope")
    return _fail(checks, "secured", finding)


def _fail(checks: list[Check], name: str, finding: Finding) -> Finding:
    checks.append(Check(name, Outcome.FAILED, finding.detail))
    return finding


def _check_manifest(trust: Trust, now: int, checks: list[Check]) -> Finding | None:
    """Old trust must end, or whoever keeps new files from us keeps revoked keys alive."""
    if trust.expires is None or now <= trust.expires:
        return None
    detail = f"what the root key signed was good until {show_instant(trust.expires)}"
    return _fail(checks, "policy", Finding(Status.EXPIRED, Reason.TRUST_EXPIRED, detail))


def _check_policy(
    results: Sequence[EnvelopeResult], requirement: Requirement, checks: list[Check]
) -> Finding | None:
    passed = [result for result in results if result.failure is None]
    if not passed:
        finding = _gravest(result.failure for result in results if result.failure is not None)
        detail = f"no envelope proves the record: {finding.detail}"
        checks.append(Check("policy", Outcome.FAILED, detail))
        return finding
    count = _distinct_keys(passed)
    if count < requirement.threshold:
        detail = f"{count} of {requirement.threshold} required keys signed"
        finding = Finding(Status.INVALID, Reason.THRESHOLD_NOT_MET, detail)
        return _fail(checks, "policy", finding)
    if requirement.post_quantum and not any(_is_post_quantum(result) for result in passed):
        detail = "no post-quantum key signed, and the policy wants one"
        finding = Finding(Status.INVALID, Reason.POST_QUANTUM_MISSING, detail)
        return _fail(checks, "policy", finding)
    if requirement.classical and not any(_is_classical(result) for result in passed):
        detail = "no classical key signed, and the policy wants one"
        finding = Finding(Status.INVALID, Reason.CLASSICAL_MISSING, detail)
        return _fail(checks, "policy", finding)
    checks.append(Check("policy", Outcome.PASSED, f"{count} of {requirement.threshold} keys"))
    return None


def _distinct_keys(passed: Sequence[EnvelopeResult]) -> int:
    """By key bytes, since one key can be filed under two kids; the legacy key is one more."""
    return len({None if result.key is None else result.key.thumbprint for result in passed})


def _is_post_quantum(result: EnvelopeResult) -> bool:
    return result.key is not None and result.key.algorithm.post_quantum


def _is_classical(result: EnvelopeResult) -> bool:
    return result.key is not None and not result.key.algorithm.post_quantum


def _gravest(failures: Iterable[Finding]) -> Finding:
    return min(failures, key=lambda finding: _GRAVITY.index(finding.status))
