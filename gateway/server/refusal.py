"""Requests that are answered before they reach the application."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from http import HTTPStatus

import orjson

from gateway.errors import QueryError, Reason
from gateway.execution.errors import error_document
from gateway.http.protective import PROTECTIVE_HEADERS


@dataclass(frozen=True)
class Refusal:
    """A status and an error in the form that GraphQL clients read. The connection ends with it."""

    status: HTTPStatus
    reason: Reason
    message: str
    hint: str = ""

    def response(self, headers: Iterable[tuple[bytes, bytes]]) -> bytes:
        """All of it, with these headers and its own."""
        error = QueryError(self.reason, self.message, hint=self.hint)
        body = orjson.dumps({"errors": [error_document(error)]})
        own = {
            "content-type": "application/json; charset=utf-8",
            "content-length": str(len(body)),
            "connection": "close",
            "cache-control": "no-store",
            **PROTECTIVE_HEADERS,
        }
        if self.status is HTTPStatus.SERVICE_UNAVAILABLE:
            own["retry-after"] = "1"
        lines = [b"HTTP/1.1 %d %s" % (self.status, self.status.phrase.encode())]
        lines += [b"%s: %s" % header for header in headers]
        lines += [f"{name}: {value}".encode() for name, value in own.items()]
        return b"\r\n".join([*lines, b"", body])


class RefusedError(Exception):
    """Raised in the middle of parsing."""

    def __init__(self, refusal: Refusal) -> None:
        super().__init__(refusal.message)
        self.refusal = refusal


def malformed(what: str, status: HTTPStatus = HTTPStatus.BAD_REQUEST) -> Refusal:
    return Refusal(status, Reason.BAD_REQUEST, f"not a well-formed HTTP request: {what}")


def url_too_long(limit: int) -> Refusal:
    return Refusal(
        HTTPStatus.REQUEST_URI_TOO_LONG,
        Reason.URL_TOO_LONG,
        f"the URL is longer than {limit} bytes",
        hint="Send the operation by POST.",
    )


def headers_too_large(limit: str) -> Refusal:
    return Refusal(
        HTTPStatus.REQUEST_HEADER_FIELDS_TOO_LARGE,
        Reason.HEADERS_TOO_LARGE,
        f"the headers are more than {limit}",
    )


def too_slow(what: str, seconds: float) -> Refusal:
    return Refusal(
        HTTPStatus.REQUEST_TIMEOUT,
        Reason.REQUEST_TIMEOUT,
        f"the {what} did not arrive within {seconds:g} seconds",
    )


BODY_TOO_LARGE = Refusal(
    HTTPStatus.REQUEST_ENTITY_TOO_LARGE,
    Reason.BODY_TOO_LARGE,
    "the body takes too many bytes on the wire",
    hint="Send it in larger chunks.",
)

ENDING = Refusal(
    HTTPStatus.SERVICE_UNAVAILABLE, Reason.SHUTTING_DOWN, "this process ends", hint="Send it again."
)

FULL = Refusal(
    HTTPStatus.SERVICE_UNAVAILABLE, Reason.OVERLOADED, "too many connections", hint="Send it again."
)
