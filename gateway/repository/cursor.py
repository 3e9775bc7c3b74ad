"""Opaque cursors: which snapshot a client pages through and where it stands."""

from __future__ import annotations

import hashlib
import hmac
from dataclasses import dataclass

import orjson

from gateway.base64url import decode_base64url, encode_base64url
from gateway.errors import QueryError, Reason

_TAG = 16
_MAX_CHARS = 16_384  # the longest path there can be, escaped and encoded


@dataclass(frozen=True)
class Cursor:
    """snapshot: its id; path: the record it stands on; listing: the digest of the list."""

    snapshot: int
    path: str
    listing: str


class CursorCodec:
    """Cursors are authenticated with a key of the store: nobody can make one but a gateway."""

    def __init__(self, key: bytes) -> None:
        self._key = key

    def encode(self, cursor: Cursor) -> str:
        payload = orjson.dumps([cursor.snapshot, cursor.path, cursor.listing])
        return encode_base64url(self._tag(payload) + payload)

    def decode(self, text: str) -> Cursor:
        """Raises QueryError(CURSOR_INVALID) for everything that `encode` did not return."""
        try:
            data = decode_base64url(text[: _MAX_CHARS + 1])
        except ValueError:
            raise _invalid() from None
        tag, payload = data[:_TAG], data[_TAG:]
        if not hmac.compare_digest(tag, self._tag(payload)):
            raise _invalid()
        snapshot, path, listing = orjson.loads(payload)
        return Cursor(snapshot, path, listing)

    def _tag(self, payload: bytes) -> bytes:
        return hmac.new(self._key, b"cursor" + payload, hashlib.sha256).digest()[:_TAG]


def _invalid() -> QueryError:
    return QueryError(
        Reason.CURSOR_INVALID,
        "this cursor was not issued by this gateway",
        hint="Start again without a cursor.",
    )
