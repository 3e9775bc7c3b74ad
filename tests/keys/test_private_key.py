"""Private key files, as `seal` is handed them."""

from __future__ import annotations

import json
from typing import Any

import pytest

from gateway.base64url import encode_base64url
from gateway.errors import KeyFileError, Reason
from gateway.keys.algorithms import ALGORITHMS, Algorithm
from gateway.keys.private_key import generate_private_key, parse_private_key

ED25519, ES256, ML_DSA_65, ML_DSA_44 = ALGORITHMS


def refused(jwk: dict[str, Any] | bytes) -> KeyFileError:
    data = jwk if isinstance(jwk, bytes) else json.dumps(jwk).encode()
    with pytest.raises(KeyFileError) as caught:
        parse_private_key(data, "me.jwk")
    assert (caught.value.code, caught.value.path) == (Reason.KEY_FILE, "me.jwk")
    return caught.value


@pytest.mark.parametrize("algorithm", ALGORITHMS, ids=lambda a: a.name)
def test_the_public_half_holds_no_secret(algorithm: Algorithm) -> None:
    key = generate_private_key(algorithm, "k1")
    public, private = key.public_jwk(), key.private_jwk()
    secret = private[algorithm.private_member]
    assert (public["kid"], public["use"]) == ("k1", "sig")
    assert algorithm.private_member not in public
    assert secret not in json.dumps(public)
    assert secret not in repr(key)
    assert secret not in str(key)


@pytest.mark.parametrize("algorithm", ALGORITHMS, ids=lambda a: a.name)
def test_members_that_are_not_the_key_are_not_kept(algorithm: Algorithm) -> None:
    key = generate_private_key(algorithm, "k1")
    more = {**key.private_jwk(), "use": "sig", "note": "x", "nbf": 1}
    assert parse_private_key(json.dumps(more).encode(), "me.jwk").private_jwk() == key.private_jwk()


@pytest.mark.parametrize("algorithm", ALGORITHMS, ids=lambda a: a.name)
def test_a_public_file_is_refused_by_what_it_lacks(algorithm: Algorithm) -> None:
    error = refused(dict(generate_private_key(algorithm, "k1").public_jwk()))
    assert f"member {algorithm.private_member} is missing" in error.message


@pytest.mark.parametrize("algorithm", ALGORITHMS, ids=lambda a: a.name)
def test_halves_of_two_keys_are_no_pair(algorithm: Algorithm) -> None:
    one, two = (generate_private_key(algorithm, "k1").private_jwk() for _ in range(2))
    member = algorithm.private_member
    refused({**one, member: two[member]})


@pytest.mark.parametrize("algorithm", ALGORITHMS, ids=lambda a: a.name)
@pytest.mark.parametrize("secret", ["", "AAAA", None, 1, encode_base64url(bytes(33)), "é"])
def test_a_secret_of_another_size_or_type_is_refused(algorithm: Algorithm, secret: Any) -> None:
    jwk = generate_private_key(algorithm, "k1").private_jwk()
    refused({**jwk, algorithm.private_member: secret})


@pytest.mark.parametrize("secret", [0, 2**256 - 1, 5])
def test_a_p256_secret_outside_of_the_group_or_of_another_point_is_refused(secret: int) -> None:
    jwk = generate_private_key(ES256, "k1").private_jwk()
    refused({**jwk, "d": encode_base64url(secret.to_bytes(32, "big"))})


@pytest.mark.parametrize("kid", [None, "", 1, ["k1"]])
def test_a_key_needs_a_name(kid: Any) -> None:
    refused({**generate_private_key(ED25519, "k1").private_jwk(), "kid": kid})


@pytest.mark.parametrize(
    "data", [b"", b"[]", b"-----BEGIN PRIVATE KEY-----\n", b'{"d": 1, "d": 2}', b'{"keys": []}']
)
def test_a_file_that_is_no_jwk_is_refused(data: bytes) -> None:
    refused(data)


def test_the_error_about_a_bad_secret_does_not_repeat_it() -> None:
    jwk = generate_private_key(ED25519, "k1").private_jwk()
    wrong = {**jwk, "d": jwk["d"] + "AA"}
    assert jwk["d"] not in refused(wrong).diagnostics()
