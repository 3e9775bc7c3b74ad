"""Writing a GraphQL response into HTTP (GraphQL over HTTP, section 6)."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import orjson
from starlette.requests import Request
from starlette.responses import Response
from starlette.types import Receive, Scope, Send

from gateway.errors import QueryError, Reason
from gateway.execution.errors import error_document
from gateway.execution.executor import Answer

GRAPHQL_RESPONSE = "application/graphql-response+json"
JSON = "application/json"
EVENT_STREAM = "text/event-stream"

# The member of a request's state that holds the code with which it was refused.
REFUSED = "refused"

# What may well be answered a little later.
_LATER = frozenset(
    {
        *(Reason.OVERLOADED, Reason.AUDIT_UNAVAILABLE),
        *(Reason.STORE_UNAVAILABLE, Reason.STORE_DAMAGED, Reason.STORE_FULL),
    }
)

_EXACT = 3

_STATUS = {
    Reason.UNAUTHENTICATED: 401,
    Reason.FORBIDDEN: 403,
    Reason.CSRF_REFUSED: 403,
    Reason.AUDIT_UNAVAILABLE: 503,
    Reason.RATE_LIMITED: 429,
    Reason.OVERLOADED: 503,
    Reason.BODY_TOO_LARGE: 413,
    Reason.MEDIA_TYPE_UNSUPPORTED: 415,
    Reason.METHOD_NOT_ALLOWED: 405,
    Reason.NOT_ACCEPTABLE: 406,
}


def media_type(request: Request) -> str:
    """The response type that the client prefers; JSON where it does not say (section 6.1), and
    events only where it names them and prefers them to all else.

    Raises QueryError(NOT_ACCEPTABLE) when it takes none.
    """
    ranges = _ranges(request)
    if not ranges:
        return JSON
    candidates = (GRAPHQL_RESPONSE, JSON, EVENT_STREAM)
    best = max(candidates, key=lambda candidate: _quality(candidate, ranges))
    weight, specificity = _quality(best, ranges)
    if weight == 0:
        message = f"only {GRAPHQL_RESPONSE}, {JSON} and {EVENT_STREAM} are served"
        raise QueryError(Reason.NOT_ACCEPTABLE, message)
    # A wildcard is what clients send that never heard of the newer type.
    return best if specificity == _EXACT else JSON


def takes_events(request: Request) -> bool:
    """Whether the client names the type of event streams, however little it likes it."""
    weight, specificity = _quality(EVENT_STREAM, _ranges(request))
    return weight > 0 and specificity == _EXACT


def _ranges(request: Request) -> list[tuple[str, float]]:
    accept = request.headers.get("accept", "")
    return [_range(part) for part in accept.split(",") if part.strip()]


def _range(text: str) -> tuple[str, float]:
    """A media range and its weight (RFC 9110, section 12.4.2)."""
    name, *parameters = (part.strip().lower() for part in text.split(";"))
    for parameter in parameters:
        if parameter.startswith("q="):
            try:
                return name, min(1.0, max(0.0, float(parameter[2:])))
            except ValueError:
                return name, 0.0
    return name, 1.0


def _quality(candidate: str, ranges: list[tuple[str, float]]) -> tuple[float, int]:
    """Weight of the most specific range that matches, then how specific it is: a client that
    names one type and adds */* prefers what it named."""
    matches = [
        (specificity, weight)
        for name, weight in ranges
        for specificity, pattern in ((_EXACT, candidate), (2, _family(candidate)), (1, "*/*"))
        if name == pattern
    ]
    specificity, weight = max(matches, default=(0, 0.0))
    return weight, specificity


def _family(candidate: str) -> str:
    return f"{candidate.partition('/')[0]}/*"


def respond(answer: Answer, response_type: str) -> Response:
    """200 for every well-formed request in application/json, 400 where the newer media type lets
    a status say that nothing was executed (section 6.4). 503 where it is worth trying again, since
    what stands before us acts on that and reads no bodies."""
    if not answer.executed and _is_overloaded(answer.document):
        response = _response(answer.document, 503, response_type)
        response.headers["retry-after"] = "1"
        return response
    status = 200 if answer.executed or response_type == JSON else 400
    return _response(answer.document, status, response_type)


def _is_overloaded(document: dict[str, Any]) -> bool:
    return any(error["extensions"]["code"] in _LATER for error in document["errors"])


def respond_to_batch(answers: Sequence[Answer], response_type: str) -> Response:
    """The answers in the order of the operations."""
    return _response([answer.document for answer in answers], 200, response_type)


class Refusal(Response):
    """Leaves its code in the state of the request, for those who log and count."""

    code: Reason

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        scope.setdefault("state", {})[REFUSED] = str(self.code)
        await super().__call__(scope, receive, send)


def refuse(error: QueryError, response_type: str = JSON) -> Response:
    """A request of which not even an operation could be read."""
    content = orjson.dumps({"errors": [error_document(error)]})
    status = _STATUS.get(error.code, 400)
    response = Refusal(content, status, media_type=f"{response_type}; charset=utf-8")
    response.code = error.code
    if error.code is Reason.METHOD_NOT_ALLOWED:
        response.headers["allow"] = "GET, HEAD, POST"
    return response


def _response(document: object, status: int, response_type: str) -> Response:
    content_type = f"{response_type}; charset=utf-8"
    return Response(orjson.dumps(document), status, media_type=content_type)
