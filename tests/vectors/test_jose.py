"""The examples of RFC 7515, 7638, 8037 and 9964: signatures, thumbprints and key types of JOSE."""

from __future__ import annotations

import json

import pytest
from cryptography.hazmat.primitives.asymmetric import mldsa

from gateway.base64url import decode_base64url, encode_base64url
from gateway.keys.algorithms import ALGORITHMS, Algorithm, Members
from gateway.keys.public_key import PublicKey, parse_public_key
from tests.vectors.published import RFC7515, RFC7515_JWS, RFC8037, RFC8037_JWS

ED25519, ES256, _, ML_DSA_44 = ALGORITHMS


def split(jws: str) -> tuple[bytes, bytes]:
    """The signature of a compact JWS, and what it is over."""
    message, _, signature = jws.rpartition(".")
    return decode_base64url(signature), message.encode()


@pytest.mark.parametrize(
    ("algorithm", "jwk", "jws"),
    [(ED25519, RFC8037, RFC8037_JWS), (ES256, RFC7515, RFC7515_JWS)],
    ids=["RFC 8037 A.4", "RFC 7515 A.3"],
)
def test_the_signature_of_the_example_is_verified_and_no_other(
    algorithm: Algorithm, jwk: Members, jws: str
) -> None:
    signature, message = split(jws)
    public = algorithm.public_jwk(jwk)
    file = json.dumps({**public, "kid": "k", "corpora": []}).encode()
    verify = parse_public_key(file, "k.jwk").verify
    assert verify(signature, message)
    assert not verify(signature, message + b"x")
    assert not verify(signature[::-1], message)
    assert verify(algorithm.signer(jwk)(message), message)


def test_ed25519_makes_the_very_signature_of_rfc_8037() -> None:
    signature, message = split(RFC8037_JWS)
    assert ED25519.signer(RFC8037)(message) == signature


def thumbprint(members: Members) -> str:
    verify = ED25519.verifier(RFC8037)
    return PublicKey("k", ED25519, members, frozenset(), None, None, None, verify).thumbprint


# RFC 7638, section 3.1. RSA keys are refused here; how a thumbprint is made is the same for all.
RFC7638 = {
    "kty": "RSA",
    "n": (
        "0vx7agoebGcQSuuPiLJXZptN9nndrQmbXEps2aiAFbWhM78LhWx4cbbfAAtVT86zwu1RK7aPFFxuhDR1L6tSoc_BJECP"
        "ebWKRXjBZCiFV4n3oknjhMstn64tZ_2W-5JsGY4Hc5n9yBXArwl93lqt7_RN5w6Cf0h4QyQ5v-65YGjQR0_FDW2QvzqY"
        "368QQMicAtaSqzs8KJZgnYb9c7d0zgdAZHzu6qMQvRL5hajrn1n91CbOpbISD08qNLyrdkt-bFTWhAI4vMQFh6WeZu0f"
        "M4lFd2NcRwr3XPksINHaQ-G_xBniIqbw0Ls1jF44-csFCur-kEgU8awapJzKnqDKgw"
    ),
    "e": "AQAB",
}


@pytest.mark.parametrize(
    ("members", "expected"),
    [
        (RFC7638, "NzbLsXh8uDCcd-6MNwXF4W_7noWXFZAfHkxZsRGC9Xs"),
        (ED25519.public_jwk(RFC8037), "kPrK_qmxVWaYVA9wwBF6Iuo3vVzz7TxHCTwXBygrS4k"),
    ],
    ids=["RFC 7638 section 3.1", "RFC 8037 A.3"],
)
def test_thumbprints_are_those_of_the_examples(members: Members, expected: str) -> None:
    assert thumbprint(members) == expected


def test_the_key_that_rfc_9964_makes_of_zeros_is_made_and_named_as_there() -> None:
    """Its example key: `priv` is the seed, `kid` the thumbprint over alg, kty and pub."""
    zeros = encode_base64url(bytes(32))
    members = {"kty": "AKP", "alg": "ML-DSA-44", "priv": zeros}
    pub = _public_of_seed(zeros)
    assert pub.startswith("unH59k4Ru")
    assert pub.endswith("DZgbTP07e7gEWzw4MFRrndjbDQ")
    public = ML_DSA_44.public_jwk({**members, "pub": pub})
    assert thumbprint(public) == "T4xl70S7MT6Zeq6r9V9fPJGVn76wfnXJ21-gyo0Gu6o"
    signature = ML_DSA_44.signer({**members, "pub": pub})(b"message")
    assert ML_DSA_44.verifier(public)(signature, b"message")


def _public_of_seed(seed: str) -> str:
    private = mldsa.MLDSA44PrivateKey.from_seed_bytes(decode_base64url(seed))
    return encode_base64url(private.public_key().public_bytes_raw())
