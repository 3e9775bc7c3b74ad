"""Records at hand, so that not every request reads and judges them again."""

from __future__ import annotations

import threading
from collections.abc import Mapping, Sequence

from gateway.lru import Lru
from gateway.repository.judge import Judge
from gateway.verdict.admitted import Admitted

# What a record takes in memory, for each byte of its canonical form: that itself, what was read
# from it, and its model. Rounded up, like the overhead.
_SPREAD = 3.5
_OVERHEAD = 4096


def _weight(admitted: Admitted) -> float:
    raw = admitted.visible.raw
    return _OVERHEAD + _SPREAD * len(raw.canonical) + len(raw.body) + sum(map(len, raw.secured))


class Shelf:
    """Records by the row that they were read from; capacity in bytes.

    They are proven, whatever became of their rows since. But a row that was changed is evidence,
    and somebody should hear of it: whoever writes to the database, in whatever way, empties the
    shelf, and so does another judge, that is, other keys or another time.
    """

    def __init__(self, capacity: int) -> None:
        self._records: Lru[int, Admitted] = Lru(capacity)
        self._state: tuple[Judge | None, int | None] = (None, None)
        self._lock = threading.Lock()
        self.hits = 0
        self.misses = 0

    def take(
        self, row_ids: Sequence[int], judge: Judge, version: int | None
    ) -> dict[int, Admitted]:
        """Those of the rows that are at hand. version: of the database, None if it is unknown."""
        with self._lock:
            self._enter(judge, version)
            found: dict[int, Admitted] = {}
            for row_id in row_ids:
                admitted = self._records.get(row_id)
                if admitted is not None:
                    found[row_id] = admitted
            self.hits += len(found)
            self.misses += len(row_ids) - len(found)
            return found

    def put(self, records: Mapping[int, Admitted], judge: Judge, version: int | None) -> None:
        """version: of the database before these were read from it."""
        with self._lock:
            if version is None or self._state != (judge, version):
                return
            for row_id, admitted in records.items():
                self._records.put(row_id, admitted, _weight(admitted))

    def clear(self) -> None:
        with self._lock:
            self._records.clear()

    def _enter(self, judge: Judge, version: int | None) -> None:
        if version is None or self._state != (judge, version):
            self._records.clear()
            self._state = (judge, version)
