"""Global object identification, as the GraphQL specification's Relay extension has it."""

from __future__ import annotations

import strawberry

from gateway.base64url import decode_base64url, encode_base64url
from gateway.errors import QueryError, Reason

_PREFIX = "Article:"


@strawberry.interface(description="An object that can be fetched again by its id.")
class Node:
    id: strawberry.ID = strawberry.field(
        description="Opaque and stable: it depends on the record's corpus and path only."
    )


def article_id(corpus: str, path: str) -> strawberry.ID:
    return strawberry.ID(encode_base64url(f"{_PREFIX}{corpus}:{path}".encode()))


def article_path(node_id: str, corpus: str) -> str | None:
    """The path that an id stands for; None for an id of another corpus or kind.

    Raises QueryError(BAD_USER_INPUT) for what is not an id at all.
    """
    try:
        text = decode_base64url(node_id[:4096]).decode("utf-8")
    except ValueError:
        raise QueryError(
            Reason.BAD_USER_INPUT,
            "this is not an id",
            hint="Use the id field of an object that this gateway returned.",
        ) from None
    prefix = f"{_PREFIX}{corpus}:"
    return text[len(prefix) :] if text.startswith(prefix) else None
