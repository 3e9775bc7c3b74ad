"""The checks on one envelope, in their fixed order.

The first failure decides; what comes after it is listed as not run, so that two verdicts can be
laid side by side line by line.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from gateway.envelope.envelope import parse_envelope
from gateway.envelope.jws import DetachedJws
from gateway.envelope.legacy import LegacyEnvelope, binds
from gateway.errors import EnvelopeError, Reason
from gateway.keys.algorithms import is_known_alg
from gateway.keys.public_key import PublicKey
from gateway.records.instant import show_instant
from gateway.records.raw import RawRecord
from gateway.trust.policy import Requirement
from gateway.trust.trust import Trust
from gateway.verdict.status import Check, Finding, Outcome, Status

# How far ahead of ours a signer's clock may run, in seconds. It bounds `iat` only: a key's own
# window is taken to the second.
CLOCK_SKEW = 300


@dataclass(frozen=True)
class EnvelopeResult:
    """key: the key whose signature counts, None for legacy. failure is None when all passed.

    iat: when it was made, by its own word, 0 for legacy. until: the first instant at which time
    alone makes another result of this one. Both are in Unix seconds.
    """

    kid: str | None
    key: PublicKey | None
    failure: Finding | None
    checks: tuple[Check, ...]
    iat: int = 0
    until: int | None = None


def check_envelope(
    index: int, text: str, raw: RawRecord, trust: Trust, now: int, seen_at: int | None
) -> EnvelopeResult:
    """Judge the envelope `text`, entry `index` of the record `raw`, at `now` (Unix seconds)."""
    try:
        envelope = parse_envelope(text)
    except EnvelopeError as error:
        finding = Finding(Status.MALFORMED, error.code, error.message)
        # Nothing tells which kind it was meant to be, so only the check that failed is listed.
        return EnvelopeResult(None, None, finding, (_failed("form", finding, index),))
    if isinstance(envelope, LegacyEnvelope):
        return _check_legacy(index, envelope, raw, trust)
    return _check_jws(index, envelope, raw, trust, now, seen_at)


def _failed(name: str, finding: Finding, index: int) -> Check:
    return Check(name, Outcome.FAILED, finding.detail, index)


def _check_legacy(
    index: int, envelope: LegacyEnvelope, raw: RawRecord, trust: Trust
) -> EnvelopeResult:
    form = Check("form", Outcome.PASSED, "legacy AES-CBC, not authenticated", index)
    if trust.legacy_key is None:
        detail = "no key is configured for legacy envelopes, so it proves nothing"
        finding = Finding(Status.UNVERIFIABLE, Reason.LEGACY_NO_KEY, detail)
        not_run = Check("decryption", Outcome.NOT_RUN, detail, index)
        return EnvelopeResult(None, None, finding, (form, not_run))
    if not binds(envelope, trust.legacy_key, raw.digest):
        finding = Finding(Status.INVALID, Reason.LEGACY_REJECTED, "does not bind this record")
        return EnvelopeResult(None, None, finding, (form, _failed("decryption", finding, index)))
    requirement = trust.policy.requirement(raw.corpus)
    if requirement.publishers is not None or requirement.max_age is not None:
        detail = "the policy wants to know who sealed it and when, which it does not say"
        finding = Finding(Status.INVALID, Reason.LEGACY_ANONYMOUS, detail)
        return EnvelopeResult(None, None, finding, (form, _failed("decryption", finding, index)))
    bound = Check("decryption", Outcome.PASSED, "the plaintext is this record's digest", index)
    return EnvelopeResult(None, None, None, (form, bound))


@dataclass(frozen=True)
class _Case:
    """One JWS before the court. seen_at: as in `verify`."""

    envelope: DetachedJws
    raw: RawRecord
    key: PublicKey
    requirement: Requirement
    now: int
    seen_at: int | None

    @property
    def ends(self) -> int | None:
        """The last second at which the policy still takes the signature for young enough."""
        max_age = self.requirement.max_age
        return None if max_age is None else self.envelope.header.iat + max_age


# What a step says: why it failed, or what it saw.
_Answer = Finding | str


def _check_jws(
    index: int,
    envelope: DetachedJws,
    raw: RawRecord,
    trust: Trust,
    now: int,
    seen_at: int | None,
) -> EnvelopeResult:
    kid = envelope.header.kid
    checks = [Check("form", Outcome.PASSED, "detached JWS", index)]
    key = trust.keys.get(kid)
    if key is None:
        finding = Finding(Status.UNKNOWN_KEY, Reason.KEY_UNKNOWN, f"no trusted key {kid[:80]!r}")
        checks.append(_failed("key", finding, index))
        checks += [Check(name, Outcome.NOT_RUN, "", index) for name in _STEPS]
        return EnvelopeResult(kid, None, finding, tuple(checks))
    checks.append(Check("key", Outcome.PASSED, f"trusted key {kid!r}", index))
    case = _Case(envelope, raw, key, trust.policy.requirement(raw.corpus), now, seen_at)
    failure = _run_steps(case, checks, index)
    until = case.ends + 1 if failure is None and case.ends is not None else None
    iat = envelope.header.iat
    return EnvelopeResult(kid, key, failure, tuple(checks), iat, until or _due(failure))


def _due(failure: Finding | None) -> int | None:
    return None if failure is None else failure.until


def _run_steps(case: _Case, checks: list[Check], index: int) -> Finding | None:
    failure: Finding | None = None
    for name, step in _STEPS.items():
        if failure is not None:
            checks.append(Check(name, Outcome.NOT_RUN, "", index))
            continue
        answer = step(case)
        if isinstance(answer, Finding):
            failure = answer
            checks.append(_failed(name, answer, index))
        else:
            checks.append(Check(name, Outcome.PASSED, answer, index))
    return failure


def _algorithm(case: _Case) -> _Answer:
    """RFC 8725 section 3.1: the key says which algorithm is used; the header may only agree."""
    named, expected = case.envelope.header.alg, case.key.algorithm
    if expected.accepts(named):
        return expected.name
    if not is_known_alg(named):
        return Finding(Status.INVALID, Reason.ALG_UNSUPPORTED, f"alg {named[:40]!r} is not used")
    detail = f"the header says {named}, the key is for {expected.name}"
    return Finding(Status.INVALID, Reason.ALG_MISMATCH, detail)


def _corpus(case: _Case) -> _Answer:
    """Both must agree: the key's own entry, and the policy where it names publishers."""
    corpus, publishers = case.raw.corpus, case.requirement.publishers
    if corpus not in case.key.corpora:
        detail = f"the key may not sign corpus {corpus!r}"
        return Finding(Status.INVALID, Reason.KEY_NOT_FOR_CORPUS, detail)
    if publishers is not None and case.key.kid not in publishers:
        detail = f"the policy does not name the key as a publisher of corpus {corpus!r}"
        return Finding(Status.INVALID, Reason.KEY_NOT_FOR_CORPUS, detail)
    return f"the key may sign {corpus!r}"


