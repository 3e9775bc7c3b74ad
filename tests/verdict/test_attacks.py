"""Attacks on sealed records, each by its name. None may end in VERIFIED."""

from __future__ import annotations

import json
from typing import Any

import pytest
from cryptography.hazmat.primitives import hashes, hmac
from hypothesis import given
from hypothesis import strategies as st

from gateway.base64url import decode_base64url, encode_base64url
from gateway.envelope.jws import TYPE, signing_input
from gateway.errors import Reason
from gateway.records.raw import RawRecord
from gateway.trust.policy import Policy, Requirement
from gateway.verdict.status import Status
from gateway.verdict.verify import verify
from tests.support.fuzz import fuzz
from tests.support.publisher import NOW, Publisher, article_fields, claim, trust_in, with_secured

PUBLISHER = Publisher()
TRUST = trust_in(PUBLISHER.public())
RAW = claim(body=b"Body text.\n")
SEALED = PUBLISHER.seal(RAW)


def forge(header: dict[str, Any], payload: bytes = RAW.canonical) -> str:
    """An envelope with any header, honestly signed with the publisher's key."""
    protected = encode_base64url(json.dumps(header).encode())
    signature = PUBLISHER.key.sign(signing_input(protected, payload))
    return f"{protected}..{encode_base64url(signature)}"


def header(**changes: Any) -> dict[str, Any]:
    members = {"alg": "Ed25519", "kid": "k1", "typ": TYPE, "iat": NOW, **changes}
    return {name: value for name, value in members.items() if value is not None}


def judged(raw: RawRecord) -> tuple[Status, Reason]:
    verdict = verify(raw, TRUST, NOW)
    return verdict.status, verdict.reason


def test_the_untouched_record_is_verified() -> None:
    assert judged(SEALED) == (Status.VERIFIED, Reason.OK)
    assert judged(with_secured(RAW, forge(header()))) == (Status.VERIFIED, Reason.OK)


@pytest.mark.parametrize(
    ("changes", "status", "reason"),
    [
        ({"alg": "none"}, Status.INVALID, Reason.ALG_UNSUPPORTED),
        ({"alg": "HS256"}, Status.INVALID, Reason.ALG_UNSUPPORTED),
        ({"alg": "ES256"}, Status.INVALID, Reason.ALG_MISMATCH),
        ({"alg": "ML-DSA-65"}, Status.INVALID, Reason.ALG_MISMATCH),
        ({"alg": "ed25519"}, Status.INVALID, Reason.ALG_UNSUPPORTED),
        ({"alg": None}, Status.MALFORMED, Reason.JWS_HEADER),
        ({"kid": "../../etc/passwd"}, Status.UNKNOWN_KEY, Reason.KEY_UNKNOWN),
        ({"kid": "k1' OR 1=1 --"}, Status.UNKNOWN_KEY, Reason.KEY_UNKNOWN),
        ({"kid": "k1\u0000"}, Status.UNKNOWN_KEY, Reason.KEY_UNKNOWN),
        ({"kid": ["k1"]}, Status.MALFORMED, Reason.JWS_HEADER),
        ({"kid": None}, Status.MALFORMED, Reason.JWS_HEADER),
        ({"crit": ["exp"], "exp": 1}, Status.MALFORMED, Reason.JWS_CRIT),
        ({"crit": []}, Status.MALFORMED, Reason.JWS_CRIT),
        ({"b64": False, "crit": ["b64"]}, Status.MALFORMED, Reason.JWS_CRIT),
        ({"jwk": {"kty": "OKP"}}, Status.MALFORMED, Reason.JWS_KEY_IN_HEADER),
        ({"jku": "https://example.org/k"}, Status.MALFORMED, Reason.JWS_KEY_IN_HEADER),
        ({"x5u": "https://example.org/k"}, Status.MALFORMED, Reason.JWS_KEY_IN_HEADER),
        ({"x5c": ["AA=="]}, Status.MALFORMED, Reason.JWS_KEY_IN_HEADER),
        ({"typ": "JWT"}, Status.MALFORMED, Reason.JWS_TYPE),
        ({"typ": None}, Status.MALFORMED, Reason.JWS_TYPE),
        ({"iat": True}, Status.MALFORMED, Reason.JWS_HEADER),
        ({"iat": str(NOW)}, Status.MALFORMED, Reason.JWS_HEADER),
        ({"iat": None}, Status.MALFORMED, Reason.JWS_HEADER),
    ],
)
def test_a_header_that_is_not_ours_is_refused_though_the_signature_is_good(
    changes: dict[str, Any], status: Status, reason: Reason
) -> None:
    assert judged(with_secured(RAW, forge(header(**changes)))) == (status, reason)


