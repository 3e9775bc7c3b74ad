"""Requests that a browser sends because the page of another site made it.

Such a page cannot read the answer unless CORS lets it, but it can measure how long it took and how
large it was. So what could have been sent without asking us first is refused before anything is
executed. Fetch Metadata (W3C) tells those requests from all others; who sends none is no browser
of today, or speaks plain HTTP to another machine, and nothing is promised for those.
"""

from __future__ import annotations

from collections.abc import Sequence

from starlette.requests import Request
from starlette.types import ASGIApp, Receive, Scope, Send

from gateway.errors import QueryError, Reason
from gateway.http.caching import not_stored
from gateway.http.graphiql import wants_page
from gateway.http.response import refuse

# Headers that no page can have a browser send across origins before CORS approved of them. The
# first three are how clients of Apollo and others say that they know.
DELIBERATE = ("Apollo-Require-Preflight", "X-Apollo-Operation-Name", "GraphQL-Require-Preflight")

_PATH = "/graphql"
_FOREIGN = frozenset({"cross-site", "same-site"})


class CrossSite:
    """Refuses them with CSRF_REFUSED. origins: those whose pages may ask and read; `*` for all.

    WebSockets, which CORS knows nothing of, are for our own pages only (gateway.http.websocket).
    """

    def __init__(self, app: ASGIApp, origins: Sequence[str]) -> None:
        self._app = app
        self._origins = frozenset(origins)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        asked = Request(scope) if scope["type"] == "http" and scope["path"] == _PATH else None
        if asked is None or self._is_allowed(asked.headers.get("origin")) or not _is_blind(asked):
            await self._app(scope, receive, send)
        else:
            await not_stored(refuse(_refusal()))(scope, receive, send)

    def _is_allowed(self, origin: str | None) -> bool:
        return origin is not None and ("*" in self._origins or origin in self._origins)


def _is_blind(request: Request) -> bool:
    """Whether another site's page had it sent, in a way that needed nobody's leave."""
    headers = request.headers
    if headers.get("sec-fetch-site") not in _FOREIGN:
        return False
    if any(headers.get(name) for name in DELIBERATE):
        return False
    # A body of JSON needs leave, too. A link that is followed opens GraphiQL, and asks nothing.
    declared = headers.get("content-type", "").partition(";")[0].strip().lower()
    if declared == "application/json" or request.method == "OPTIONS":
        return False
    return not (headers.get("sec-fetch-mode") == "navigate" and wants_page(request))


def _refusal() -> QueryError:
    return QueryError(
        Reason.CSRF_REFUSED,
        "a page of another site had this sent without asking first",
        hint="Send the header Apollo-Require-Preflight: true, from an origin in cors_origins.",
    )
