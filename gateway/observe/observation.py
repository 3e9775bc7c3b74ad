"""Everything that watches one gateway, behind the few calls by which it is told something."""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator, Iterable, Iterator
from contextlib import asynccontextmanager, contextmanager, nullcontext
from pathlib import Path
from typing import TYPE_CHECKING, Any

from anyio import create_task_group, to_thread
from starlette.middleware import Middleware

from gateway.errors import QueryError, Reason
from gateway.http.access_log import AccessLog
from gateway.observe.exposition import expose, to_json
from gateway.observe.metrics import Metrics
from gateway.observe.operations import errors_in
from gateway.observe.pulse import feel
from gateway.observe.siblings import Siblings
from gateway.observe.standing import Sources, Standing
from gateway.observe.trail import Trail
from gateway.trust.trust import Trust
from gateway.verdict.verdict import Rejected

if TYPE_CHECKING:
    from gateway.observe.tracing import Tracing

_TICK_SECONDS = 1.0


class Observation:
    """worker: its number among those that share a port; folder: where they meet, None for one;
    tracing: None where nobody traces."""

    def __init__(
        self,
        sources: Sources,
        trail: Trail,
        tracing: Tracing | None = None,
        worker: int = 0,
        folder: Path | None = None,
    ) -> None:
        self.metrics = Metrics()
        self.sources = sources
        self.trail = trail
        self._tracing = tracing
        self.metrics.registry.register(Standing(sources, trail))
        self._siblings = Siblings(worker, lambda: to_json(self.metrics.registry), folder)

    async def expose(self, as_openmetrics: bool) -> bytes:
        """The metrics of all workers that answer."""
        return expose(await self._siblings.gather(), as_openmetrics=as_openmetrics)

    @asynccontextmanager
    async def watching(self) -> AsyncIterator[None]:
        """The block during which the gateway serves."""
        await to_thread.run_sync(self.trail.started, self.sources.repository().trust)
        async with self._siblings.listening(), create_task_group() as tasks:
            tasks.start_soon(feel, self.metrics.lagged)
            tasks.start_soon(self._tick)
            yield
            tasks.cancel_scope.cancel()

    async def _tick(self) -> None:
        while True:
            await asyncio.sleep(_TICK_SECONDS)
            await to_thread.run_sync(self.trail.tick)

    def close(self) -> None:
        self.trail.close()
        if self._tracing is not None:
            self._tracing.close()

    def middleware(self) -> list[Middleware]:
        """What has to be around each request, from the outside in."""
        return [*self._traced(), Middleware(AccessLog, meter=self.metrics)]

    def _traced(self) -> list[Middleware]:
        return [] if self._tracing is None else [self._tracing.middleware()]

    # What the gateway tells

    @contextmanager
    def ingesting(self) -> Iterator[None]:
        """The block in which files are taken up."""
        began, failed = time.perf_counter(), True
        tracing = self._tracing
        try:
            with nullcontext() if tracing is None else tracing.span("ingest", {}):
                yield
            failed = False
        finally:
            self.metrics.ingested(time.perf_counter() - began, failed=failed)

    def trust_changed(self, before: Trust, after: Trust, /) -> None:
        self.metrics.trust_changed()
        self.trail.trust_changed(before, after)

    def rows_changed(self, rejected: Iterable[Rejected]) -> None:
        """Rows turned out not to be what was judged. Raises QueryError(AUDIT_UNAVAILABLE)."""
        for item in rejected:
            self.trail.row_changed(item.path, str(item.status), str(item.reason))

    def answers(self, kind: str, document: dict[str, Any]) -> None:
        """As gateway.observe.operations.Witness."""
        errors = errors_in(document)
        for error in errors:
            extensions = error["extensions"]
            if extensions["code"] == Reason.RECORD_WITHHELD:
                self._named(extensions)
            elif extensions["code"] == Reason.AUDIT_UNAVAILABLE:
                # The answer would tell that there is something that nobody could write down.
                raise QueryError(Reason.AUDIT_UNAVAILABLE, error["message"])
        self.metrics.settled(kind, errors[0]["extensions"]["code"] if errors else "OK")

    def _named(self, extensions: dict[str, Any]) -> None:
        self.metrics.withheld_named(extensions["reason"])
        members = (extensions[name] for name in ("recordPath", "status", "reason"))
        self.trail.named(*members)

    def fails(self, kind: str, code: str) -> None:
        self.metrics.settled(kind, code)
