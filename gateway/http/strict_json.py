"""JSON out of requests, read so that no two readers can disagree about it."""

from __future__ import annotations

import json
from typing import Any

import orjson

from gateway.errors import QueryError, Reason

# RFC 8259, section 6: whole numbers within these bounds are the same to every reader.
_MOST = 2**53 - 1


def decode(data: bytes | str) -> Any:
    """Raises QueryError(BAD_REQUEST) for what is not JSON in UTF-8, and for what readers differ on:
    names that stand twice, and numbers that not every reader can hold."""
    try:
        # The first one knows UTF-8, lone surrogates, byte order marks and depth; the second one
        # lets us look at what it reads.
        orjson.loads(data)
        return _decoder.decode(data if isinstance(data, str) else data.decode())
    except (orjson.JSONDecodeError, UnicodeEncodeError, RecursionError):
        raise QueryError(Reason.BAD_REQUEST, "not JSON in UTF-8, or nested too deeply") from None


def _members(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    members = dict(pairs)
    if len(members) != len(pairs):
        raise QueryError(Reason.BAD_REQUEST, "a name stands twice in a JSON object")
    return members


def _whole(digits: str) -> int:
    number = int(digits) if len(digits) <= len(str(-_MOST)) else _MOST + 1
    if abs(number) > _MOST:
        message = "a whole number is beyond 2^53, where readers of JSON differ"
        hint = "Send it as a string, if the type allows it."
        raise QueryError(Reason.BAD_REQUEST, message, hint=hint)
    return number


# Made once: json.loads makes one at each call, which takes longer than to read a small request.
_decoder = json.JSONDecoder(object_pairs_hook=_members, parse_int=_whole)
