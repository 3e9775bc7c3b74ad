"""GraphQL errors as clients see them: always a stable code, never somebody else's traceback."""

from __future__ import annotations

import secrets
from typing import Any

import structlog
from graphql import GraphQLError

from gateway.errors import QueryError, Reason, SealgateError, StoreError

log = structlog.get_logger("sealgate.graphql")

_MAX_MESSAGE = 500
_OF_STORE = "the records cannot be read at the moment"


def error_document(error: SealgateError) -> dict[str, Any]:
    """A member of `errors` for an error that concerns the request as a whole."""
    return {"message": _message(error), "extensions": _extensions(error)}


def _message(error: SealgateError) -> str:
    """What a driver says of a database names hosts, users, tables and files; /readyz and the log
    have it."""
    return _OF_STORE if isinstance(error, StoreError) else error.message[:_MAX_MESSAGE]


def _extensions(error: SealgateError) -> dict[str, Any]:
    extensions: dict[str, Any] = {"code": str(error.code)}
    if isinstance(error, StoreError):
        return {**extensions, "hint": "Send it again a little later."}
    if isinstance(error, QueryError):
        extensions.update(error.details)
    if error.hint:
        extensions["hint"] = error.hint
    return extensions


def format_error(error: GraphQLError, code: Reason) -> dict[str, Any]:
    """A member of `errors` (GraphQL specification, section 7.1.2).

    code: what an error of GraphQL's own is called at this stage. An exception that nobody foresaw
    is logged under an id, and the client is told that id and nothing more.
    """
    document: dict[str, Any] = {"message": error.message[:_MAX_MESSAGE]}
    if error.locations:
        document["locations"] = [
            {"line": place.line, "column": place.column} for place in error.locations
        ]
    if error.path is not None:
        document["path"] = list(error.path)
    cause = error.original_error
    if isinstance(cause, SealgateError):
        document["message"] = _message(cause)
        document["extensions"] = _extensions(cause)
    elif cause is None or isinstance(cause, GraphQLError):
        document["extensions"] = {"code": str(code)}
    else:
        document.update(mask(cause))
    return document


def mask(cause: BaseException) -> dict[str, Any]:
    """Message and extensions for an exception that nobody foresaw, which goes into the log."""
    error_id = secrets.token_hex(8)
    log.error("unexpected_error", error_id=error_id, exc_info=cause)
    return {
        "message": "an unexpected error happened here; it is in the log under this id",
        "extensions": {"code": str(Reason.INTERNAL), "errorId": error_id},
    }
