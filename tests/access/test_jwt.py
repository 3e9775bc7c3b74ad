"""JWTs of one issuer: what counts, and every way in which one does not (RFC 8725)."""

from __future__ import annotations

import hmac
import json
from pathlib import Path
from typing import Any

import pytest

from gateway.access.jwks import read_jwks
from gateway.access.jwt import JwtVerifier
from gateway.access.key_file import TokenFileError
from gateway.access.refusal import TokenError
from gateway.access.scope import Scope
from gateway.base64url import encode_base64url
from gateway.errors import Reason
from tests.support.issuer import AUDIENCE, ISSUER, Issuer
from tests.support.publisher import NOW


def verifier(tmp_path: Path, *issuers: Issuer) -> JwtVerifier:
    first, *others = issuers
    return JwtVerifier(read_jwks(first.write(tmp_path / "keys.json", *others)), ISSUER, AUDIENCE)


def refused(verify: JwtVerifier, token: str, now: int = NOW) -> str:
    with pytest.raises(TokenError) as caught:
        verify.caller(token, now)
    assert caught.value.code is Reason.UNAUTHENTICATED
    return caught.value.why


@pytest.fixture(scope="module")
def issuer() -> Issuer:
    return Issuer()


@pytest.mark.parametrize("alg", ["Ed25519", "ES256", "RS256"])
def test_a_token_of_the_issuer_says_who_asks_and_what_they_may(tmp_path: Path, alg: str) -> None:
    issuer = Issuer(alg=alg)
    caller = verifier(tmp_path, issuer).caller(issuer.token("read drafts unheard-of"), NOW)
    assert (caller.name, caller.until) == ("jwt:ada", NOW + 3600)
    assert caller.scopes == {Scope.READ, Scope.DRAFTS}


def test_scopes_may_also_be_a_list(tmp_path: Path, issuer: Issuer) -> None:
    token = issuer.token(scope=None, scp=["audit", 5])
    assert verifier(tmp_path, issuer).caller(token, NOW).scopes == {Scope.AUDIT}


def test_the_audience_may_be_one_of_several(tmp_path: Path, issuer: Issuer) -> None:
    verify = verifier(tmp_path, issuer)
    assert verify.caller(issuer.token(aud=["other", AUDIENCE]), NOW).name == "jwt:ada"


def test_a_subject_with_signs_of_its_own_cannot_forge_a_log_line(
    tmp_path: Path, issuer: Issuer
) -> None:
    name = verifier(tmp_path, issuer).caller(issuer.token(sub="a\nb" + "c" * 99), NOW).name
    assert name.startswith("jwt:a_b")
    assert len(name) <= 68


CLAIMS: list[tuple[dict[str, Any], str]] = [
    ({"exp": NOW}, "expired"),
    ({"exp": None}, "claims"),
    ({"exp": "later"}, "claims"),
    ({"exp": True}, "claims"),
    ({"exp": -1}, "claims"),
    ({"nbf": NOW + 61}, "early"),
    ({"iat": NOW + 61}, "early"),
    ({"iss": "https://else.example.org"}, "issuer"),
    ({"iss": None}, "issuer"),
    ({"aud": "https://else.example.org"}, "audience"),
    ({"aud": [AUDIENCE + "/"]}, "audience"),
    ({"aud": None}, "audience"),
]


@pytest.mark.parametrize(("claims", "why"), CLAIMS)
def test_a_token_for_another_time_or_place_does_not_count(
    tmp_path: Path, issuer: Issuer, claims: dict[str, Any], why: str
) -> None:
    assert refused(verifier(tmp_path, issuer), issuer.token(**claims)) == why


def test_a_clock_may_be_a_minute_ahead(tmp_path: Path, issuer: Issuer) -> None:
    token = issuer.token(iat=NOW + 60, nbf=NOW + 60)
    assert verifier(tmp_path, issuer).caller(token, NOW).name == "jwt:ada"


def test_another_issuers_key_under_the_same_name_does_not_count(tmp_path: Path) -> None:
    assert refused(verifier(tmp_path, Issuer()), Issuer().token()) == "signature"


