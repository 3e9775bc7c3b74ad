"""Who a token speaks for, and whether it still does."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path

from gateway.access.api_key import ApiKey, id_of
from gateway.access.caller import ANONYMOUS, Caller
from gateway.access.jwks import read_jwks
from gateway.access.jwt import JwtVerifier
from gateway.access.key_file import read_key_file
from gateway.access.refusal import TokenError, missing
from gateway.access.scope import Scope

# Compared with where no key has the id, so that it takes as long to find out.
_NOBODY = ApiKey("", "0" * 64, frozenset(), 0)


class Access:
    """What was in force when it was made; nothing of it changes. open_scopes: what everybody may
    do, with a token or without."""

    def __init__(
        self,
        open_scopes: Iterable[Scope],
        keys: Iterable[ApiKey] = (),
        jwt: JwtVerifier | None = None,
    ) -> None:
        self._open = frozenset(open_scopes)
        self._keys = {key.id: key for key in keys}
        self._jwt = jwt
        self.anonymous = Caller(ANONYMOUS, self._open)

    def caller(self, token: str | None, now: int) -> Caller:
        """Raises TokenError: a token that does not count is never taken for none."""
        if token is None:
            return self.anonymous
        if id_of(token) is not None:
            return self._by_key(token, now)
        if self._jwt is None:
            raise TokenError("unknown")
        found = self._jwt.caller(token, now)
        return Caller(found.name, found.scopes | self._open, found.until, found.proof)

    def stands(self, caller: Caller, now: int) -> bool:
        """Whether a token that was checked before, perhaps by another Access, would still do."""
        if caller.until is not None and caller.until <= now:
            return False
        if caller.is_anonymous:
            return caller.scopes <= self._open
        if isinstance(caller.proof, ApiKey):
            key = self._keys.get(caller.proof.id)
            return key is not None and _caller(key, self._open) == caller
        return self._jwt is not None and self._jwt.knows(caller.proof)

    def _by_key(self, text: str, now: int) -> Caller:
        key = self._keys.get(id_of(text) or "", _NOBODY)
        if not key.is_text(text):
            raise TokenError("unknown")
        if key.expires is not None and key.expires <= now:
            raise TokenError("expired")
        return _caller(key, self._open)


def _caller(key: ApiKey, open_scopes: frozenset[Scope]) -> Caller:
    return Caller(f"key:{key.id}", key.scopes | open_scopes, key.expires, key)


def require(caller: Caller, scope: Scope) -> None:
    """Raises QueryError, FORBIDDEN or UNAUTHENTICATED, for callers without a scope."""
    if scope not in caller.scopes:
        raise missing(scope, anonymous=caller.is_anonymous)


def read_access(
    open_scopes: Iterable[Scope],
    token_file: Path | None,
    jwt_keys: Path | None,
    issuer: str | None,
    audience: str | None,
) -> Access:
    """From the files. Without jwt_keys there are no JWTs. Raises TokenFileError."""
    keys = () if token_file is None else read_key_file(token_file)
    if jwt_keys is None:
        return Access(open_scopes, keys)
    return Access(open_scopes, keys, JwtVerifier(read_jwks(jwt_keys), issuer or "", audience or ""))
