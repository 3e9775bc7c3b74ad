"""Parsers of what callers show, and of the files that say what counts."""

from __future__ import annotations

import json

from joserfc import jws

from gateway.access.bearer import MAX_CHARS, bearer
from gateway.access.jwks import parse_jwks
from gateway.access.jwt import JwtVerifier
from gateway.access.key_file import parse_key_file
from gateway.access.scope import Scope
from tests.support.issuer import AUDIENCE, ISSUER, Issuer
from tests.support.parser import Parser, text_of
from tests.support.publisher import NOW

_ISSUER = Issuer()
_VERIFIER = JwtVerifier(
    parse_jwks(json.dumps({"keys": [_ISSUER.jwk()]}).encode(), "k"), ISSUER, AUDIENCE
)
_TOKEN = _ISSUER.token("read drafts", nbf=NOW)
_CLAIMS = {
    "iss": ISSUER,
    "aud": [AUDIENCE],
    "sub": "ada",
    "iat": NOW,
    "nbf": NOW,
    "exp": NOW + 9,
    "scope": "read",
}


def _bearer(data: bytes) -> None:
    token = bearer([text_of(data)])
    assert token is not None
    assert 0 < len(token) <= MAX_CHARS
    assert token.isascii()


def _jwt(data: bytes) -> None:
    caller = _VERIFIER.caller(text_of(data), NOW)
    # Whoever did not change it is all that there is to find.
    assert data == _TOKEN.encode()
    assert caller.scopes == {Scope.READ, Scope.DRAFTS}


def _claims(data: bytes) -> None:
    """The issuer signed it, whatever it is."""
    header = {"alg": _ISSUER.alg, "kid": _ISSUER.kid}
    token = jws.serialize_compact(header, data, _ISSUER.key, [_ISSUER.alg])
    caller = _VERIFIER.caller(str(token), NOW)
    assert caller.name.isprintable()
    assert caller.scopes <= set(Scope)
    assert caller.until is not None
    assert caller.until > NOW


def _jwks(data: bytes) -> None:
    for key in parse_jwks(data, "keys.json"):
        assert key.thumbprint
        assert "private" not in repr(key.material).lower()
        assert "none" not in key.algorithms


def _key_file(data: bytes) -> None:
    for key in parse_key_file(data, "tokens.json"):
        assert not key.is_text("")
        assert key.scopes <= set(Scope)
        assert key.expires is None or key.expires >= 0


_KEY_SET = {"keys": [_ISSUER.jwk(), Issuer("i2", "ES256").jwk(use="sig")]}
_KEYS = {
    "tokens": [
        {"id": "0123456789ab", "sha256": "ab" * 32, "scopes": ["read", "drafts"], "created": 5},
        {"id": "0123456789ac", "sha256": "ab" * 32, "scopes": [], "created": 5, "expires": 9},
    ]
}


TOKENS = (
    Parser("Authorization", _bearer, [b"Bearer " + _TOKEN.encode()], [b"bearer", b"=", b" ", b","]),
    Parser("JWT", _jwt, [_TOKEN.encode()], [b".", b"=", b"e30"]),
    Parser(
        "JWT claims", _claims, [json.dumps(_CLAIMS).encode()], [b'"exp":1e400', b"true"], [_CLAIMS]
    ),
    Parser("JWK Set", _jwks, [json.dumps(_KEY_SET).encode()], [b'"d":"",', b'"k"'], [_KEY_SET]),
    Parser("API keys", _key_file, [json.dumps(_KEYS).encode()], [b'"read"', b"null"], [_KEYS]),
)
