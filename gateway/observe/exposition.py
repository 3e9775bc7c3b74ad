"""From the numbers of one or several workers to the text that Prometheus reads.

Between workers they travel as JSON: text formats of Prometheus leave out what a family is for.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from typing import Any

import orjson
from prometheus_client import CollectorRegistry, Metric
from prometheus_client.exposition import generate_latest
from prometheus_client.openmetrics import exposition as openmetrics
from prometheus_client.registry import Collector

# When a counter began can be told from its falling back, and doubles what is sent.
_CREATED = "_created"


def to_json(registry: CollectorRegistry) -> bytes:
    """All families of a registry, as they are now."""
    return orjson.dumps([_document(family) for family in registry.collect()])


def _document(family: Metric) -> dict[str, Any]:
    samples = [
        (sample.name, sample.labels, sample.value)
        for sample in family.samples
        if not sample.name.endswith(_CREATED)
    ]
    return {
        "name": family.name,
        "text": family.documentation,
        "type": family.type,
        "samples": samples,
    }


def expose(workers: Mapping[str, bytes], *, as_openmetrics: bool) -> bytes:
    """The text for what `to_json` brought of each worker, with its name as the label `worker`."""
    write: Callable[[Collector], bytes] = (
        openmetrics.generate_latest if as_openmetrics else generate_latest
    )
    return write(_Merged(workers))


class _Merged(Collector):
    def __init__(self, workers: Mapping[str, bytes]) -> None:
        self._families: dict[str, Metric] = {}
        for worker, document in workers.items():
            for family in orjson.loads(document):
                self._add(worker, family)

    def _add(self, worker: str, family: dict[str, Any]) -> None:
        name = family["name"]
        if name not in self._families:
            self._families[name] = Metric(name, family["text"], family["type"])
        for sample, labels, value in family["samples"]:
            self._families[name].add_sample(sample, {**labels, "worker": worker}, value)

    def collect(self) -> Iterable[Metric]:
        return self._families.values()
