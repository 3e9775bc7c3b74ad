"""Key files, public and private."""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gateway.base64url import encode_base64url
from gateway.errors import KeyFileError, Reason
from gateway.keys.private_key import parse_private_key
from gateway.keys.public_key import parse_public_key
from tests.support.fuzz import fuzz
from tests.support.publisher import NOW, YEAR, Publisher

JWK: dict[str, Any] = {
    "kty": "OKP",
    "crv": "Ed25519",
    "x": "11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo",
    "kid": "k1",
    "corpora": ["demo"],
}


def refused(value: Any) -> Reason:
    data = value if isinstance(value, bytes) else json.dumps(value).encode()
    with pytest.raises(KeyFileError) as caught:
        parse_public_key(data, "k1.jwk")
    assert caught.value.path == "k1.jwk"
    return caught.value.code


def test_a_public_key_is_read_with_its_metadata() -> None:
    revoked = {"revoked_at": 5, "reason": "lost"}
    members = {**JWK, "alg": "EdDSA", "use": "sig", "nbf": 1, "exp": 9, "revoked": revoked}
    key = parse_public_key(json.dumps({**members, "key_ops": ["verify"]}).encode(), "k")
    assert (key.kid, key.algorithm.name, sorted(key.corpora)) == ("k1", "Ed25519", ["demo"])
    assert (key.not_before, key.not_after) == (1, 9)
    assert key.revocation is not None
    assert (key.revocation.at, key.revocation.reason) == (5, "lost")
    assert key.boundaries() == (1, 10)


def test_the_thumbprint_is_the_one_of_rfc_8037_appendix_a3() -> None:
    key = parse_public_key(json.dumps(JWK).encode(), "k")
    assert key.thumbprint == "kPrK_qmxVWaYVA9wwBF6Iuo3vVzz7TxHCTwXBygrS4k"


def test_the_thumbprint_does_not_depend_on_name_or_metadata() -> None:
    publisher = Publisher(alg="ES256")
    assert publisher.public().thumbprint == publisher.public(kid="k2", exp=None).thumbprint
    assert publisher.public().thumbprint != Publisher(alg="ES256").public().thumbprint


@pytest.mark.parametrize(
    "value",
    [
        b"",
        b"{",
        b"\xff",
        b"[]",
        b"[" * 50_000,
        b'{"kid": "a", "kid": "b"}',
        {"keys": [JWK]},
        {**JWK, "kty": "RSA"},
        {**JWK, "exq": 1},
        {**JWK, "revokd": {"revoked_at": 1}},
        {**JWK, "corpora": ["\ud800"]},
        {**JWK, "crv": "X25519"},
        {**JWK, "alg": "ES256"},
        {**JWK, "alg": "none"},
        {**JWK, "use": "enc"},
        {**JWK, "kid": ""},
        {**JWK, "kid": 1},
        {**JWK, "kid": "a\nb"},
        {**JWK, "kid": "a" * 201},
        {**JWK, "x": "AAAA"},
        {name: JWK[name] for name in ("kty", "crv", "kid", "corpora")},
        {"kty": "EC", "crv": "P-256", "x": JWK["x"], "kid": "k", "corpora": []},
        {"kty": "AKP", "alg": "ML-DSA-65", "kid": "k", "corpora": []},
        {**JWK, "revoked": {"revoked_at": 1, "reason": 5}},
        {**JWK, "x": JWK["x"] + "="},
        {**JWK, "corpora": "demo"},
        {**JWK, "corpora": [1]},
        {**JWK, "corpora": None},
        {**JWK, "nbf": "1"},
        {**JWK, "nbf": 1.5},
        {**JWK, "nbf": True},
        {**JWK, "exp": -1},
        {**JWK, "exp": 10**12},
        {**JWK, "revoked": True},
        {**JWK, "revoked": {}},
        {**JWK, "revoked": {"revoked_at": "now"}},
    ],
)
def test_an_unusable_key_file_is_refused(value: Any) -> None:
    assert refused(value) is Reason.KEY_FILE


@pytest.mark.parametrize("member", ["d", "priv", "k", "p"])
def test_a_private_member_is_refused_as_such(member: str) -> None:
    assert refused({**JWK, member: "AAAA"}) is Reason.KEY_PRIVATE


def test_a_weak_key_is_refused_as_such() -> None:
    assert refused({**JWK, "x": encode_base64url((1).to_bytes(32, "little"))}) is Reason.KEY_WEAK


@fuzz
@given(st.binary(max_size=200) | st.text(max_size=100).map(json.dumps).map(str.encode))
def test_arbitrary_bytes_raise_nothing_but_our_error(data: bytes) -> None:
    assert refused(data) is Reason.KEY_FILE
    with pytest.raises(KeyFileError):
        parse_private_key(data, "k")


@pytest.mark.parametrize("alg", ["Ed25519", "ES256", "ML-DSA-65", "ML-DSA-44"])
def test_a_private_key_comes_back_from_its_file(alg: str) -> None:
    publisher = Publisher(alg=alg)
    data = json.dumps(publisher.key.private_jwk()).encode()
    again = parse_private_key(data, "me.jwk")
    assert again == publisher.key
    assert publisher.public().verify(again.sign(b"x"), b"x")
    assert publisher.key.members[publisher.key.algorithm.private_member] not in repr(again)


@pytest.mark.parametrize("alg", ["Ed25519", "ML-DSA-65"])
def test_a_private_key_with_another_public_half_is_refused(alg: str) -> None:
    one, two = Publisher(alg=alg), Publisher(alg=alg)
    member = one.key.algorithm.private_member
    mixed = {**one.key.private_jwk(), member: two.key.members[member]}
    with pytest.raises(KeyFileError) as caught:
        parse_private_key(json.dumps(mixed).encode(), "me.jwk")
    assert caught.value.code is Reason.KEY_FILE


def test_a_public_key_is_no_private_key() -> None:
    with pytest.raises(KeyFileError, match="this is a public key"):
        parse_private_key(json.dumps(JWK).encode(), "me.jwk")


def test_the_publishers_of_these_tests_have_the_window_they_claim() -> None:
    key = Publisher().public()
    assert (key.not_before, key.not_after) == (NOW - YEAR, NOW + YEAR)
