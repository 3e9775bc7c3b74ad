"""What selections made of immutable records, encoded."""

from __future__ import annotations

import threading
from collections.abc import Hashable
from typing import Any

import orjson
from cachetools import LRUCache

# What a fragment weighs beside its bytes, rounded up.
_OVERHEAD = 300


class Fragments:
    """Encoded answers by selection and record; capacity in bytes.

    They hold for one epoch, which is whatever besides a record decides what can be said of it.
    """

    def __init__(self, capacity: int) -> None:
        self._kept: LRUCache[Hashable, tuple[orjson.Fragment, int]] = LRUCache(
            capacity, getsizeof=lambda kept: kept[1]
        )
        self._epoch: object = None
        self._lock = threading.Lock()
        self.hits = 0
        self.misses = 0

    def enter(self, epoch: object) -> None:
        """Drop what was made in another epoch."""
        with self._lock:
            if epoch is not self._epoch:
                self._kept.clear()
                self._epoch = epoch

    def get(self, key: Hashable) -> orjson.Fragment | None:
        found = self._kept.get(key)
        if found is None:
            self.misses += 1
            return None
        self.hits += 1
        return found[0]

    def put(self, key: Hashable, value: dict[str, Any]) -> orjson.Fragment:
        encoded = orjson.dumps(value)
        fragment = orjson.Fragment(encoded)
        weight = _OVERHEAD + len(encoded)
        if weight <= self._kept.maxsize:
            self._kept[key] = (fragment, weight)
        return fragment
