"""What is looked up when somebody asks, since the gateway knows it anyway."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from importlib.metadata import version
from typing import Any

from prometheus_client import Metric
from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily
from prometheus_client.registry import Collector

from gateway.errors import Reason
from gateway.http.health import Health
from gateway.http.streams import Streams
from gateway.observe.trail import Trail
from gateway.repository.repository import Repository
from gateway.repository.view import View
from gateway.verdict.status import Status

# How often a cache had what it was asked for, and how often not.
Hits = Callable[[], tuple[int, int]]

# Reasons for which something else had to answer are constants, but not ours to bound.
_MOST_REASONS = 50


@dataclass
class Sources:
    """Where to look. repository: the one that is in use, which changes; clock: in Unix seconds;
    workers: how many there should be.

    caches: each by its name; fallbacks: how often the reference executor answered, by the reason.
    Whoever adds a cache enters it here.
    """

    repository: Callable[[], Repository]
    health: Health
    streams: Streams
    clock: Callable[[], int]
    caches: dict[str, Hits] = field(default_factory=dict)
    fallbacks: Callable[[], Mapping[str, int]] = dict
    workers: int = 1


class Standing(Collector):
    """How the gateway stands at the moment of a scrape."""

    def __init__(self, sources: Sources, trail: Trail) -> None:
        self._sources = sources
        self._trail = trail

    def describe(self) -> Iterable[Metric]:
        """Nothing beforehand, so that nothing is looked at before there is a store."""
        return ()

    def collect(self) -> Iterator[Metric]:
        yield _gauge("info", "The version, as a label.", ("version",), {(version("sealgate"),): 1})
        yield _gauge("workers", "Processes that share the port.", values=self._sources.workers)
        yield from self._health()
        yield from self._streams()
        yield from self._caches()
        yield from self._audit()
        repository = self._sources.repository()
        yield _gauge("trusted_keys", "Keys that are in force.", values=len(repository.trust.keys))
        if repository.held is not None:
            yield from self._view(repository.held)

    def _health(self) -> Iterator[Metric]:
        health = self._sources.health
        yield _gauge("ready", "1 while records are served.", values=int(health.ready))
        troubles = {
            (part.partition(" ")[0], document["code"]): 1.0
            for part, document in dict(health.troubles).items()
        }
        yield _gauge("trouble", "1 for each reason in /readyz.", ("part", "code"), troubles)

    def _streams(self) -> Iterator[Metric]:
        streams = self._sources.streams
        yield _gauge("streams_open", "WebSockets and streamed answers.", values=streams.count)
        text = "Operations on these WebSockets."
        yield _gauge("subscriptions_open", text, values=streams.shared)
        text = "Clients that did not take what was sent to them."
        yield _counter("streams_dropped", text, values=streams.dropped)

    def _caches(self) -> Iterator[Metric]:
        found = {(name,): read() for name, read in self._sources.caches.items()}
        hits = {name: hit for name, (hit, _) in found.items()}
        misses = {name: miss for name, (_, miss) in found.items()}
        yield _counter("cache_hits", "Things found in a cache.", ("cache",), hits)
        yield _counter("cache_misses", "Things that a cache had not.", ("cache",), misses)
        fallbacks = sorted(self._sources.fallbacks().items())[:_MOST_REASONS]
        text = "Queries that graphql-core answered, since no plan could."
        values = {(reason[:60],): count for reason, count in fallbacks}
        yield _counter("plan_fallbacks", text, ("reason",), values)

    def _audit(self) -> Iterator[Metric]:
        trail = self._trail
        yield _counter("audit_lines", "Lines of the audit trail.", values=trail.lines)
        text = "Lines that could not be written at once."
        yield _counter("audit_failures", text, values=trail.failures)
        text = "Number of the last line that this worker wrote."
        yield _gauge("audit_sequence", text, values=trail.sequence)

    def _view(self, view: View) -> Iterator[Metric]:
        statuses = {(str(status),): view.counts.get(status, 0) for status in Status}
        yield _gauge("records", "Records of the snapshot, by verdict.", ("status",), statuses)
        reasons = {
            (str(reason),): count for reason, count in view.reasons.items() if reason != Reason.OK
        }
        yield _gauge("records_withheld", "Records not shown.", ("reason",), reasons)
        yield _gauge("records_visible", "Published records shown.", values=len(view.by_path))
        yield _gauge("snapshot_id", "Number of the snapshot.", values=view.snapshot.id)
        age = self._sources.clock() - view.snapshot.created_at
        yield _gauge("snapshot_age_seconds", "Since files last changed it.", values=max(0, age))


# By the values of the labels, a tuple; or one number without labels.
_Values = Mapping[Any, float] | float


def _gauge(name: str, text: str, labels: tuple[str, ...] = (), values: _Values = 0) -> Metric:
    return _filled(GaugeMetricFamily(f"sealgate_{name}", text, labels=labels), values)


def _counter(name: str, text: str, labels: tuple[str, ...] = (), values: _Values = 0) -> Metric:
    return _filled(CounterMetricFamily(f"sealgate_{name}", text, labels=labels), values)


def _filled(family: GaugeMetricFamily | CounterMetricFamily, values: _Values) -> Metric:
    rows = values if isinstance(values, Mapping) else {(): values}
    for labels, value in rows.items():
        family.add_metric(labels, value)
    return family
