"""Callers by the tokens that they send, and those who are turned away for them."""

from __future__ import annotations

from collections.abc import Callable

import structlog
from starlette.datastructures import Headers
from starlette.requests import HTTPConnection, Request
from starlette.responses import Response
from starlette.types import ASGIApp, Receive, Scope, Send

from gateway.access.access import require
from gateway.access.bearer import bearer, challenge
from gateway.access.caller import Caller
from gateway.access.refusal import TokenError
from gateway.access.scope import Scope as AccessScope
from gateway.errors import QueryError, Reason
from gateway.http.caching import not_stored
from gateway.http.graphiql import wants_page
from gateway.http.rate import CALLER
from gateway.http.response import refuse

# What becomes of the token, or of there being none: a Caller; or why it does not count.
Identify = Callable[[str | None], Caller]

_IDENTITY = "identity"
_NEEDED = {"/graphql": AccessScope.READ, "/metrics": AccessScope.METRICS}


class Identity:
    """Finds out who asks. Nobody is turned away yet, since guesses, too, count against the rate of
    the address that they come from."""

    def __init__(self, app: ASGIApp, identify: Identify) -> None:
        self._app = app
        self._identify = identify

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "http" and scope["path"] in _NEEDED:
            state = scope.setdefault("state", {})
            try:
                caller = self._identify(bearer(Headers(scope=scope).getlist("authorization")))
            except TokenError as error:
                state[_IDENTITY] = error
            else:
                state[_IDENTITY] = caller
                if not caller.is_anonymous:
                    state[CALLER] = caller.name
                    with structlog.contextvars.bound_contextvars(caller=caller.name):
                        await self._app(scope, receive, send)
                    return
        await self._app(scope, receive, send)


class Admission:
    """Turns away who may not be here. refused: told why a token does not count."""

    def __init__(self, app: ASGIApp, refused: Callable[[str], None]) -> None:
        self._app = app
        self._refused = refused

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        response = self._response(Request(scope)) if scope["type"] == "http" else None
        await (response or self._app)(scope, receive, send)

    def _response(self, request: Request) -> Response | None:
        """None for whoever is let through."""
        found = request.scope.get("state", {}).get(_IDENTITY)
        try:
            if isinstance(found, TokenError):
                self._refused(found.why)
                raise found
            # GraphiQL is a page for everybody; what it asks needs a token like all else.
            if isinstance(found, Caller) and not wants_page(request):
                require(found, _NEEDED[request.scope["path"]])
        except QueryError as error:
            return _turned_away(error)
        return None


def caller_of(connection: HTTPConnection) -> Caller | None:
    """Who asks, where that is known."""
    found = connection.scope.get("state", {}).get(_IDENTITY)
    return found if isinstance(found, Caller) else None


def _turned_away(error: QueryError) -> Response:
    response = not_stored(refuse(error))
    if error.code in {Reason.UNAUTHENTICATED, Reason.FORBIDDEN}:
        response.headers["www-authenticate"] = challenge(error)
    return response
