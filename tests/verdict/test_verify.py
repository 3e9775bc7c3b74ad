"""What a verdict says of honest records, and of records that nobody proves."""

from __future__ import annotations

from base64 import b64encode
from dataclasses import replace

import pytest

from gateway.envelope.legacy import seal_legacy
from gateway.errors import Reason
from gateway.records.raw import RawRecord
from gateway.trust.policy import Policy, Requirement
from gateway.verdict.status import Outcome, Status
from gateway.verdict.verdict import Rejected, Verified
from gateway.verdict.verify import verify
from tests.support.publisher import NOW, YEAR, Publisher, claim, trust_in, with_secured

LEGACY_KEY = bytes(range(32))
OWNER = Publisher()


def legacy_string(key: bytes, digest: str) -> str:
    envelope = seal_legacy(key, digest)
    return f"{b64encode(envelope.ciphertext).decode()};{b64encode(envelope.iv).decode()}"


def reason(raw: RawRecord, *publishers: Publisher, now: int = NOW) -> tuple[Status, Reason]:
    verdict = verify(raw, trust_in(*(p.public() for p in publishers)), now)
    return verdict.status, verdict.reason


@pytest.mark.parametrize("alg", ["Ed25519", "ES256", "ML-DSA-65", "ML-DSA-44"])
def test_a_sealed_record_is_verified_under_every_algorithm(alg: str) -> None:
    publisher = Publisher(alg=alg)
    verdict = verify(publisher.seal(claim()), trust_in(publisher.public()), NOW)
    assert isinstance(verdict, Verified)
    assert verdict.status is Status.VERIFIED
    assert verdict.reason is Reason.OK
    assert verdict.key_ids == ("k1",)
    assert all(check.outcome is Outcome.PASSED for check in verdict.checks)


def test_the_checks_come_in_their_fixed_order() -> None:
    publisher = Publisher()
    verdict = verify(publisher.seal(claim()), trust_in(publisher.public()), NOW)
    assert [check.name for check in verdict.checks] == [
        "canonical",
        "body",
        "secured",
        "form",
        "key",
        "algorithm",
        "corpus",
        "signature",
        "issued",
        "validity",
        "revocation",
        "policy",
    ]


def test_what_comes_after_the_first_failure_is_listed_as_not_run() -> None:
    publisher, stranger = Publisher(), Publisher(corpora=("other",))
    verdict = verify(stranger.seal(claim()), trust_in(stranger.public()), NOW)
    outcomes = {check.name: check.outcome for check in verdict.checks}
    assert outcomes["corpus"] is Outcome.FAILED
    assert outcomes["signature"] is outcomes["revocation"] is Outcome.NOT_RUN
    assert publisher.kid == stranger.kid


def test_no_envelope_is_missing() -> None:
    assert reason(claim(), Publisher()) == (Status.MISSING, Reason.SECURED_MISSING)


def test_an_unknown_kid_is_an_unknown_key() -> None:
    raw = Publisher("k2").seal(claim())
    assert reason(raw, Publisher("k1")) == (Status.UNKNOWN_KEY, Reason.KEY_UNKNOWN)


@pytest.mark.parametrize(
    ("members", "now", "expected"),
    [
        ({}, NOW + YEAR, (Status.VERIFIED, Reason.OK)),
        ({}, NOW + YEAR + 1, (Status.EXPIRED, Reason.KEY_EXPIRED)),
        ({"nbf": NOW}, NOW, (Status.VERIFIED, Reason.OK)),
        ({"nbf": NOW}, NOW - 1, (Status.INVALID, Reason.KEY_NOT_YET_VALID)),
        ({"nbf": NOW + 1}, NOW + 2, (Status.INVALID, Reason.SIGNED_OUTSIDE_KEY_VALIDITY)),
        ({"exp": NOW - 1}, NOW, (Status.INVALID, Reason.SIGNED_OUTSIDE_KEY_VALIDITY)),
    ],
)
def test_validity_counts_to_the_second(
    members: dict[str, int], now: int, expected: tuple[Status, Reason]
) -> None:
    publisher = Publisher(members=members)
    assert reason(publisher.seal(claim()), publisher, now=now) == expected