def test_a_name_that_nobody_has_is_not_tried_with_other_keys(
    tmp_path: Path, issuer: Issuer
) -> None:
    verify = verifier(tmp_path, issuer, Issuer("i2"))
    assert refused(verify, issuer.token(header={"kid": "i3"})) == "unknown"
    assert refused(verify, issuer.token(header={"kid": None})) == "unknown"


def test_one_key_alone_needs_no_name(tmp_path: Path, issuer: Issuer) -> None:
    token = issuer.token(header={"kid": None})
    assert verifier(tmp_path, issuer).caller(token, NOW).name == "jwt:ada"


def test_no_algorithm_is_none_of_ours(tmp_path: Path, issuer: Issuer) -> None:
    _, payload, _ = issuer.token().split(".")
    head = encode_base64url(json.dumps({"alg": "none", "kid": "i1"}).encode())
    assert refused(verifier(tmp_path, issuer), f"{head}.{payload}.") == "signature"


def test_a_public_key_is_not_taken_for_a_shared_secret(tmp_path: Path) -> None:
    """RFC 8725, section 2.1: HMAC with the text of the public key."""
    issuer = Issuer(alg="RS256")
    verify = verifier(tmp_path, issuer)
    header, payload = {"alg": "HS256", "kid": "i1"}, {"iss": ISSUER, "exp": NOW + 9}
    signed = b".".join(
        encode_base64url(json.dumps(part).encode()).encode() for part in (header, payload)
    )
    for secret in (issuer.key.as_pem(private=False), json.dumps(issuer.jwk()).encode()):
        tag = encode_base64url(hmac.digest(secret, signed, "sha256"))
        assert refused(verify, f"{signed.decode()}.{tag}") == "signature"


def test_a_record_seal_is_no_token(tmp_path: Path, issuer: Issuer) -> None:
    token = issuer.token(header={"typ": "sealgate-record+jws"})
    assert refused(verifier(tmp_path, issuer), token) == "malformed"


@pytest.mark.parametrize("token", ["", "a", "a.b", "..", "a.b.c.d", "e30.e30.e30", "W10.e30.e30"])
def test_what_is_no_jwt_is_refused_as_that(tmp_path: Path, issuer: Issuer, token: str) -> None:
    assert refused(verifier(tmp_path, issuer), token) in {"malformed", "unknown", "signature"}


def test_changing_one_character_anywhere_ends_it(tmp_path: Path, issuer: Issuer) -> None:
    verify, token = verifier(tmp_path, issuer), issuer.token()
    # The last character of Ed25519's 64 bytes has bits to spare, which strict decoding looks at.
    for place in range(0, len(token), 7):
        other = "A" if token[place] != "A" else "B"
        assert refused(verify, token[:place] + other + token[place + 1 :])


KEYS: dict[str, dict[str, Any]] = {
    "a private key": {"d": "AAAA"},
    "a shared key": {"kty": "oct", "k": "AAAA"},
    "for encryption": {"use": "enc"},
    "not for verifying": {"key_ops": ["sign"]},
    "of a curve for agreement": {"crv": "X25519"},
    "with an algorithm that does not fit": {"alg": "ES256"},
    "a name that is none": {"kid": 5},
    "half a key": {"x": "AAAA"},
}


@pytest.mark.parametrize("members", KEYS.values(), ids=KEYS)
def test_a_key_set_that_could_do_harm_is_refused_as_a_whole(
    tmp_path: Path, issuer: Issuer, members: dict[str, Any]
) -> None:
    path = tmp_path / "keys.json"
    path.write_text(json.dumps({"keys": [issuer.jwk(**members)]}), encoding="utf-8")
    with pytest.raises(TokenFileError) as caught:
        read_jwks(path)
    assert caught.value.code is Reason.TOKEN_FILE


@pytest.mark.parametrize("text", ["", "[]", "{}", '{"keys":[]}', '{"keys":[5]}', "{" * 99])
def test_what_is_no_key_set_is_refused(tmp_path: Path, text: str) -> None:
    path = tmp_path / "keys.json"
    path.write_text(text, encoding="utf-8")
    with pytest.raises(TokenFileError):
        read_jwks(path)


def test_of_several_keys_each_has_a_name(tmp_path: Path) -> None:
    with pytest.raises(TokenFileError, match="kid of its own"):
        read_jwks(Issuer().write(tmp_path / "keys.json", Issuer()))
