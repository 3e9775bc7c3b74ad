"""What selections made of immutable records, encoded."""

from __future__ import annotations

import threading
from collections.abc import Hashable
from typing import Any

import orjson
from cachetools import LRUCache

# What a fragment weighs beside its bytes, rounded up.
_OVERHEAD = 300


class Kept:
    """Encoded answers by selection and record; capacity in bytes."""

    def __init__(self, capacity: int) -> None:
        self._fragments: LRUCache[Hashable, tuple[orjson.Fragment, int]] = LRUCache(
            capacity, getsizeof=lambda kept: kept[1]
        )
        self.hits = 0
        self.misses = 0

    def get(self, key: Hashable) -> orjson.Fragment | None:
        found = self._fragments.get(key)
        if found is None:
            self.misses += 1
            return None
        self.hits += 1
        return found[0]

    def put(self, key: Hashable, value: dict[str, Any]) -> orjson.Fragment:
        encoded = orjson.dumps(value)
        fragment = orjson.Fragment(encoded)
        weight = _OVERHEAD + len(encoded)
        if weight <= self._fragments.maxsize:
            self._fragments[key] = (fragment, weight)
        return fragment


class Fragments:
    """Fragments of one epoch, which is whatever besides a record decides what can be said of it.

    Whoever began in another epoch goes on with fragments of its own, which nobody else sees.
    """

    def __init__(self, capacity: int) -> None:
        self._capacity = capacity
        self._epoch: object = None
        self._kept = Kept(capacity)
        self._lock = threading.Lock()

    def of(self, epoch: object) -> Kept:
        """The fragments of this epoch; those of another one are dropped."""
        with self._lock:
            if epoch is not self._epoch:
                self._epoch, self._kept = epoch, Kept(self._capacity)
            return self._kept
