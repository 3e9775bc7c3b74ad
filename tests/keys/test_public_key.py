"""Public key files: identity, windows, and everything that would make trust meaningless."""

from __future__ import annotations

import json
import pickle
from typing import Any

import pytest
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from joserfc.jwk import ECKey, OKPKey

from gateway.base64url import encode_base64url
from gateway.errors import KeyFileError, Reason
from gateway.keys.algorithms import ALGORITHMS, Algorithm
from gateway.keys.private_key import generate_private_key
from gateway.keys.public_key import PublicKey, parse_public_key
from gateway.keys.small_order import P

ED25519: dict[str, Any] = {
    "kty": "OKP",
    "crv": "Ed25519",
    "x": "11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo",
    "kid": "k1",
    "corpora": ["demo"],
}
P256: dict[str, Any] = {
    "kty": "EC",
    "crv": "P-256",
    "x": "f83OJ3D2xF1Bg8vub9tLe1gHMzV76e8Tus9uPHvRVEU",
    "y": "x_FEzRu9m36HLN_tue659LNpXW6pCyStikYjKIWI5a0",
    "kid": "k1",
    "corpora": [],
}
LAST = 253_402_300_799


def parse(jwk: dict[str, Any]) -> PublicKey:
    return parse_public_key(json.dumps(jwk).encode(), "keys/k1.jwk")


def refused(jwk: dict[str, Any] | bytes) -> KeyFileError:
    data = jwk if isinstance(jwk, bytes) else json.dumps(jwk).encode()
    with pytest.raises(KeyFileError) as caught:
        parse_public_key(data, "keys/k1.jwk")
    assert caught.value.path == "keys/k1.jwk"
    return caught.value


def number(value: int) -> str:
    return encode_base64url(value.to_bytes(32, "big"))


# Every encoding of the eight points of small order: y with either sign bit, y below P or above it.
ORDER_8 = int.from_bytes(
    bytes.fromhex("26e8958fc2b227b045c3f489f2ef98f0d5dfac05d3c63339b13802886d53fc05"), "little"
)
WEAK = [y | sign << 255 for y in (0, 1, P - 1, ORDER_8, P - ORDER_8, P, P + 1) for sign in (0, 1)]


@pytest.mark.parametrize("encoded", WEAK, ids=hex)
def test_a_file_with_a_point_of_small_order_is_refused_as_weak(encoded: int) -> None:
    x = encode_base64url(encoded.to_bytes(32, "little"))
    assert refused({**ED25519, "x": x}).code is Reason.KEY_WEAK


@pytest.mark.parametrize("y", range(P, 2**255))
def test_no_y_beyond_the_field_is_a_second_spelling_of_a_key(y: int) -> None:
    x = encode_base64url(y.to_bytes(32, "little"))
    assert refused({**ED25519, "x": x}).code is Reason.KEY_WEAK


@pytest.mark.parametrize("member", ["d", "p", "q", "dp", "dq", "qi", "oth", "k", "priv"])
@pytest.mark.parametrize("value", ["AAAA", None, ""])
def test_every_private_member_is_refused_before_anything_else(member: str, value: Any) -> None:
    error = refused({"kty": "anything", member: value})
    assert error.code is Reason.KEY_PRIVATE
    assert "revoke" in error.hint


@pytest.mark.parametrize("algorithm", ALGORITHMS, ids=lambda a: a.name)
def test_a_generated_private_file_in_the_trust_folder_is_refused_as_such(algorithm: Any) -> None:
    key = generate_private_key(algorithm, "k1")
    assert refused(dict(key.private_jwk())).code is Reason.KEY_PRIVATE
    public = parse({**key.public_jwk(), "corpora": ["demo"]})
    assert public.algorithm is algorithm
    assert public.verify(key.sign(b"m"), b"m")


def test_rsa_secp256k1_and_x25519_are_refused() -> None:
    modulus = rsa.generate_private_key(65537, 2048).public_key().public_numbers().n
    point = ec.generate_private_key(ec.SECP256K1()).public_key().public_numbers()
    coordinates = {"x": number(point.x), "y": number(point.y)}
    n = encode_base64url(modulus.to_bytes(256, "big"))
    common = {"kid": "k1", "corpora": []}
    for jwk in (
        {"kty": "RSA", "n": n, "e": "AQAB", **common},
        {"kty": "EC", "crv": "secp256k1", **coordinates, **common},
        {**ED25519, "crv": "X25519"},
        {**ED25519, "crv": "ed25519"},
        {**ED25519, "kty": "okp"},
        {**ED25519, "kty": ["OKP"]},
    ):
        assert refused(jwk).code is Reason.KEY_FILE


def test_a_secp256k1_point_does_not_pass_as_p256() -> None:
    point = ec.generate_private_key(ec.SECP256K1()).public_key().public_numbers()
    error = refused({**P256, "x": number(point.x), "y": number(point.y)})
    assert error.code is Reason.KEY_FILE


