"""Pages of other sites that may read answers (the Fetch standard, section 3.3: CORS protocol)."""

from __future__ import annotations

from collections.abc import Sequence

from starlette.middleware import Middleware
from starlette.middleware.cors import CORSMiddleware

from gateway.http.csrf import DELIBERATE

# Seconds for which a browser need not ask again; Chromium takes no more.
_MAX_AGE = 7200
_REQUEST_HEADERS = ("Content-Type", "If-None-Match", "X-Request-ID", *DELIBERATE)
_RESPONSE_HEADERS = ("ETag", "X-Request-ID")


def cors(origins: Sequence[str]) -> list[Middleware]:
    """Nothing for no origins: then no answer says a word of CORS.

    Credentials are never allowed: nothing here depends on a cookie, and with one `*` would hand
    every page what only its reader may see.
    """
    if not origins:
        return []
    protocol = Middleware(
        CORSMiddleware,
        allow_origins=list(origins),
        allow_methods=("GET", "HEAD", "POST"),
        allow_headers=_REQUEST_HEADERS,
        expose_headers=_RESPONSE_HEADERS,
        max_age=_MAX_AGE,
    )
    return [protocol]
