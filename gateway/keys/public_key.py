"""A publisher's public key, as one JWK file (RFC 7517) with a validity window.

Members beyond RFC 7517 follow OpenID Federation 1.0 section 8.7 where it has a name: `nbf` and
`exp` in seconds since 1970, `revoked` with `revoked_at` and `reason`. `corpora` is ours: the names
of the corpora this key may sign.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cached_property
from typing import cast

from gateway.base64url import encode_base64url
from gateway.errors import KeyFileError, Reason
from gateway.keys.algorithms import Algorithm, Members, Verify, WeakKeyError, algorithm_of
from gateway.keys.jwk_file import read_jwk

_PRIVATE_MEMBERS = ("d", "p", "q", "dp", "dq", "qi", "oth", "k", "priv")
# RFC 7517 lets readers ignore what they do not know. Here a misspelt `exp` would be a key that
# never ends, so what is not known is refused.
_KEY_MEMBERS = frozenset({"kty", "crv", "x", "y", "pub", "alg", "use", "key_ops", "kid", "iat"})
_MEMBERS = _KEY_MEMBERS | {"nbf", "exp", "revoked", "corpora"}
_MAX_TIME = 253_402_300_799  # 9999-12-31T23:59:59Z, the last instant RFC 3339 can write


@dataclass(frozen=True)
class Revocation:
    """at: seconds since 1970; reason: free text for people."""

    at: int
    reason: str


@dataclass(frozen=True)
class PublicKey:
    """One trusted key. not_before and not_after bound its validity, both inclusive, in seconds
    since 1970; None is open. An empty `corpora` may sign nothing."""

    kid: str
    algorithm: Algorithm
    members: Members
    corpora: frozenset[str]
    not_before: int | None
    not_after: int | None
    revocation: Revocation | None
    verify: Verify = field(compare=False, repr=False)

    @cached_property
    def thumbprint(self) -> str:
        """RFC 7638: the key's identity by its bytes, whatever it is called."""
        text = json.dumps(self.members, separators=(",", ":"), sort_keys=True)
        return encode_base64url(hashlib.sha256(text.encode()).digest())

    def __getstate__(self) -> dict[str, object]:
        """For another process: what verifies is made anew there, from the key's own bytes."""
        return {**self.__dict__, "algorithm": None, "verify": None}

    def __setstate__(self, state: dict[str, object]) -> None:
        members = cast("Members", state["members"])
        algorithm = algorithm_of(members)
        if algorithm is None:
            raise TypeError("not the state of a public key")
        self.__dict__.update(state, algorithm=algorithm, verify=algorithm.verifier(members))

    def boundaries(self) -> tuple[int, ...]:
        """The instants at which what this key proves may change, in seconds since 1970."""
        ends = () if self.not_after is None else (self.not_after + 1,)
        starts = () if self.not_before is None else (self.not_before,)
        return (*starts, *ends)


def parse_public_key(data: bytes, name: str) -> PublicKey:
    """The key in the file content `data`; `name` is the file as errors call it.

    Raises KeyFileError: KEY_PRIVATE when private members are present, KEY_WEAK for points that
    verify anything, KEY_FILE for everything else that is wrong.
    """
    jwk = read_jwk(data, name)
    if found := [member for member in _PRIVATE_MEMBERS if member in jwk]:
        raise KeyFileError(
            Reason.KEY_PRIVATE,
            f"the file holds a private key (member {found[0]})",
            path=name,
            hint="Take it out of this folder now, and revoke the key: it must count as published.",
        )
    if unknown := sorted(jwk.keys() - _MEMBERS):
        raise _bad(name, f"{unknown[0]!r} is not a member of a key file")
    algorithm = algorithm_of(jwk)
    if algorithm is None:
        raise _bad(name, "kty and crv are not of Ed25519, P-256, ML-DSA-44 or ML-DSA-65")
    if not algorithm.accepts(str(jwk.get("alg", algorithm.name))):
        raise _bad(name, f"alg must be {algorithm.name}, or left out")
    if jwk.get("use", "sig") != "sig":
        raise _bad(name, "use must be sig, or left out")
    # First, since it looks at all the material; what follows may take it for granted.
    verify = _verifier(algorithm, jwk, name)
    return PublicKey(
        kid=_kid(jwk, name),
        algorithm=algorithm,
        members=algorithm.public_jwk(jwk),
        corpora=_corpora(jwk, name),
        not_before=_time(jwk, "nbf", name),
        not_after=_time(jwk, "exp", name),
        revocation=_revocation(jwk, name),
        verify=verify,
    )


def _bad(name: str, message: str) -> KeyFileError:
    hint = "See docs/keys.md for the members of a key file."
    return KeyFileError(Reason.KEY_FILE, message, path=name, hint=hint)


def _verifier(algorithm: Algorithm, jwk: Mapping[str, object], name: str) -> Verify:
    try:
        return algorithm.verifier(jwk)
    except WeakKeyError as error:
        hint = "Generate a real key; signatures under this one prove nothing."
        raise KeyFileError(Reason.KEY_WEAK, str(error), path=name, hint=hint) from None
    except ValueError as error:
        raise _bad(name, f"unusable key material: {error}") from None


def _kid(jwk: Mapping[str, object], name: str) -> str:
    kid = jwk.get("kid")
    if not isinstance(kid, str) or not kid or len(kid) > 200 or not kid.isprintable():
        raise _bad(name, "kid must be printable text of at most 200 characters")
    return kid


def _corpora(jwk: Mapping[str, object], name: str) -> frozenset[str]:
    corpora = jwk.get("corpora")
    if not isinstance(corpora, list) or not all(isinstance(item, str) for item in corpora):
        raise _bad(name, "corpora must be a list of corpus names")
    return frozenset(corpora)


def _time(jwk: Mapping[str, object], member: str, name: str) -> int | None:
    value = jwk.get(member)
    if value is None:
        return None
    if not isinstance(value, int) or isinstance(value, bool) or not 0 <= value <= _MAX_TIME:
        raise _bad(name, f"{member} must be whole seconds since 1970")
    return value


def _revocation(jwk: Mapping[str, object], name: str) -> Revocation | None:
    revoked = jwk.get("revoked")
    if revoked is None:
        return None
    if not isinstance(revoked, dict):
        raise _bad(name, "revoked must be an object with revoked_at and reason")
    at = _time(revoked, "revoked_at", name)
    if at is None:
        raise _bad(name, "revoked lacks revoked_at")
    reason = revoked.get("reason", "")
    if not isinstance(reason, str):
        raise _bad(name, "revoked.reason must be text")
    return Revocation(at, reason)
