"""What is counted while it happens, for Prometheus.

Each gateway has a registry of its own, so that two in one process do not share a number. No label
is ever a client's text: each takes its values from a list in this package or from `Reason`.
docs/operations.md explains every metric; a test compares.
"""

from __future__ import annotations

from collections.abc import Collection

from prometheus_client import (
    CollectorRegistry,
    Counter,
    Gauge,
    GCCollector,
    Histogram,
    ProcessCollector,
)

from gateway.errors import Reason
from gateway.observe.tally import Tally

# Seconds. A page from memory takes less than one thousandth, and nothing more than the deadline.
_LATENCY = (0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0)
_LAG = (0.001, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5)
_INGEST = (0.01, 0.05, 0.1, 0.5, 1.0, 5.0, 10.0, 30.0, 60.0, 300.0)

_METHODS = frozenset({"GET", "HEAD", "POST", "OPTIONS"})
_KINDS = {
    "/": "page",
    "/graphql": "graphql",
    "/healthz": "health",
    "/readyz": "health",
    "/metrics": "metrics",
}
STREAM = "stream"
OTHER = "other"
_REASONS = frozenset(map(str, Reason))


class Metrics:
    """The instruments of one gateway, and the registry that they are in."""

    def __init__(self) -> None:
        self.registry = CollectorRegistry()
        ProcessCollector(registry=self.registry)
        GCCollector(registry=self.registry)
        self._requests = Tally(_LATENCY)
        self.registry.register(self._requests)
        # A number of the event loop's, since two locks a request are two too many.
        self._in_flight = 0
        in_flight = self._gauge("http_requests_in_flight", "Requests without an answer yet.")
        in_flight.set_function(lambda: self._in_flight)
        self._refusals = self._counter(
            "http_refusals", "Requests that were refused before an operation was read.", ("code",)
        )
        self._operations = self._counter(
            "operations",
            "Operations and events by the code of their first error.",
            ("type", "code"),
        )
        self._accesses = self._counter(
            "withheld_accesses", "Times that somebody named a withheld record.", ("reason",)
        )
        self._ingest = self._histogram(
            "ingest_seconds", "Looks at the folder of records, by how long they took.", _INGEST
        )
        self._ingest_failures = self._counter("ingest_failures", "Looks that ended in an error.")
        self._trust_changes = self._counter(
            "trust_changes", "Times that other keys or another policy came into force."
        )
        self._lag = self._histogram(
            "event_loop_lag_seconds", "How much later than planned the event loop woke up.", _LAG
        )
        self._outcomes: dict[tuple[str, str], Counter] = {}

    def _counter(self, name: str, text: str, labels: Collection[str] = ()) -> Counter:
        return Counter(f"sealgate_{name}", text, tuple(labels), registry=self.registry)

    def _gauge(self, name: str, text: str) -> Gauge:
        return Gauge(f"sealgate_{name}", text, registry=self.registry)

    def _histogram(self, name: str, text: str, buckets: tuple[float, ...]) -> Histogram:
        return Histogram(f"sealgate_{name}", text, buckets=buckets, registry=self.registry)

    def request_began(self) -> None:
        self._in_flight += 1

    def request_ended(
        self, method: str, path: str, status: int, seconds: float, *, streamed: bool = False
    ) -> None:
        self._in_flight -= 1
        kind = STREAM if streamed else _kind(path)
        known = method if method in _METHODS else OTHER
        self._requests.add(known, kind, f"{status // 100}xx", seconds)

    def refused(self, code: str) -> None:
        """A request of which not even an operation could be read."""
        self._refusals.labels(_reason(code)).inc()

    def settled(self, kind: str, code: str) -> None:
        """An operation, or an event of a subscription, that was answered. code: of its first
        error, OK without one."""
        outcome = self._outcomes.get((kind, code))
        if outcome is None:
            outcome = self._outcomes[kind, code] = self._operations.labels(kind, _reason(code))
        outcome.inc()

    def withheld_named(self, reason: str) -> None:
        self._accesses.labels(_reason(reason)).inc()

    def ingested(self, seconds: float, *, failed: bool) -> None:
        self._ingest.observe(seconds)
        if failed:
            self._ingest_failures.inc()

    def trust_changed(self) -> None:
        self._trust_changes.inc()

    def lagged(self, seconds: float) -> None:
        self._lag.observe(seconds)


def _kind(path: str) -> str:
    return _KINDS.get(path) or ("static" if path.startswith("/static/") else OTHER)


def _reason(code: str) -> str:
    return code if code in _REASONS else OTHER
