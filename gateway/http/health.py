"""`/healthz`: the process answers. `/readyz`: it serves what it should."""

from __future__ import annotations

import threading
from dataclasses import dataclass, field

import orjson
import structlog
from starlette.requests import Request
from starlette.responses import Response

from gateway.errors import ErrorDocument, SealgateError

log = structlog.get_logger("sealgate.health")


@dataclass
class Health:
    """What is wrong at the moment, by the part that it is wrong with.

    Parts report each state; only a change of state is logged.
    """

    ready: bool = False
    troubles: dict[str, ErrorDocument] = field(default_factory=dict)
    _lock: threading.Lock = field(default_factory=threading.Lock)

    def trouble(self, part: str, error: SealgateError) -> None:
        document = error.document()
        with self._lock:
            changed = self.troubles.get(part) != document
            self.troubles[part] = document
        if changed:
            log.warning("degraded", part=part, **document)

    def well(self, part: str) -> None:
        with self._lock:
            changed = self.troubles.pop(part, None) is not None
        if changed:
            log.info("recovered", part=part)


def healthz(_request: Request) -> Response:
    return _json({"status": "ok"}, 200)


class Readyz:
    """200 while records are served, even if something is amiss; 503 before the first snapshot."""

    def __init__(self, health: Health) -> None:
        self._health = health

    async def handle(self, _request: Request) -> Response:
        health = self._health
        if not health.ready:
            return _json({"status": "starting", "reasons": dict(health.troubles)}, 503)
        status = "degraded" if health.troubles else "ready"
        return _json({"status": status, "reasons": dict(health.troubles)}, 200)


def _json(document: object, status: int) -> Response:
    return Response(
        orjson.dumps(document),
        status,
        media_type="application/json",
        headers={"cache-control": "no-store"},
    )