@pytest.mark.parametrize(
    ("x", "y"),
    [(P256["y"], P256["x"]), (P256["x"], P256["x"]), (number(0), number(0)), ("AAAA", P256["y"])],
)
def test_a_point_that_is_not_on_the_curve_is_refused(x: str, y: str) -> None:
    assert refused({**P256, "x": x, "y": y}).code is Reason.KEY_FILE


@pytest.mark.parametrize(
    ("jwk", "alg"),
    [
        (ED25519, "ES256"),
        (ED25519, "none"),
        (ED25519, ""),
        (ED25519, None),
        (ED25519, "ed25519"),
        (ED25519, ["Ed25519"]),
        (P256, "EdDSA"),
        (P256, "ES384"),
        ({**ED25519, "kty": "AKP"}, "Ed25519"),
    ],
)
def test_an_alg_that_contradicts_the_key_is_refused(jwk: dict[str, Any], alg: Any) -> None:
    assert refused({**jwk, "alg": alg}).code is Reason.KEY_FILE


@pytest.mark.parametrize("use", ["enc", "SIG", "", None, ["sig"]])
def test_a_key_for_another_use_is_refused(use: Any) -> None:
    assert refused({**ED25519, "use": use}).code is Reason.KEY_FILE


@pytest.mark.parametrize("member", ["nbf", "exp"])
@pytest.mark.parametrize("value", [True, 1.0, "1", [1], {}, -1, LAST + 1])
def test_a_time_is_whole_seconds_that_a_date_can_write(member: str, value: Any) -> None:
    assert refused({**ED25519, member: value}).code is Reason.KEY_FILE
    revoked = {"revoked_at": value, "reason": "x"}
    assert refused({**ED25519, "revoked": revoked}).code is Reason.KEY_FILE


def test_the_first_and_the_last_second_are_times() -> None:
    key = parse({**ED25519, "nbf": 0, "exp": LAST, "revoked": {"revoked_at": 0}})
    assert (key.not_before, key.not_after) == (0, LAST)
    assert key.revocation is not None
    assert (key.revocation.at, key.revocation.reason) == (0, "")
    assert key.boundaries() == (0, LAST + 1)


@pytest.mark.parametrize("value", [False, True, 1, "yes", [], ["x"]])
def test_a_revocation_is_an_object_and_never_quietly_ignored(value: Any) -> None:
    assert refused({**ED25519, "revoked": value}).code is Reason.KEY_FILE


@pytest.mark.parametrize("value", [None, "demo", {"demo": True}, [None], [["demo"]], 1])
def test_corpora_is_a_list_of_names(value: Any) -> None:
    assert refused({**ED25519, "corpora": value}).code is Reason.KEY_FILE


@pytest.mark.parametrize("name", ["kid", "corpora", "kty", "crv"])
def test_what_a_key_cannot_do_without(name: str) -> None:
    jwk = {key: value for key, value in ED25519.items() if key != name}
    assert refused(jwk).code is Reason.KEY_FILE


def test_a_name_that_stands_twice_is_refused_at_every_depth() -> None:
    text = json.dumps(ED25519)
    for more in (
        '"kid": "k2"',
        '"\\u006bid": "k1"',
        '"revoked": {"revoked_at": 1, "revoked_at": 2}',
    ):
        assert refused(f"{text[:-1]}, {more}}}".encode()).code is Reason.KEY_FILE


def test_a_set_of_keys_is_refused_with_what_to_do() -> None:
    error = refused({"keys": [ED25519]})
    assert error.code is Reason.KEY_FILE
    assert "file of its own" in error.message


def test_a_syntax_error_in_json_has_its_line() -> None:
    error = refused(b'{\n "kty": "OKP",\n "x" 1\n}')
    assert (error.code, error.line) == (Reason.KEY_FILE, 3)


def test_thumbprints_are_those_of_another_implementation() -> None:
    assert parse(ED25519).thumbprint == "kPrK_qmxVWaYVA9wwBF6Iuo3vVzz7TxHCTwXBygrS4k"
    ours = {name: ED25519[name] for name in ("kty", "crv", "x")}
    assert parse(ED25519).thumbprint == OKPKey.import_key(ours).thumbprint()
    ours = {name: P256[name] for name in ("kty", "crv", "x", "y")}
    assert parse(P256).thumbprint == ECKey.import_key(ours).thumbprint()


@pytest.mark.parametrize("algorithm", ALGORITHMS, ids=lambda algorithm: algorithm.name)
def test_a_key_for_another_process_verifies_there_what_it_verifies_here(
    algorithm: Algorithm,
) -> None:
    private = generate_private_key(algorithm, "k1")
    key = parse({**private.public_jwk(), "corpora": ["demo"], "nbf": 1, "exp": LAST})
    again = pickle.loads(pickle.dumps(key))
    assert again == key
    assert again.algorithm is key.algorithm
    assert again.verify(private.sign(b"signed"), b"signed")
    assert not again.verify(private.sign(b"signed"), b"Signed")
