"""Pages of other sites that may read answers (the Fetch standard, section 3.3: CORS protocol)."""

from __future__ import annotations

from collections.abc import Sequence

from starlette.datastructures import Headers, MutableHeaders
from starlette.middleware import Middleware
from starlette.middleware.cors import CORSMiddleware
from starlette.types import Message, Receive, Scope, Send

from gateway.http.csrf import DELIBERATE

# Seconds for which a browser need not ask again; Chromium takes no more.
_MAX_AGE = 7200
_REQUEST_HEADERS = ("Authorization", "Content-Type", "If-None-Match", "X-Request-ID", *DELIBERATE)
_RESPONSE_HEADERS = ("ETag", "RateLimit", "RateLimit-Policy", "Retry-After", "X-Request-ID")


class _Protocol(CORSMiddleware):
    """Says of every answer that it depends on Origin: a cache that got one without the header
    would otherwise hand it to a page that may read it only with what is missing from it."""

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http" or "origin" in Headers(scope=scope):
            await super().__call__(scope, receive, send)
            return

        async def send_varying(message: Message) -> None:
            if message["type"] == "http.response.start":
                MutableHeaders(scope=message).add_vary_header("Origin")
            await send(message)

        await self.app(scope, receive, send_varying)


def cors(origins: Sequence[str]) -> list[Middleware]:
    """Nothing for no origins: then no answer says a word of CORS.

    Credentials are never allowed: nothing here depends on a cookie, and with one `*` would hand
    every page what only its reader may see.
    """
    if not origins:
        return []
    protocol = Middleware(
        _Protocol,
        allow_origins=list(origins),
        allow_methods=("GET", "HEAD", "POST"),
        allow_headers=_REQUEST_HEADERS,
        expose_headers=_RESPONSE_HEADERS,
        max_age=_MAX_AGE,
    )
    return [protocol]