def test_a_signature_from_the_future_is_refused_beyond_the_clock_skew() -> None:
    publisher = Publisher()
    assert reason(publisher.seal(claim(), iat=NOW + 300), publisher)[0] is Status.VERIFIED
    late = publisher.seal(claim(), iat=NOW + 301)
    assert reason(late, publisher) == (Status.INVALID, Reason.SIGNED_IN_FUTURE)


@pytest.mark.parametrize("revoked_at", [0, NOW - 1, NOW + YEAR])
def test_a_revoked_key_proves_nothing_whatever_the_clock_says(revoked_at: int) -> None:
    publisher = Publisher(members={"revoked": {"revoked_at": revoked_at, "reason": "lost"}})
    assert reason(publisher.seal(claim()), publisher) == (Status.REVOKED, Reason.KEY_REVOKED)


def test_a_legacy_envelope_without_a_key_is_unverifiable() -> None:
    raw = claim()
    raw = with_secured(raw, legacy_string(LEGACY_KEY, raw.digest))
    assert reason(raw, Publisher()) == (Status.UNVERIFIABLE, Reason.LEGACY_NO_KEY)


def test_a_legacy_envelope_opened_with_the_key_binds_the_record_it_names() -> None:
    raw = claim()
    raw = with_secured(raw, legacy_string(LEGACY_KEY, raw.digest))
    assert verify(raw, trust_in(legacy=LEGACY_KEY), NOW).status is Status.VERIFIED


def test_a_legacy_envelope_of_another_record_is_rejected() -> None:
    other = claim(path="_news/b.md")
    raw = with_secured(claim(), legacy_string(LEGACY_KEY, other.digest))
    verdict = verify(raw, trust_in(legacy=LEGACY_KEY), NOW)
    assert (verdict.status, verdict.reason) == (Status.INVALID, Reason.LEGACY_REJECTED)


def test_one_good_envelope_is_enough_beside_one_that_proves_nothing() -> None:
    publisher = Publisher()
    raw = claim()
    legacy = legacy_string(LEGACY_KEY, raw.digest)
    raw = with_secured(raw, legacy, publisher.envelope(raw))
    assert reason(raw, publisher) == (Status.VERIFIED, Reason.OK)


def test_evidence_against_a_record_outweighs_a_lack_of_evidence() -> None:
    publisher = Publisher()
    forged = publisher.envelope(claim(path="_news/b.md"))
    raw = claim()
    raw = with_secured(raw, legacy_string(LEGACY_KEY, raw.digest), forged, "neither")
    assert reason(raw, publisher) == (Status.INVALID, Reason.SIGNATURE_INVALID)


def test_a_threshold_counts_distinct_keys() -> None:
    first, second = Publisher("k1"), Publisher("k2")
    trust = trust_in(
        first.public(), second.public(), policy=Policy(default=Requirement(threshold=2))
    )
    one = first.seal(claim())
    assert verify(one, trust, NOW).reason is Reason.THRESHOLD_NOT_MET
    assert verify(first.seal(one), trust, NOW).reason is Reason.THRESHOLD_NOT_MET
    assert verify(second.seal(one), trust, NOW).status is Status.VERIFIED


def test_a_policy_may_want_a_post_quantum_signature() -> None:
    classical, quantum = Publisher("c"), Publisher("q", alg="ML-DSA-65")
    policy = Policy(default=Requirement(threshold=2, post_quantum=True))
    trust = trust_in(classical.public(), quantum.public(), policy=policy)
    other = Publisher("o")
    both = trust_in(classical.public(), other.public(), quantum.public(), policy=policy)
    assert verify(quantum.seal(classical.seal(claim())), trust, NOW).status is Status.VERIFIED
    stripped = other.seal(classical.seal(claim()))
    assert verify(stripped, both, NOW).reason is Reason.POST_QUANTUM_MISSING


def test_a_corpus_may_have_a_requirement_of_its_own() -> None:
    publisher = Publisher(corpora=("demo", "strict"))
    policy = Policy(corpora={"strict": Requirement(threshold=2)})
    trust = trust_in(publisher.public(), policy=policy)
    assert verify(publisher.seal(claim()), trust, NOW).status is Status.VERIFIED
    strict = publisher.seal(claim(corpus="strict"))
    assert verify(strict, trust, NOW).reason is Reason.THRESHOLD_NOT_MET


