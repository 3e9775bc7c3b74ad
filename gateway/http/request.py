"""Reading a GraphQL request out of HTTP (GraphQL over HTTP, section 5)."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import orjson
from starlette.requests import ClientDisconnect, Request

from gateway.errors import QueryError, Reason
from gateway.execution.executor import Operation


async def read_operation(request: Request, max_body: int) -> Operation:
    """Raises QueryError: BAD_REQUEST, BODY_TOO_LARGE or MEDIA_TYPE_UNSUPPORTED."""
    if request.method == "GET":
        return operation_from(_from_url(request))
    media_type = request.headers.get("content-type", "").partition(";")[0].strip().lower()
    if media_type != "application/json":
        # Browsers send other types across origins without asking; this one makes them ask.
        raise QueryError(
            Reason.MEDIA_TYPE_UNSUPPORTED,
            "the body must be sent as application/json",
            hint="Set the header Content-Type: application/json.",
        )
    return operation_from(decode(await _read_body(request, max_body)))


def _from_url(request: Request) -> dict[str, Any]:
    members: dict[str, Any] = dict(request.query_params)
    for name in ("variables", "extensions"):
        if members.get(name):
            members[name] = decode(members[name].encode())
        else:
            members.pop(name, None)
    return members


async def _read_body(request: Request, limit: int) -> bytes:
    declared = request.headers.get("content-length", "")
    if declared.isdigit() and (len(declared) > 12 or int(declared) > limit):
        raise _body_too_large(limit)
    chunks: list[bytes] = []
    size = 0
    try:
        async for chunk in request.stream():
            size += len(chunk)
            if size > limit:
                raise _body_too_large(limit)
            chunks.append(chunk)
    except ClientDisconnect:
        raise QueryError(Reason.BAD_REQUEST, "the body ended early") from None
    return b"".join(chunks)


def _body_too_large(limit: int) -> QueryError:
    return QueryError(Reason.BODY_TOO_LARGE, f"the body is larger than {limit} bytes")


def decode(data: bytes) -> Any:
    """Raises QueryError(BAD_REQUEST) for what is not JSON in UTF-8."""
    try:
        return orjson.loads(data)
    except orjson.JSONDecodeError:
        raise QueryError(Reason.BAD_REQUEST, "not JSON in UTF-8") from None


def operation_from(members: Any) -> Operation:
    """The operation that a decoded JSON object holds. Raises QueryError(BAD_REQUEST)."""
    if not isinstance(members, dict):
        raise QueryError(Reason.BAD_REQUEST, "the request must be a JSON object")
    query = members.get("query")
    if not isinstance(query, str) or not query:
        raise QueryError(Reason.BAD_REQUEST, "query must be a string that holds an operation")
    name = members.get("operationName")
    if name is not None and not isinstance(name, str):
        raise QueryError(Reason.BAD_REQUEST, "operationName must be a string or null")
    _mapping(members, "extensions")
    # An empty name in a URL is how several clients say that there is none.
    return Operation(query, _mapping(members, "variables"), name or None)


def _mapping(members: dict[str, Any], name: str) -> Mapping[str, Any] | None:
    value = members.get(name)
    if value is not None and not isinstance(value, dict):
        raise QueryError(Reason.BAD_REQUEST, f"{name} must be an object or null")
    return value
