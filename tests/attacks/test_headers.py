"""Attacks in the header of a JWS: other algorithms, keys that it brings along, second spellings."""

from __future__ import annotations

import json
from typing import Any

import pytest
from cryptography.hazmat.primitives import hashes, hmac

from gateway.base64url import decode_base64url, encode_base64url
from gateway.envelope.jws import signing_input
from gateway.errors import Reason
from gateway.verdict.status import Status
from tests.attacks.forgery import PUBLISHER, RAW, SEALED, forge, header, judged
from tests.attacks.scene import Scene
from tests.support.publisher import Publisher, with_secured

# What the header says instead, though the signature over it is good.
HEADERS: list[tuple[dict[str, Any], Status, Reason]] = [
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
    ({"iat": "1800000000"}, Status.MALFORMED, Reason.JWS_HEADER),
    ({"iat": None}, Status.MALFORMED, Reason.JWS_HEADER),
]


@pytest.mark.parametrize(("changes", "status", "reason"), HEADERS)
def test_a_header_that_is_not_ours_is_refused_though_the_signature_is_good(
    changes: dict[str, Any], status: Status, reason: Reason
) -> None:
    assert judged(with_secured(RAW, forge(header(**changes)))) == (status, reason)


SERVED = ("none", "HS256", "ES256", "../../etc/passwd", "jwk", "jku", "x5u", "crit", "JWT")


@pytest.mark.parametrize(
    ("changes", "status", "reason"),
    [case for case in HEADERS if any(word in json.dumps(case[0]) for word in SERVED)],
)
def test_a_record_with_such_a_header_is_on_no_surface(
    scene: Scene, changes: dict[str, Any], status: Status, reason: Reason
) -> None:
    scene.write()
    scene.write(forge(header(**changes), scene.claim().canonical, scene.publisher))
    scene.withheld(reason)


@pytest.mark.parametrize("member", ["jwk", "jku", "x5u"])
def test_a_strangers_own_key_in_the_header_is_never_asked(scene: Scene, member: str) -> None:
    """The attack of RFC 8725, section 2.9: signed by a key that the message itself brings."""
    stranger = Publisher("k1")
    brought: dict[str, Any] = {
        "jwk": stranger.key.public_jwk(),
        "jku": "http://127.0.0.1:9/keys",
        "x5u": "http://127.0.0.1:9/cert",
    }
    scene.write()
    envelope = forge(header(**{member: brought[member]}), scene.claim().canonical, stranger)
    scene.write(envelope)
    scene.withheld(Reason.JWS_KEY_IN_HEADER)


def test_the_public_key_is_no_hmac_secret() -> None:
    """The algorithm confusion of RFC 8725, section 2.1."""
    protected = encode_base64url(json.dumps(header(alg="HS256")).encode())
    mac = hmac.HMAC(decode_base64url(PUBLISHER.key.members["x"]), hashes.SHA256())
    mac.update(signing_input(protected, RAW.canonical))
    raw = with_secured(RAW, f"{protected}..{encode_base64url(mac.finalize())}")
    assert judged(raw) == (Status.INVALID, Reason.ALG_UNSUPPORTED)


@pytest.mark.parametrize("alg", ["ES256", "ML-DSA-44", "ML-DSA-65"])
def test_a_signature_of_another_algorithm_under_the_kid_is_refused(scene: Scene, alg: str) -> None:
    """The key's own entry says what it is for, whatever a header and a signature agree on."""
    other = Publisher(scene.publisher.kid, alg=alg)
    assert judged(Publisher("k1", alg=alg).seal(RAW)) == (Status.INVALID, Reason.ALG_MISMATCH)
    scene.seal(other)
    scene.withheld(Reason.ALG_MISMATCH)


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
