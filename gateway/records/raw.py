"""A record as somebody claims it: bytes and envelopes, nothing proven yet."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from functools import cached_property


@dataclass(frozen=True)
class RawRecord:
    """One record before its verdict.

    canonical: RFC 8785 bytes that the envelopes speak of (docs/record-format.md).
    body: the bytes after the closing fence, bound to `canonical` by their SHA-256.
    secured: the envelopes in the order of the file; empty when there is none.
    """

    corpus: str
    path: str
    canonical: bytes
    body: bytes
    secured: tuple[str, ...]

    @cached_property
    def digest(self) -> str:
        """Lower-case hex SHA-256 of the canonical bytes."""
        return hashlib.sha256(self.canonical).hexdigest()

    @cached_property
    def fingerprint(self) -> bytes:
        """SHA-256 over every byte a verdict depends on; each part is preceded by its length."""
        state = hashlib.sha256()
        for part in (
            self.corpus.encode(),
            self.path.encode(),
            self.canonical,
            self.body,
            *(entry.encode() for entry in self.secured),
        ):
            state.update(len(part).to_bytes(8, "big"))
            state.update(part)
        return state.digest()
