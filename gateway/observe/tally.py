"""Requests by how they ended and how long they took, counted where they end.

prometheus_client takes a lock for each number and looks through all buckets, several microseconds a
request. All requests end on one event loop, so plain numbers do, and are handed over at a scrape.
"""

from __future__ import annotations

from bisect import bisect_left
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence

from prometheus_client import Metric
from prometheus_client.core import CounterMetricFamily, HistogramMetricFamily
from prometheus_client.registry import Collector


class _Spread:
    """How many values lie below each bound."""

    def __init__(self, bounds: Sequence[float]) -> None:
        self._bounds = bounds
        self._counts = [0] * (len(bounds) + 1)
        self.sum = 0.0

    def add(self, value: float) -> None:
        self._counts[bisect_left(self._bounds, value)] += 1
        self.sum += value

    def buckets(self) -> list[tuple[str, float]]:
        """As Prometheus has them: each holds those below, too."""
        found: list[tuple[str, float]] = []
        total = 0
        for bound, count in zip([*map(str, self._bounds), "+Inf"], self._counts, strict=True):
            total += count
            found.append((bound, total))
        return found


class Tally(Collector):
    """bounds: of the buckets, in seconds."""

    def __init__(self, bounds: Sequence[float]) -> None:
        self._bounds = bounds
        self._requests: Counter[tuple[str, str, str]] = Counter()
        self._seconds: dict[str, _Spread] = {}

    def add(self, method: str, kind: str, status: str, seconds: float) -> None:
        """All but the last are labels."""
        self._requests[method, kind, status] += 1
        spread = self._seconds.get(kind)
        if spread is None:
            spread = self._seconds[kind] = _Spread(self._bounds)
        spread.add(seconds)

    def describe(self) -> Iterable[Metric]:
        return self._families()

    def collect(self) -> Iterator[Metric]:
        requests, seconds = self._families()
        for labels, number in list(self._requests.items()):
            requests.add_metric(labels, number)
        for kind, spread in list(self._seconds.items()):
            seconds.add_metric([kind], spread.buckets(), spread.sum)
        yield from (requests, seconds)

    def _families(self) -> tuple[CounterMetricFamily, HistogramMetricFamily]:
        return (
            CounterMetricFamily(
                "sealgate_http_requests",
                "Answered HTTP requests.",
                labels=("method", "kind", "status"),
            ),
            HistogramMetricFamily(
                "sealgate_http_request_seconds",
                "From a request to the end of its answer.",
                labels=("kind",),
            ),
        )
