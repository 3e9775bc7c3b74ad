"""What an answer weighs, before a byte of it is written.

Texts in it are those of records, which are in memory anyway and stand in an answer as often as they
were asked for; only writing it makes copies of them.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import orjson

from gateway.execution.limits import too_large

# Of a name, or of a value that is no text, at least; quotes and commas with it.
_LEAST = 4


def check_weight(document: dict[str, Any], most: int) -> None:
    """Raises QueryError(OPERATION_TOO_LARGE) for a document of more than so many bytes.

    Escapes in texts are not counted, nor exactly what stands between them.
    """
    weight = 0
    waiting: list[Iterable[Any]] = [document.values()]
    while waiting:
        for value in waiting.pop():
            if isinstance(value, str):
                weight += len(value) if value.isascii() else len(value.encode())
            elif isinstance(value, dict):
                waiting.append(value.values())
            elif isinstance(value, list):
                waiting.append(value)
            elif isinstance(value, orjson.Fragment):
                weight += len(orjson.dumps(value))  # a copy, and one at a time
            weight += _LEAST
        if weight > most:
            raise too_large("answer", weight, most)