def test_a_rejected_record_keeps_its_evidence() -> None:
    publisher = Publisher()
    verdict = verify(claim(), trust_in(publisher.public()), NOW)
    assert isinstance(verdict, Rejected)
    assert verdict.raw is not None
    assert verdict.checks[-1].outcome is Outcome.FAILED


def test_a_policy_may_want_a_classical_signature_beside_the_post_quantum_one() -> None:
    classical, quantum = Publisher("c"), Publisher("q", alg="ML-DSA-65")
    policy = Policy(default=Requirement(post_quantum=True, classical=True))
    trust = trust_in(classical.public(), quantum.public(), policy=policy)
    raw = claim()
    both = verify(with_secured(raw, classical.envelope(raw), quantum.envelope(raw)), trust, NOW)
    assert isinstance(both, Verified)
    only_quantum = verify(quantum.seal(raw), trust, NOW)
    assert isinstance(only_quantum, Rejected)
    assert only_quantum.reason is Reason.CLASSICAL_MISSING
    only_classical = verify(classical.seal(raw), trust, NOW)
    assert isinstance(only_classical, Rejected)
    assert only_classical.reason is Reason.POST_QUANTUM_MISSING


def test_only_the_publishers_that_the_policy_names_count() -> None:
    named, other = Publisher("named"), Publisher("other")
    policy = Policy(default=Requirement(publishers=frozenset({"named"})))
    trust = trust_in(named.public(), other.public(), policy=policy)
    assert isinstance(verify(named.seal(claim()), trust, NOW), Verified)
    verdict = verify(other.seal(claim()), trust, NOW)
    assert isinstance(verdict, Rejected)
    assert (verdict.status, verdict.reason) == (Status.INVALID, Reason.KEY_NOT_FOR_CORPUS)


@pytest.mark.parametrize(("age", "verified"), [(0, True), (100, True), (101, False)])
def test_a_signature_counts_for_as_long_as_the_policy_says(age: int, verified: bool) -> None:
    trust = trust_in(OWNER.public(), policy=Policy(default=Requirement(max_age=100)))
    verdict = verify(OWNER.seal(claim(), iat=NOW - age), trust, NOW)
    assert isinstance(verdict, Verified) is verified
    assert verdict.until == (NOW - age + 101 if verified else None)
    if not verified:
        assert (verdict.status, verdict.reason) == (Status.EXPIRED, Reason.SIGNATURE_TOO_OLD)


@pytest.mark.parametrize(
    "requirement", [Requirement(max_age=9), Requirement(publishers=frozenset({"k1"}))]
)
def test_a_legacy_envelope_does_not_say_who_sealed_it_or_when(requirement: Requirement) -> None:
    raw = claim()
    sealed = with_secured(raw, legacy_string(LEGACY_KEY, raw.digest))
    trust = trust_in(OWNER.public(), policy=Policy(default=requirement), legacy=LEGACY_KEY)
    verdict = verify(sealed, trust, NOW)
    assert isinstance(verdict, Rejected)
    assert verdict.reason is Reason.LEGACY_ANONYMOUS


REVOKED = {"revoked": {"revoked_at": NOW - 10, "reason": "stolen"}}


@pytest.mark.parametrize(
    ("members", "seen_at", "reason"),
    [
        (REVOKED, None, Reason.KEY_REVOKED),
        (REVOKED, NOW - 10, Reason.KEY_REVOKED),
        (REVOKED, NOW - 11, Reason.OK),
        ({"exp": NOW - 10}, None, Reason.KEY_EXPIRED),
        ({"exp": NOW - 10}, NOW - 9, Reason.KEY_EXPIRED),
        ({"exp": NOW - 10}, NOW - 10, Reason.OK),
        ({"nbf": NOW - 20, "exp": NOW - 10}, NOW + 1, Reason.KEY_EXPIRED),
    ],
)
def test_only_evidence_of_its_own_outlives_the_key(
    members: dict[str, object], seen_at: int | None, reason: Reason
) -> None:
    trust = trust_in(OWNER.public(**members))
    raw = OWNER.seal(claim(), iat=NOW - 15)
    assert verify(raw, trust, NOW, seen_at).reason is reason


def test_evidence_proves_nothing_about_bytes_that_nobody_signed() -> None:
    raw = OWNER.seal(claim())
    forged = replace(raw, body=b"else")
    assert isinstance(verify(forged, trust_in(OWNER.public()), NOW, NOW - YEAR), Rejected)