def _signature(case: _Case) -> _Answer:
    message = case.envelope.signing_input(case.raw.canonical)
    if case.key.verify(case.envelope.signature, message):
        return "over the canonical bytes"
    detail = "does not match the canonical bytes: the record or its envelope was changed"
    return Finding(Status.INVALID, Reason.SIGNATURE_INVALID, detail)


def _issued(case: _Case) -> _Answer:
    """iat is only the signer's claim; one outside the key's window is a contradiction."""
    iat, key = case.envelope.header.iat, case.key
    if iat > case.now + CLOCK_SKEW:
        detail = f"signed at {show_instant(iat)}, in the future"
        due = iat - CLOCK_SKEW
        return Finding(Status.INVALID, Reason.SIGNED_IN_FUTURE, detail, until=due)
    if not _within(key, iat):
        detail = f"signed at {show_instant(iat)}, outside the validity of the key"
        return Finding(Status.INVALID, Reason.SIGNED_OUTSIDE_KEY_VALIDITY, detail)
    if case.ends is not None and case.now > case.ends:
        detail = f"signed at {show_instant(iat)}, which the policy says is too long ago"
        return Finding(Status.EXPIRED, Reason.SIGNATURE_TOO_OLD, detail)
    return f"signed at {show_instant(iat)}, as the signer says"


def _validity(case: _Case) -> _Answer:
    key = case.key
    if _within(key, case.now):
        return "the key is within its validity"
    if case.seen_at is not None and case.seen_at <= case.now and _within(key, case.seen_at):
        return f"the key was valid when the record was seen, at {show_instant(case.seen_at)}"
    if key.not_before is not None and case.now < key.not_before:
        detail = f"the key is not valid before {show_instant(key.not_before)}"
        return Finding(Status.INVALID, Reason.KEY_NOT_YET_VALID, detail)
    detail = "the key has expired"
    if key.not_after is not None:
        detail = f"the key was valid until {show_instant(key.not_after)}"
    return Finding(Status.EXPIRED, Reason.KEY_EXPIRED, detail)


def _revocation(case: _Case) -> _Answer:
    """A revoked key proves nothing, whatever the clock says: no clock may un-revoke it.

    Evidence of its own that the record was there before can; the signature's `iat` cannot, for
    whoever has the key writes into it what they like.
    """
    revocation = case.key.revocation
    if revocation is None:
        return "the key is not revoked"
    if case.seen_at is not None and case.seen_at < revocation.at:
        return f"the record was seen before the key was revoked, at {show_instant(case.seen_at)}"
    detail = f"the key was revoked at {show_instant(revocation.at)}: {revocation.reason[:200]}"
    return Finding(Status.REVOKED, Reason.KEY_REVOKED, detail)


def _within(key: PublicKey, instant: int) -> bool:
    begun = key.not_before is None or key.not_before <= instant
    return begun and (key.not_after is None or instant <= key.not_after)


_STEPS: dict[str, Callable[[_Case], _Answer]] = {
    "algorithm": _algorithm,
    "corpus": _corpus,
    "signature": _signature,
    "issued": _issued,
    "validity": _validity,
    "revocation": _revocation,
}
