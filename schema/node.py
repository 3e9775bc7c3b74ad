"""Global object identification, as the GraphQL specification's Relay extension has it."""

from __future__ import annotations

from functools import lru_cache
from typing import NamedTuple

import orjson
import strawberry

from gateway.base64url import decode_base64url, encode_base64url
from gateway.errors import QueryError, Reason

_LONGEST = 32_768  # characters of an id for the longest path there can be


@strawberry.interface(description="An object that can be fetched again by its id.")
class Node:
    id: strawberry.ID = strawberry.field(
        description="Opaque and stable: it depends on what the object is called only."
    )


class Identity(NamedTuple):
    """type: of the object, as in the schema; name: what it is called there, such as its path."""

    type: str
    corpus: str
    name: tuple[str, ...]


@lru_cache(maxsize=1 << 14)
def encode_id(type_name: str, corpus: str, *name: str) -> strawberry.ID:
    return strawberry.ID(encode_base64url(orjson.dumps([type_name, corpus, *name])))


def decode_id(text: str) -> Identity:
    """Raises QueryError(BAD_USER_INPUT) for what is not an id."""
    try:
        # One character more, so that what is cut off is never an id.
        found = orjson.loads(decode_base64url(text[: _LONGEST + 1]))
    except ValueError:
        raise _no_id() from None
    match found:
        case [str(type_name), str(corpus), *name] if name and all(isinstance(n, str) for n in name):
            return Identity(type_name, corpus, tuple(name))
    raise _no_id()


def _no_id() -> QueryError:
    hint = "Use the id field of an object that this gateway returned."
    return QueryError(Reason.BAD_USER_INPUT, "this is not an id", hint=hint)
