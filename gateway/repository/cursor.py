"""Opaque cursors: which snapshot a client pages through and where it stands."""

from __future__ import annotations

import hashlib
import hmac
from functools import lru_cache
from typing import Any, NamedTuple

import orjson

from gateway.base64url import decode_base64url, encode_base64url
from gateway.errors import QueryError, Reason

_TAG = 16
_MAX_CHARS = 16_384  # the longest path there can be, escaped and encoded

# Cursors that are kept, of paths of so many characters; each takes up to 2 KiB.
_KEPT = 16_384
_SHORT = 256


class Cursor(NamedTuple):
    """snapshot: its id; path: the record it stands on; listing: the digest of the list."""

    snapshot: int
    path: str
    listing: str


class CursorCodec:
    """Cursors are authenticated with a key of the store: nobody can make one but a gateway."""

    def __init__(self, key: bytes) -> None:
        self._key = key
        # A page has one for each record, and whoever asks for it again gets the same.
        self._encoded = lru_cache(_KEPT)(self._encode)

    def encode(self, cursor: Cursor) -> str:
        return self._encoded(cursor) if len(cursor.path) <= _SHORT else self._encode(cursor)

    def _encode(self, cursor: Cursor) -> str:
        return self._seal(b"list", list(cursor))

    def decode(self, text: str) -> Cursor:
        """Raises QueryError(CURSOR_INVALID) for everything that `encode` did not return."""
        match self._open(b"list", text):
            case [snapshot, str(path), str(listing)] if _is_number(snapshot):
                return Cursor(snapshot, path, listing)
        raise _invalid()

    def encode_seq(self, corpus: str, seq: int, begun: int) -> str:
        """A cursor that stands on the change with this number in the feed of a corpus.

        begun: as in Feed.since.
        """
        return self._seal(b"feed", [corpus, seq, begun])

    def decode_seq(self, text: str, corpus: str) -> tuple[int, int]:
        """seq and begun of a cursor in the feed of this corpus.

        Raises QueryError(CURSOR_INVALID).
        """
        match self._open(b"feed", text):
            case [str(named), seq, begun] if (
                named == corpus and _is_number(seq) and _is_number(begun)
            ):
                return seq, begun
        raise _invalid()

    def _seal(self, purpose: bytes, members: list[object]) -> str:
        payload = orjson.dumps(members)
        return encode_base64url(self._tag(purpose, payload) + payload)

    def _open(self, purpose: bytes, text: str) -> Any:
        try:
            data = decode_base64url(text[: _MAX_CHARS + 1])
        except ValueError:
            raise _invalid() from None
        tag, payload = data[:_TAG], data[_TAG:]
        if not hmac.compare_digest(tag, self._tag(purpose, payload)):
            raise _invalid()
        # Whoever reads the database has the key, and can put anything at all under a tag.
        try:
            return orjson.loads(payload)
        except orjson.JSONDecodeError:
            raise _invalid() from None

    def _tag(self, purpose: bytes, payload: bytes) -> bytes:
        return hmac.new(self._key, purpose + payload, hashlib.sha256).digest()[:_TAG]


def _is_number(value: object) -> bool:
    """Whether a database can be asked for it."""
    return type(value) is int and 0 <= value < 1 << 63


def _invalid() -> QueryError:
    return QueryError(
        Reason.CURSOR_INVALID,
        "this cursor was not issued by this gateway",
        hint="Start again without a cursor.",
    )
