"""API keys: a name and a secret that nobody can guess."""

from __future__ import annotations

import hashlib
import hmac
import re
import secrets
from dataclasses import dataclass

from gateway.access.scope import Scope

# So that scanners of leaked secrets know one when they see it.
PREFIX = "sealgate_"
_KEY = re.compile(PREFIX + r"([0-9a-f]{12})_([A-Za-z0-9\-_]{43})")


@dataclass(frozen=True)
class ApiKey:
    """What is known of a key. digest: SHA-256 of its text, in hexadecimal; times in Unix seconds,
    expires None for never; note: for people."""

    id: str
    digest: str
    scopes: frozenset[Scope]
    created: int
    expires: int | None = None
    note: str = ""

    def is_text(self, text: str) -> bool:
        """Whether this is the key, in a time that does not tell how nearly it is."""
        return hmac.compare_digest(digest_of(text), self.digest)


def new_key_text() -> tuple[str, str]:
    """An id, and the text of a new key with 256 bits that nobody knows."""
    key_id = secrets.token_hex(6)
    return key_id, f"{PREFIX}{key_id}_{secrets.token_urlsafe(32)}"


def id_of(text: str) -> str | None:
    """The id in the text of a key; None for what is not the text of one."""
    found = _KEY.fullmatch(text)
    return None if found is None else found[1]


def digest_of(text: str) -> str:
    return hashlib.sha256(text.encode("ascii", "replace")).hexdigest()
