"""Public keys of an issuer of tokens, as a JWK Set (RFC 7517, section 5)."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from joserfc.errors import JoseError
from joserfc.jwk import ECKey, OKPKey, RSAKey

from gateway.access.key_file import TokenFileError
from gateway.errors import FrontMatterError, Reason
from gateway.frontmatter.source import read_regular
from gateway.json_object import read_object

MAX_BYTES = 1 << 18
_PRIVATE = ("d", "p", "q", "dp", "dq", "qi", "oth", "k")
_LEAST_RSA_BITS = 2048

# What a key signs with is said by the key, never by the token alone: a token that could choose
# would choose the algorithm for which it knows a secret (RFC 8725, section 3.1).
_BY_CURVE: Mapping[tuple[object, object], tuple[str, ...]] = {
    ("OKP", "Ed25519"): ("Ed25519", "EdDSA"),
    ("EC", "P-256"): ("ES256",),
    ("EC", "P-384"): ("ES384",),
    ("EC", "P-521"): ("ES512",),
}
_FOR_RSA = frozenset({"RS256", "RS384", "RS512", "PS256", "PS384", "PS512"})


@dataclass(frozen=True)
class SigningKey:
    """algorithms: those that it signs with, by their names in RFC 7518 and RFC 9864."""

    kid: str | None
    algorithms: tuple[str, ...]
    thumbprint: str
    material: RSAKey | ECKey | OKPKey


def read_jwks(path: Path) -> tuple[SigningKey, ...]:
    """Raises TokenFileError."""
    try:
        data = read_regular(path, MAX_BYTES)
    except FrontMatterError as error:
        raise TokenFileError(error.code, error.message, path=str(path)) from None
    return parse_jwks(data, str(path))


def parse_jwks(data: bytes, path: str) -> tuple[SigningKey, ...]:
    """Raises TokenFileError naming `path`."""
    try:
        value = read_object(data)
    except ValueError as error:
        raise _bad(path, f"not a JWK Set: {error}") from None
    members = value.get("keys")
    if not isinstance(members, list) or not members:
        raise _bad(path, "a JWK Set has a list of keys")
    keys = tuple(_key(jwk, path) for jwk in members)
    names = {key.kid for key in keys}
    if len(keys) > 1 and (None in names or len(names) != len(keys)):
        raise _bad(path, "of several keys each needs a kid of its own")
    return keys


def _key(jwk: object, path: str) -> SigningKey:
    if not isinstance(jwk, dict):
        raise _bad(path, "a key must be an object")
    if found := [member for member in _PRIVATE if member in jwk]:
        raise _bad(path, f"holds a private or shared key (member {found[0]})")
    if jwk.get("use", "sig") != "sig" or "verify" not in jwk.get("key_ops", ["verify"]):
        raise _bad(path, "use or key_ops of a key do not allow it to verify")
    kid = jwk.get("kid")
    if kid is not None and not isinstance(kid, str):
        raise _bad(path, "kid must be text")
    algorithms = _algorithms(jwk, path)
    try:
        material = _material(jwk)
        return SigningKey(kid, algorithms, material.thumbprint(), material)
    except (JoseError, ValueError, TypeError) as error:
        raise _bad(path, f"unusable key material: {error}") from None


def _algorithms(jwk: Mapping[str, Any], path: str) -> tuple[str, ...]:
    stated = jwk.get("alg")
    kind, curve = jwk.get("kty"), jwk.get("crv")
    if kind == "RSA":
        if not isinstance(stated, str) or stated not in _FOR_RSA:
            raise _bad(path, f"alg of an RSA key must be one of {', '.join(sorted(_FOR_RSA))}")
        return (stated,)
    is_named = isinstance(kind, str) and isinstance(curve, str)
    known = _BY_CURVE.get((kind, curve)) if is_named else None
    if known is None or (stated is not None and stated not in known):
        raise _bad(path, "keys must be RSA, Ed25519, P-256, P-384 or P-521, with an alg that fits")
    return known


def _material(jwk: Mapping[str, Any]) -> RSAKey | ECKey | OKPKey:
    """Raises JoseError, ValueError or TypeError."""
    members: Any = {name: jwk[name] for name in ("kty", "crv", "x", "y", "n", "e") if name in jwk}
    if jwk["kty"] == "RSA":
        key = RSAKey.import_key(members)
        bits = key.public_key.key_size
        if bits < _LEAST_RSA_BITS:
            raise ValueError(f"{bits} bits are too few")
        return key
    return ECKey.import_key(members) if jwk["kty"] == "EC" else OKPKey.import_key(members)


def _bad(path: str, message: str) -> TokenFileError:
    hint = "See docs/access.md for what the file of jwt_keys holds."
    return TokenFileError(Reason.TOKEN_FILE, message, path=path, hint=hint)
