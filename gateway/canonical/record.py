"""Canonical bytes of a record, both ways."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass

import orjson

from gateway.canonical.jcs import canonicalize
from gateway.errors import CanonicalError, Reason

VERSION = 1


@dataclass(frozen=True)
class CanonicalRecord:
    """The decoded members of the canonical bytes. `body` is `sha256:` and 64 hex digits."""

    corpus: str
    path: str
    record: Mapping[str, object]
    body: str


def body_digest(body: bytes) -> str:
    return f"sha256:{hashlib.sha256(body).hexdigest()}"


def encode_record(corpus: str, path: str, fields: Mapping[str, object], body: bytes) -> bytes:
    """Canonical bytes: everything that is served, and where it stands. `secured` is left out."""
    record = {key: value for key, value in fields.items() if key != "secured"}
    return canonicalize(
        {"v": VERSION, "corpus": corpus, "path": path, "record": record, "body": body_digest(body)}
    )


def decode_record(data: bytes) -> CanonicalRecord:
    """The members of canonical bytes that may come from anywhere. Raises CanonicalError."""
    try:
        value = orjson.loads(data)
    except orjson.JSONDecodeError as error:
        raise CanonicalError(Reason.CANONICAL_UNREADABLE, f"not JSON: {error}") from None
    match value:
        case {
            "v": 1,
            "corpus": str(corpus),
            "path": str(path),
            "record": dict(record),
            "body": str(body),
        } if len(value) == 5 and value["v"] is not True:
            return CanonicalRecord(corpus, path, record, body)
    raise CanonicalError(Reason.CANONICAL_UNREADABLE, "not the canonical form of a record")
