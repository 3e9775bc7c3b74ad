"""GraphiQL, from files that were built beside this module; nothing is fetched from elsewhere."""

from __future__ import annotations

from functools import cache
from pathlib import Path

from starlette.requests import Request
from starlette.responses import HTMLResponse, Response
from starlette.staticfiles import StaticFiles

from gateway.http.request import DOCUMENT_IDS

STATIC = Path(__file__).parent / "static"
_BUILT = STATIC / "graphiql" / "index.html"

_CSP = "; ".join(
    (
        "default-src 'none'",
        "script-src 'self'",
        "style-src 'self' 'unsafe-inline'",  # the editor writes style elements
        "img-src 'self' data:",
        "font-src 'self' data:",
        "connect-src 'self'",
        "worker-src 'self' blob:",
        "base-uri 'none'",
        "form-action 'none'",
        "frame-ancestors 'none'",
    )
)
_HEADERS = {
    "content-security-policy": _CSP,
    "x-content-type-options": "nosniff",
    "referrer-policy": "no-referrer",
    "cache-control": "no-cache",
}


def wants_page(request: Request) -> bool:
    """A browser that was pointed here: it asks for HTML, and brings and names no operation."""
    asks = "text/html" in request.headers.get("accept", "")
    brings = {"query", "extensions", *DOCUMENT_IDS} & request.query_params.keys()
    return request.method in {"GET", "HEAD"} and asks and not brings


def page() -> Response:
    return HTMLResponse(_page(), headers=_HEADERS)


@cache
def _page() -> str:
    try:
        return _BUILT.read_text(encoding="utf-8")
    except FileNotFoundError:
        return (STATIC / "not-built.html").read_text(encoding="utf-8")


def static_files() -> StaticFiles:
    return StaticFiles(directory=STATIC)
