"""Headers that bound what browsers make of an answer."""

from __future__ import annotations

from starlette.datastructures import MutableHeaders
from starlette.types import ASGIApp, Message, Receive, Scope, Send

PROTECTIVE_HEADERS = {
    # Text that a record brought is never taken for a script or a page.
    "x-content-type-options": "nosniff",
    "referrer-policy": "no-referrer",
    # Other sites neither frame an answer, nor load it as a picture or script, nor keep hold of a
    # window that shows it. CORS is about reading it on purpose, and not touched by these.
    "content-security-policy": "frame-ancestors 'none'",
    "cross-origin-resource-policy": "same-origin",
    "cross-origin-opener-policy": "same-origin",
}


class ProtectiveHeaders:
    """Adds them to every answer; what an answer says itself stands."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        async def send_protected(message: Message) -> None:
            if message["type"] == "http.response.start":
                headers = MutableHeaders(scope=message)
                for name, value in PROTECTIVE_HEADERS.items():
                    headers.setdefault(name, value)
            await send(message)

        await self._app(scope, receive, send_protected if scope["type"] == "http" else send)
