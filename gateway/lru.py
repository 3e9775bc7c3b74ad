"""What was needed last, within a bound in bytes.

cachetools' caches do the same in Python, at one to two microseconds a look. Where a page looks for
a hundred things, that is most of its time; here a look is two calls of C.
"""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Hashable
from typing import Generic, TypeVar

K = TypeVar("K", bound=Hashable)
V = TypeVar("V")


class Lru(Generic[K, V]):
    """Values by key, each with a weight in bytes; together they weigh no more than `capacity`.

    What was not asked for the longest makes room first. It has no lock of its own.
    """

    __slots__ = ("_kept", "_weighs", "capacity")

    def __init__(self, capacity: float) -> None:
        self.capacity = capacity
        self._kept: OrderedDict[K, tuple[V, float]] = OrderedDict()
        self._weighs = 0.0

    def get(self, key: K) -> V | None:
        """Raises TypeError for keys that have no hash."""
        found = self._kept.get(key)
        if found is None:
            return None
        self._kept.move_to_end(key)
        return found[0]

    def put(self, key: K, value: V, weight: float) -> None:
        """Keep it, unless it alone is too much."""
        self._drop(key)
        if weight > self.capacity:
            return
        while self._weighs + weight > self.capacity:
            self._drop(next(iter(self._kept)))
        self._kept[key] = (value, weight)
        self._weighs += weight

    def _drop(self, key: K) -> None:
        found = self._kept.pop(key, None)
        if found is not None:
            self._weighs -= found[1]

    def clear(self) -> None:
        self._kept.clear()
        self._weighs = 0.0

    def __len__(self) -> int:
        return len(self._kept)

    @property
    def weighs(self) -> float:
        """Bytes of all that is kept."""
        return self._weighs
