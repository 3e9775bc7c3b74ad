"""`/metrics`: what Prometheus reads."""

from __future__ import annotations

from collections.abc import Awaitable, Callable

from starlette.requests import Request
from starlette.responses import Response

from gateway.http.caching import not_stored

TEXT = "text/plain; version=0.0.4; charset=utf-8"
OPENMETRICS = "application/openmetrics-text; version=1.0.0; charset=utf-8"
_OPENMETRICS_NAME = OPENMETRICS.partition(";")[0]

# What is exposed; the argument says whether as OpenMetrics.
Expose = Callable[[bool], Awaitable[bytes]]


class MetricsEndpoint:
    """expose: all that is known by now."""

    def __init__(self, expose: Expose) -> None:
        self._expose = expose

    async def handle(self, request: Request) -> Response:
        open_metrics = _wants_openmetrics(request.headers.get("accept", ""))
        body = await self._expose(open_metrics)
        media_type = OPENMETRICS if open_metrics else TEXT
        return not_stored(Response(body, headers={"content-type": media_type}))


def _wants_openmetrics(accept: str) -> bool:
    """Prometheus names the type in front when it takes it; version 1.0.0 is what all of them read.

    The version that it names is not looked at, nor said again: it is the client's text.
    """
    for part in accept.lower().split(","):
        name, *parameters = (piece.strip() for piece in part.split(";"))
        if name == _OPENMETRICS_NAME:
            return not any(piece.replace(" ", "") in {"q=0", "q=0.0"} for piece in parameters)
        if name == "text/plain":
            return False
    return False
