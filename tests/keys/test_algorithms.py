"""Signature algorithms. The vectors of their standards are in tests/vectors."""

from __future__ import annotations

from typing import Any

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey
from cryptography.hazmat.primitives.asymmetric.utils import encode_dss_signature

from gateway.base64url import decode_base64url, encode_base64url
from gateway.keys.algorithms import ALGORITHMS, Algorithm, WeakKeyError, algorithm_of, is_known_alg
from gateway.keys.small_order import P, is_weak_ed25519
from tests.vectors.published import RFC7515, RFC7515_JWS, RFC8037, RFC8037_JWS

ED25519, ES256, ML_DSA_65, ML_DSA_44 = ALGORITHMS

SIGNED_8037, _, RFC8037_SIGNATURE = RFC8037_JWS.rpartition(".")
SIGNED_7515, _, RFC7515_SIGNATURE = RFC7515_JWS.rpartition(".")
RFC8037_INPUT, RFC7515_INPUT = SIGNED_8037.encode(), SIGNED_7515.encode()


def test_es256_takes_r_and_s_of_32_bytes_and_no_der() -> None:
    signature = decode_base64url(RFC7515_SIGNATURE)
    verify = ES256.verifier(RFC7515)
    r, s = (int.from_bytes(half, "big") for half in (signature[:32], signature[32:]))
    zero = bytes(32)
    order = 0xFFFFFFFF00000000FFFFFFFFFFFFFFFFBCE6FAADA7179E84F3B9CAC2FC632551
    for wrong in (
        encode_dss_signature(r, s),
        signature[:-1],
        signature + b"\0",
        b"",
        zero + signature[32:],
        signature[:32] + zero,
        zero + zero,
        order.to_bytes(32, "big") + signature[32:],
        b"\xff" * 64,
    ):
        assert not verify(wrong, RFC7515_INPUT)


@pytest.mark.parametrize("algorithm", ALGORITHMS, ids=lambda a: a.name)
def test_every_algorithm_verifies_what_it_signs_and_nothing_else(algorithm: Algorithm) -> None:
    jwk, other = algorithm.generate(), algorithm.generate()
    signature = algorithm.signer(jwk)(b"message")
    verify = algorithm.verifier(jwk)
    assert verify(signature, b"message")
    assert not verify(signature, b"massage")
    assert not algorithm.verifier(other)(signature, b"message")
    assert not verify(signature[:-1], b"message")
    assert not verify(signature + b"\0", b"message")
    assert not verify(b"", b"message")
    assert algorithm_of(jwk) is algorithm
    assert algorithm.private_member not in algorithm.public_jwk(jwk)


def test_ed25519_refuses_a_signature_with_s_beyond_the_group_order() -> None:
    """RFC 8032, section 5.1.7: S + L would be a second spelling."""
    signature = decode_base64url(RFC8037_SIGNATURE)
    order = 2**252 + 27742317777372353535851937790883648493
    s = int.from_bytes(signature[32:], "little") + order
    assert not ED25519.verifier(RFC8037)(signature[:32] + s.to_bytes(32, "little"), RFC8037_INPUT)


def test_under_the_identity_key_one_signature_fits_every_message() -> None:
    """Why small orders are refused: what a library without that check says."""
    identity = (1).to_bytes(32, "little")
    signature = identity + bytes(32)
    naive = Ed25519PublicKey.from_public_bytes(identity)
    for number in range(8):
        naive.verify(signature, f"message {number}".encode())


Y8 = int.from_bytes(
    bytes.fromhex("26e8958fc2b227b045c3f489f2ef98f0d5dfac05d3c63339b13802886d53fc05"), "little"
)


@pytest.mark.parametrize("sign", [0, 1 << 255])
@pytest.mark.parametrize("y", [0, 1, P - 1, P, P + 1, P + 18, Y8, P - Y8])
def test_points_of_small_order_and_second_spellings_are_weak(y: int, sign: int) -> None:
    public = (y | sign).to_bytes(32, "little")
    assert is_weak_ed25519(public)
    with pytest.raises(WeakKeyError):
        ED25519.verifier({"kty": "OKP", "crv": "Ed25519", "x": encode_base64url(public)})


@pytest.mark.parametrize(("algorithm", "size"), [(ML_DSA_65, 1952), (ML_DSA_44, 1312)])
def test_an_ml_dsa_key_under_which_nobody_needs_a_secret_is_weak(
    algorithm: Algorithm, size: int
) -> None:
    for start in (bytes(32), b"\xff" * 32):
        pub = encode_base64url(start + bytes(size - 32))
        with pytest.raises(WeakKeyError):
            algorithm.verifier({"kty": "AKP", "alg": algorithm.name, "pub": pub})


def test_ordinary_points_are_not_weak() -> None:
    assert not is_weak_ed25519(decode_base64url(RFC8037["x"]))


@pytest.mark.parametrize(
    ("algorithm", "jwk"),
    [
        (ED25519, {**RFC8037, "x": RFC8037["x"][:-2]}),
        (ED25519, {**RFC8037, "x": RFC8037["x"] + "="}),
        (ED25519, {**RFC8037, "x": None}),
        (ES256, {**RFC7515, "y": RFC7515["x"]}),
        (ES256, {**RFC7515, "x": encode_base64url(bytes(32)), "y": encode_base64url(bytes(32))}),
        (ES256, {**RFC7515, "x": encode_base64url(b"\xff" * 32)}),
        (ML_DSA_65, {"kty": "AKP", "alg": "ML-DSA-65", "pub": encode_base64url(bytes(1951))}),
        (ML_DSA_44, {"kty": "AKP", "alg": "ML-DSA-44", "pub": encode_base64url(bytes(1952))}),
    ],
)
def test_unusable_material_is_a_value_error(algorithm: Algorithm, jwk: dict[str, Any]) -> None:
    with pytest.raises(ValueError):
        algorithm.verifier(jwk)


@pytest.mark.parametrize(
    "jwk",
    [
        {"kty": "RSA", "n": "AQAB", "e": "AQAB"},
        {"kty": "oct", "k": "AAAA"},
        {"kty": "EC", "crv": "secp256k1"},
        {"kty": "EC", "crv": "P-384"},
        {"kty": "OKP", "crv": "X25519"},
        {"kty": "OKP", "crv": "Ed448"},
        {"kty": "AKP", "alg": "ML-DSA-87"},
        {"kty": "AKP"},
        {},
    ],
)
def test_other_kinds_of_keys_have_no_algorithm_here(jwk: dict[str, str]) -> None:
    assert algorithm_of(jwk) is None


def test_names_that_are_known_and_names_that_are_not() -> None:
    known = ["Ed25519", "EdDSA", "ES256", "ML-DSA-65", "ML-DSA-44"]
    assert all(is_known_alg(name) for name in known)
    assert not any(is_known_alg(name) for name in ("none", "None", "", "HS256", "RS256", "es256"))
