"""Compact JWS with detached content: RFC 7515, section 7.1 and appendix F."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import Any

from gateway.base64url import decode_base64url, encode_base64url
from gateway.errors import EnvelopeError, Reason
from gateway.json_object import read_object

TYPE = "sealgate-record+jws"
# Members that carry or fetch a key. RFC 8725 section 3.10 wants them distrusted; here they are
# refused, since a reader with another library might follow them.
_KEY_MEMBERS = ("jku", "jwk", "x5u", "x5c", "x5t", "x5t#S256")
_MAX_HEADER = 2048


@dataclass(frozen=True)
class JwsHeader:
    """The protected header. iat is in seconds since 1970 and is the signer's own claim."""

    alg: str
    kid: str
    iat: int


@dataclass(frozen=True)
class DetachedJws:
    header: JwsHeader
    protected: str
    signature: bytes

    def signing_input(self, payload: bytes) -> bytes:
        """RFC 7515 section 5.1, step 8, over the payload that the record supplies."""
        return signing_input(self.protected, payload)


def signing_input(protected: str, payload: bytes) -> bytes:
    return f"{protected}.{encode_base64url(payload)}".encode("ascii")


def parse_jws(text: str) -> DetachedJws:
    """The envelope that `text` spells. Raises EnvelopeError for every other string."""
    parts = text.split(".")
    if len(parts) != 3 or parts[1]:
        raise EnvelopeError(Reason.JWS_ENCODING, "not header..signature")
    try:
        header = decode_base64url(parts[0])
        signature = decode_base64url(parts[2])
    except ValueError:
        raise EnvelopeError(Reason.JWS_ENCODING, "not strict base64url") from None
    if not signature:
        raise EnvelopeError(Reason.JWS_ENCODING, "the signature is empty")
    return DetachedJws(read_header(header, TYPE), parts[0], signature)


def protected_header(alg: str, kid: str, iat: int, typ: str = TYPE) -> str:
    """The encoded protected header of a new JWS."""
    header = {"alg": alg, "kid": kid, "typ": typ, "iat": iat}
    return encode_base64url(json.dumps(header, separators=(",", ":")).encode())


def read_header(data: bytes, typ: str) -> JwsHeader:
    """The protected header in decoded form, which must say that it is of this type.

    RFC 8725 section 3.11: with a type of its own each, no signature passes for another kind's.
    Raises EnvelopeError.
    """
    members = _members(data)
    if "crit" in members or "b64" in members:
        # Nothing critical is understood here, so RFC 7515 section 4.1.11 demands refusal.
        raise EnvelopeError(Reason.JWS_CRIT, "the header has critical members")
    if found := [name for name in _KEY_MEMBERS if name in members]:
        raise EnvelopeError(Reason.JWS_KEY_IN_HEADER, f"the header brings its own key ({found[0]})")
    if members.get("typ") != typ:
        raise EnvelopeError(Reason.JWS_TYPE, f"typ is not {typ}")
    match members:
        case {"alg": str(alg), "kid": str(kid), "iat": int(iat)} if kid and type(iat) is int:
            return JwsHeader(alg, kid, iat)
    raise EnvelopeError(Reason.JWS_HEADER, "alg, kid and iat must be text, text and an integer")


def _members(data: bytes) -> dict[str, Any]:
    if len(data) > _MAX_HEADER:
        raise EnvelopeError(Reason.JWS_HEADER, f"the header is longer than {_MAX_HEADER} bytes")
    try:
        return read_object(data)
    except ValueError as error:
        raise EnvelopeError(Reason.JWS_HEADER, f"unusable header: {error}") from None
