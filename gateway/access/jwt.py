"""JSON Web Tokens of one issuer (RFC 7519), checked as RFC 8725 and RFC 9068 advise."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from joserfc import jws
from joserfc.errors import JoseError

from gateway.access.caller import Caller
from gateway.access.jwks import SigningKey
from gateway.access.refusal import TokenError
from gateway.access.scope import known_scopes
from gateway.base64url import decode_base64url
from gateway.json_object import read_object

# Seconds that the issuer's clock may be ahead of ours.
_LEEWAY = 60
_TYPES = frozenset({"jwt", "at+jwt", "application/jwt", "application/at+jwt"})
_UNSHOWN = re.compile(r"[^A-Za-z0-9._@:\-]")
_MAX_NAME = 64


@dataclass(frozen=True)
class JwtVerifier:
    """issuer, audience: what `iss` must be, and `aud` must be or hold."""

    keys: Sequence[SigningKey]
    issuer: str
    audience: str

    def caller(self, text: str, now: int) -> Caller:
        """Whom a token speaks for. Raises TokenError."""
        key = self._key(_header(text))
        claims = _claims(text, key)
        self._check(claims, now)
        name = _UNSHOWN.sub("_", str(claims.get("sub", "")))[:_MAX_NAME]
        return Caller(f"jwt:{name}", _scopes(claims), int(claims["exp"]), key.thumbprint)

    def knows(self, proof: object) -> bool:
        """Whether the key with which a token was checked is still among the keys."""
        return any(key.thumbprint == proof for key in self.keys)

    def _key(self, header: Mapping[str, Any]) -> SigningKey:
        # Of keys, addresses and certificates that a token brings itself, nothing is looked at.
        kid = header.get("kid")
        found = [key for key in self.keys if key.kid == kid]
        if not found and kid is None and len(self.keys) == 1:
            found = list(self.keys)
        if not found:
            raise TokenError("unknown")
        if header.get("alg") not in found[0].algorithms:
            raise TokenError("signature")
        return found[0]

    def _check(self, claims: Mapping[str, Any], now: int) -> None:
        if claims.get("iss") != self.issuer:
            raise TokenError("issuer")
        audience = claims.get("aud")
        if self.audience not in (audience if isinstance(audience, list) else [audience]):
            raise TokenError("audience")
        ends = _time(claims, "exp")
        if ends is None:
            raise TokenError("claims")
        if ends <= now:
            raise TokenError("expired")
        for name in ("nbf", "iat"):
            if (_time(claims, name) or 0) > now + _LEEWAY:
                raise TokenError("early")


def _header(text: str) -> Mapping[str, Any]:
    if text.count(".") != 2:
        raise TokenError("malformed")
    try:
        header = read_object(decode_base64url(text.partition(".")[0]))
    except ValueError:
        raise TokenError("malformed") from None
    kind = header.get("typ", "JWT")
    if "crit" in header or not isinstance(kind, str) or kind.lower() not in _TYPES:
        raise TokenError("malformed")
    return header


def _claims(text: str, key: SigningKey) -> Mapping[str, Any]:
    try:
        payload = jws.deserialize_compact(text, key.material, list(key.algorithms)).payload
    except (JoseError, ValueError, TypeError):
        raise TokenError("signature") from None
    try:
        return read_object(payload)
    except ValueError:
        raise TokenError("malformed") from None


def _time(claims: Mapping[str, Any], name: str) -> float | None:
    """A NumericDate (RFC 7519, section 2)."""
    value = claims.get(name)
    if value is None:
        return None
    if isinstance(value, bool) or not isinstance(value, int | float) or not 0 <= value < 1 << 53:
        raise TokenError("claims")
    return value


def _scopes(claims: Mapping[str, Any]) -> frozenset[Any]:
    """Of `scope`, names with blanks between them (RFC 9068, section 2.2.3), or a list in `scp`."""
    found = claims.get("scope", claims.get("scp", ""))
    if isinstance(found, str):
        return known_scopes(found.split(" "))
    return known_scopes(found if isinstance(found, list) else ())