def test_the_public_key_is_no_hmac_secret() -> None:
    """The algorithm confusion of RFC 8725, section 2.1."""
    protected = encode_base64url(json.dumps(header(alg="HS256")).encode())
    mac = hmac.HMAC(decode_base64url(PUBLISHER.key.members["x"]), hashes.SHA256())
    mac.update(signing_input(protected, RAW.canonical))
    raw = with_secured(RAW, f"{protected}..{encode_base64url(mac.finalize())}")
    assert judged(raw) == (Status.INVALID, Reason.ALG_UNSUPPORTED)


def test_an_es256_signature_under_an_ed25519_kid_is_refused() -> None:
    other = Publisher("k1", alg="ES256")
    assert judged(other.seal(RAW)) == (Status.INVALID, Reason.ALG_MISMATCH)


def _respell(text: str) -> list[str]:
    protected, _, signature = text.split(".")
    alphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_"
    # 64 bytes end in two unused groups of bits; setting one spells the same bytes again.
    twin = alphabet[alphabet.index(signature[-1]) | 1]
    return [
        f"{protected}..{signature}==",
        f"{protected}=..{signature}",
        f"{protected}..{signature[:-1]}{twin}",
        f"{protected}..{signature} ",
        f" {protected}..{signature}",
        f"{protected}..{signature}\n",
        f"{protected}..{signature}.",
        f"{protected}.{encode_base64url(RAW.canonical)}.{signature}",
    ]


@pytest.mark.parametrize("text", _respell(SEALED.secured[0]))
def test_a_second_spelling_of_a_good_envelope_is_malformed(text: str) -> None:
    assert judged(with_secured(RAW, text)) == (Status.MALFORMED, Reason.JWS_ENCODING)


def test_a_signature_transplanted_from_another_path_is_invalid() -> None:
    other = PUBLISHER.seal(claim(path="_news/other.md", body=RAW.body))
    raw = with_secured(RAW, *other.secured)
    assert judged(raw) == (Status.INVALID, Reason.SIGNATURE_INVALID)


def test_canonical_bytes_transplanted_to_another_path_are_refused() -> None:
    raw = RawRecord("demo", "_news/other.md", SEALED.canonical, SEALED.body, SEALED.secured)
    assert judged(raw) == (Status.INVALID, Reason.CANONICAL_MISMATCH)


def test_a_record_transplanted_to_another_corpus_is_refused() -> None:
    raw = RawRecord("other", RAW.path, SEALED.canonical, SEALED.body, SEALED.secured)
    assert judged(raw) == (Status.INVALID, Reason.CANONICAL_MISMATCH)
    resealed = with_secured(claim(corpus="other"), *SEALED.secured)
    assert verify(resealed, TRUST, NOW).reason is Reason.KEY_NOT_FOR_CORPUS


def test_a_key_for_another_corpus_proves_nothing_here() -> None:
    stranger = Publisher(corpora=("other",))
    verdict = verify(stranger.seal(RAW), trust_in(stranger.public()), NOW)
    assert (verdict.status, verdict.reason) == (Status.INVALID, Reason.KEY_NOT_FOR_CORPUS)


@pytest.mark.parametrize("field", sorted(article_fields()))
def test_every_field_is_bound_by_the_seal(field: str) -> None:
    fields = article_fields()
    del fields[field]
    assert judged(with_secured(claim(fields, body=RAW.body), *SEALED.secured))[0] is Status.INVALID


