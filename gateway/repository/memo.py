"""What an index was asked before."""

from __future__ import annotations

import threading
from collections.abc import Hashable, Mapping, Sequence

from gateway.lru import Lru

# For one part of an answer, in bytes, rounded up; questions weigh about as much as short answers.
_PART = 120
_QUESTION = 1000


class Memo:
    """Answers of an index, which never changes, by question; capacity in bytes.

    Nobody may change what it hands out.
    """

    def __init__(self, capacity: int) -> None:
        self._answers: Lru[Hashable, tuple[object]] = Lru(capacity)
        self._lock = threading.Lock()

    def get(self, question: Hashable) -> tuple[object] | None:
        """A tuple of the answer, since None may be one; None for what was not asked before.

        Raises TypeError for questions that have no hash.
        """
        with self._lock:
            return self._answers.get(question)

    def put(self, question: Hashable, answer: object) -> None:
        weight = _QUESTION + _PART * _parts(answer)
        with self._lock:
            self._answers.put(question, (answer,), weight)


def _parts(value: object) -> int:
    if isinstance(value, Mapping):
        return 1 + sum(_parts(part) for part in value.values()) + len(value)
    if isinstance(value, Sequence) and not isinstance(value, str | bytes):
        return 1 + sum(map(_parts, value))
    return 1 + (len(value) // _PART if isinstance(value, str) else 0)
