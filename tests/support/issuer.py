"""Somebody who issues JWTs, with real keys made for the test and a library that is not ours."""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from joserfc import jws
from joserfc.jwk import ECKey, OKPKey, RSAKey

from tests.support.publisher import NOW

ISSUER = "https://login.example.org"
AUDIENCE = "https://news.example.org/graphql"

_MAKE: dict[str, Any] = {
    "Ed25519": lambda: OKPKey.generate_key("Ed25519", private=True),
    "ES256": lambda: ECKey.generate_key("P-256", private=True),
    "RS256": lambda: RSAKey.generate_key(2048, private=True),
}


@dataclass
class Issuer:
    """A key pair under a name."""

    kid: str = "i1"
    alg: str = "Ed25519"
    key: Any = field(init=False)

    def __post_init__(self) -> None:
        self.key = _MAKE[self.alg]()

    def jwk(self, **members: Any) -> dict[str, Any]:
        return {**self.key.as_dict(private=False), "kid": self.kid, "alg": self.alg, **members}

    def write(self, path: Path, *others: Issuer) -> Path:
        keys = [issuer.jwk() for issuer in (self, *others)]
        path.write_text(json.dumps({"keys": keys}), encoding="utf-8")
        return path

    def token(
        self, scope: str | None = "read", header: dict[str, Any] | None = None, **claims: Any
    ) -> str:
        """Good for an hour from NOW on; claims of None are left out."""
        members = {
            "iss": ISSUER,
            "aud": AUDIENCE,
            "sub": "ada",
            "iat": NOW,
            "exp": NOW + 3600,
            "scope": scope,
            **claims,
        }
        payload = {name: value for name, value in members.items() if value is not None}
        protected = {"alg": self.alg, "kid": self.kid, "typ": "at+jwt", **(header or {})}
        protected = {name: value for name, value in protected.items() if value is not None}
        algorithms = [str(protected["alg"])]
        return str(jws.serialize_compact(protected, json.dumps(payload), self.key, algorithms))