def test_swapped_fields_are_detected() -> None:
    fields = article_fields()
    fields["title"], fields["excerpt"] = fields["excerpt"], fields["title"]
    raw = with_secured(claim(fields, body=RAW.body), *SEALED.secured)
    assert judged(raw) == (Status.INVALID, Reason.SIGNATURE_INVALID)


def test_an_edited_body_is_detected() -> None:
    raw = RawRecord("demo", RAW.path, SEALED.canonical, b"Body text!\n", SEALED.secured)
    assert judged(raw) == (Status.INVALID, Reason.BODY_MISMATCH)
    rebuilt = with_secured(claim(body=b"Body text!\n"), *SEALED.secured)
    assert judged(rebuilt) == (Status.INVALID, Reason.SIGNATURE_INVALID)


def test_a_stripped_envelope_is_missing() -> None:
    assert judged(with_secured(RAW)) == (Status.MISSING, Reason.SECURED_MISSING)


def test_a_seal_replaced_by_a_legacy_shaped_string_is_unverifiable() -> None:
    legacy = "AAAAAAAAAAAAAAAAAAAAAA==;AAAAAAAAAAAAAAAAAAAAAA=="
    assert judged(with_secured(RAW, legacy)) == (Status.UNVERIFIABLE, Reason.LEGACY_NO_KEY)


def test_one_key_under_two_kids_counts_once() -> None:
    twin = PUBLISHER.public(kid="k2")
    trust = trust_in(PUBLISHER.public(), twin, policy=Policy(default=Requirement(threshold=2)))
    raw = with_secured(RAW, forge(header()), forge(header(kid="k2")))
    verdict = verify(raw, trust, NOW)
    assert (verdict.status, verdict.reason) == (Status.INVALID, Reason.THRESHOLD_NOT_MET)


def test_a_stripped_post_quantum_signature_is_noticed() -> None:
    quantum = Publisher("q", alg="ML-DSA-65")
    policy = Policy(default=Requirement(threshold=1, post_quantum=True))
    trust = trust_in(PUBLISHER.public(), quantum.public(), policy=policy)
    assert verify(quantum.seal(SEALED), trust, NOW).status is Status.VERIFIED
    assert verify(SEALED, trust, NOW).reason is Reason.POST_QUANTUM_MISSING


@fuzz
@given(position=st.integers(0, len(SEALED.canonical) * 8 - 1))
def test_no_flipped_bit_of_the_canonical_bytes_is_verified(position: int) -> None:
    canonical = bytearray(SEALED.canonical)
    canonical[position // 8] ^= 1 << position % 8
    raw = RawRecord("demo", RAW.path, bytes(canonical), RAW.body, SEALED.secured)
    assert verify(raw, TRUST, NOW).status is not Status.VERIFIED


@fuzz
@given(position=st.integers(0, len(SEALED.secured[0]) * 8 - 1))
def test_no_flipped_bit_of_the_envelope_is_verified(position: int) -> None:
    envelope = bytearray(SEALED.secured[0].encode())
    envelope[position // 8] ^= 1 << position % 8
    raw = with_secured(RAW, envelope.decode("latin-1"))
    assert verify(raw, TRUST, NOW).status is not Status.VERIFIED


@fuzz
@given(position=st.integers(0, 511))
def test_no_flipped_bit_of_the_signature_is_verified(position: int) -> None:
    protected, _, text = SEALED.secured[0].split(".")
    signature = bytearray(decode_base64url(text))
    signature[position // 8] ^= 1 << position % 8
    raw = with_secured(RAW, f"{protected}..{encode_base64url(bytes(signature))}")
    assert judged(raw) == (Status.INVALID, Reason.SIGNATURE_INVALID)


@fuzz
@given(st.binary(), st.binary(), st.lists(st.text(), max_size=4))
def test_a_verdict_never_raises(canonical: bytes, body: bytes, secured: list[str]) -> None:
    raw = RawRecord("demo", RAW.path, canonical, body, tuple(secured))
    assert verify(raw, TRUST, NOW).status is not Status.VERIFIED
