"""Everything that watches one gateway, behind the few calls by which it is told something."""

from __future__ import annotations

import time
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager
from pathlib import Path
from typing import Any

from anyio import create_task_group

from gateway.errors import Reason
from gateway.observe.exposition import expose, to_json
from gateway.observe.metrics import Metrics
from gateway.observe.operations import errors_in
from gateway.observe.pulse import feel
from gateway.observe.siblings import Siblings
from gateway.observe.standing import Sources, Standing
from gateway.trust.trust import Trust


class Observation:
    """worker: its number among those that share a port; folder: where they meet, None for one."""

    def __init__(self, sources: Sources, worker: int = 0, folder: Path | None = None) -> None:
        self.metrics = Metrics()
        self.sources = sources
        self.metrics.registry.register(Standing(sources))
        self._siblings = Siblings(worker, lambda: to_json(self.metrics.registry), folder)

    async def expose(self, as_openmetrics: bool) -> bytes:
        """The metrics of all workers that answer."""
        return expose(await self._siblings.gather(), as_openmetrics=as_openmetrics)

    @asynccontextmanager
    async def watching(self) -> AsyncIterator[None]:
        """The block during which the gateway serves."""
        async with self._siblings.listening(), create_task_group() as tasks:
            tasks.start_soon(feel, self.metrics.lagged)
            yield
            tasks.cancel_scope.cancel()

    # What the gateway tells

    @contextmanager
    def ingesting(self) -> Iterator[None]:
        """The block in which files are taken up."""
        began, failed = time.perf_counter(), True
        try:
            yield
            failed = False
        finally:
            self.metrics.ingested(time.perf_counter() - began, failed=failed)

    def trust_changed(self, _before: Trust, _after: Trust) -> None:
        self.metrics.trust_changed()

    def answers(self, kind: str, document: dict[str, Any]) -> None:
        """As gateway.observe.operations.Witness."""
        errors = errors_in(document)
        for error in errors:
            extensions = error["extensions"]
            if extensions["code"] == Reason.RECORD_WITHHELD:
                self.metrics.withheld_named(extensions["reason"])
        self.metrics.settled(kind, errors[0]["extensions"]["code"] if errors else "OK")

    def fails(self, kind: str, code: str) -> None:
        self.metrics.settled(kind, code)
