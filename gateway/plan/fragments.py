"""What selections made of immutable records, encoded."""

from __future__ import annotations

import threading
from collections.abc import Hashable
from typing import Any

import orjson

from gateway.lru import Lru

# What a fragment weighs beside its bytes, rounded up.
_OVERHEAD = 300


class Kept:
    """Encoded answers by selection and record; capacity in bytes."""

    def __init__(self, capacity: int) -> None:
        self._fragments: Lru[Hashable, orjson.Fragment] = Lru(capacity)
        self.hits = 0
        self.misses = 0

    def get(self, key: Hashable) -> orjson.Fragment | None:
        found = self._fragments.get(key)
        if found is None:
            self.misses += 1
            return None
        self.hits += 1
        return found

    def put(self, key: Hashable, value: dict[str, Any]) -> orjson.Fragment:
        encoded = orjson.dumps(value)
        fragment = orjson.Fragment(encoded)
        self._fragments.put(key, fragment, _OVERHEAD + len(encoded))
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

    @property
    def hits(self) -> tuple[int, int]:
        """How often a fragment was at hand in this epoch, and how often it had to be made."""
        return self._kept.hits, self._kept.misses

    def of(self, epoch: object) -> Kept:
        """The fragments of this epoch; those of another one are dropped."""
        with self._lock:
            if epoch is not self._epoch:
                self._epoch, self._kept = epoch, Kept(self._capacity)
            return self._kept
