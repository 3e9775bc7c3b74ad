"""Reading a GraphQL request out of HTTP (GraphQL over HTTP, section 5)."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from starlette.requests import ClientDisconnect, Request

from gateway.errors import QueryError, Reason
from gateway.http.strict_json import decode

# The members by which a request names a document instead of bringing one: the appendix on
# persisted documents of GraphQL over HTTP; Relay; Relay's older ways and Apollo's.
DOCUMENT_IDS = ("documentId", "doc_id", "id")

# An operation's name is the client's text; the log takes this much of it.
MAX_NAME = 100


@dataclass(frozen=True)
class Asked:
    """What a request asks for, before it is known which text that is.

    query: the text; document_id: the name of a trusted document; sha256: the hash by which a text
    is remembered, as Apollo's clients send it. None where the request does not say.
    """

    query: str | None
    document_id: str | None = None
    sha256: str | None = None
    variables: Mapping[str, Any] | None = None
    name: str | None = None


async def read_request(request: Request, max_body: int, max_batch: int) -> Asked | list[Asked]:
    """What a request asks for; a list for a batch, as the batch link of Apollo's clients sends it.

    max_batch: operations in a batch; 1 is for none. Raises QueryError: BAD_REQUEST, BODY_TOO_LARGE,
    BATCH_TOO_LARGE or MEDIA_TYPE_UNSUPPORTED.
    """
    if request.method in {"GET", "HEAD"}:
        return operation_from(_from_url(request))
    _check_body_type(request)
    body = decode(await _read_body(request, max_body))
    if not isinstance(body, list) or not body:
        return operation_from(body)
    if max_batch == 1 or len(body) > max_batch:
        raise QueryError(
            Reason.BATCH_TOO_LARGE,
            "batches are not answered here"
            if max_batch == 1
            else f"a batch has at most {max_batch} operations",
            hint="Send each operation in a request of its own.",
        ).with_details(limit="batch", found=len(body), allowed=max_batch)
    return [operation_from(members) for members in body]


def _check_body_type(request: Request) -> None:
    """Raises QueryError(MEDIA_TYPE_UNSUPPORTED)."""
    if request.headers.get("content-encoding", "identity").strip().lower() != "identity":
        # What is small on the wire and large in memory is for a proxy to unpack, or nobody.
        raise QueryError(
            Reason.MEDIA_TYPE_UNSUPPORTED,
            "compressed bodies are not read",
            hint="Send the body without Content-Encoding.",
        )
    media_type = request.headers.get("content-type", "").partition(";")[0].strip().lower()
    if media_type != "application/json":
        # Browsers send other types across origins without asking; this one makes them ask.
        raise QueryError(
            Reason.MEDIA_TYPE_UNSUPPORTED,
            "the body must be sent as application/json",
            hint="Set the header Content-Type: application/json.",
        )


def _from_url(request: Request) -> dict[str, Any]:
    members: dict[str, Any] = dict(request.query_params)
    if len(members) != len(request.query_params.multi_items()):
        raise QueryError(Reason.BAD_REQUEST, "a name stands twice in the URL")
    for name in ("variables", "extensions"):
        if members.get(name):
            members[name] = decode(members[name])
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


def operation_from(members: Any) -> Asked:
    """The operation that a decoded JSON object holds or names. Raises QueryError(BAD_REQUEST)."""
    if not isinstance(members, dict):
        raise QueryError(Reason.BAD_REQUEST, "the request must be a JSON object")
    sha256 = _sha256(_mapping(members, "extensions"))
    document_id = _document_id(members)
    query = members.get("query")
    # Clients that name a document send null, or nothing at all, for its text.
    if not query and (sha256 is not None or document_id is not None):
        query = None
    elif not isinstance(query, str) or not query:
        raise QueryError(Reason.BAD_REQUEST, "query must be a string that holds an operation")
    name = members.get("operationName")
    if name is not None and not isinstance(name, str):
        raise QueryError(Reason.BAD_REQUEST, "operationName must be a string or null")
    # An empty name in a URL is how several clients say that there is none.
    return Asked(query, document_id, sha256, _mapping(members, "variables"), name or None)


def _document_id(members: dict[str, Any]) -> str | None:
    found = (members.get(name) for name in DOCUMENT_IDS)
    return next((value for value in found if isinstance(value, str) and value), None)


def _sha256(extensions: Mapping[str, Any] | None) -> str | None:
    """The hash of a persisted query, version 1. Raises QueryError(BAD_REQUEST)."""
    match (extensions or {}).get("persistedQuery"):
        case None:
            return None
        case {"version": 1, "sha256Hash": str(sha256)} if sha256:
            return sha256
    message = "persistedQuery must have the version 1 and a sha256Hash"
    raise QueryError(Reason.BAD_REQUEST, message)


def _mapping(members: dict[str, Any], name: str) -> Mapping[str, Any] | None:
    value = members.get(name)
    if value is not None and not isinstance(value, dict):
        raise QueryError(Reason.BAD_REQUEST, f"{name} must be an object or null")
    return value
