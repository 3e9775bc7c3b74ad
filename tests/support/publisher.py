"""Somebody who seals records, with real keys made for the test."""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from gateway.canonical.record import encode_record
from gateway.corpus.seal import sign_record
from gateway.keys.algorithms import ALGORITHMS
from gateway.keys.private_key import PrivateKey, generate_private_key
from gateway.keys.public_key import PublicKey, parse_public_key
from gateway.records.raw import RawRecord
from gateway.trust.policy import Policy
from gateway.trust.trust import Trust

NOW = 1_800_000_000
YEAR = 31_536_000


@dataclass
class Publisher:
    """A key pair; members override or add to its public JWK."""

    kid: str = "k1"
    alg: str = "Ed25519"
    corpora: tuple[str, ...] = ("demo",)
    members: dict[str, Any] = field(default_factory=dict)
    key: PrivateKey = field(init=False)

    def __post_init__(self) -> None:
        algorithm = next(a for a in ALGORITHMS if a.name == self.alg)
        self.key = generate_private_key(algorithm, self.kid)

    def jwk(self, **members: Any) -> dict[str, Any]:
        window = {"nbf": NOW - YEAR, "exp": NOW + YEAR}
        corpora = {"corpora": list(self.corpora)}
        return {**self.key.public_jwk(), **window, **corpora, **self.members, **members}

    def public(self, **members: Any) -> PublicKey:
        return parse_public_key(json.dumps(self.jwk(**members)).encode(), f"{self.kid}.jwk")

    def envelope(self, raw: RawRecord, iat: int = NOW) -> str:
        return sign_record(self.key, raw.canonical, iat)

    def seal(self, raw: RawRecord, iat: int = NOW) -> RawRecord:
        return with_secured(raw, *raw.secured, self.envelope(raw, iat))

    def write_public(self, folder: Path, **members: Any) -> Path:
        folder.mkdir(parents=True, exist_ok=True)
        path = folder / f"{self.kid}.jwk"
        path.write_text(json.dumps(self.jwk(**members)), encoding="utf-8")
        return path


def claim(
    fields: dict[str, object] | None = None,
    *,
    corpus: str = "demo",
    path: str = "_news/a.md",
    body: bytes = b"",
) -> RawRecord:
    """An unsealed record with these front matter fields."""
    chosen = article_fields() if fields is None else fields
    return RawRecord(corpus, path, encode_record(corpus, path, chosen, body), body, ())


def with_secured(raw: RawRecord, *secured: str) -> RawRecord:
    return RawRecord(raw.corpus, raw.path, raw.canonical, raw.body, secured)


def article_fields(**changes: object) -> dict[str, object]:
    """Front matter of a complete article."""
    return {
        "category": "news",
        "title": "A seal on every page",
        "excerpt": "Why a newsroom signs what it publishes.",
        "publishedDateTime": "2026-03-04T09:15:00Z",
        "originalUrl": "https://news.example.org/seal",
        "webUrl": "https://news.example.org/seal",
        "type": "article",
        "quality": 80,
        "heat": 12,
        "published": True,
        "provider": {"name": "Example News", "domain": "example.org"},
        "topics": ["AI"],
        **changes,
    }


def trust_in(*keys: PublicKey, policy: Policy | None = None, legacy: bytes | None = None) -> Trust:
    return Trust.of(keys, policy or Policy(), legacy)
