"""What happens where there are as many connections as there may be."""

from __future__ import annotations

import heapq
from collections.abc import Collection
from typing import Any

# One connection in so many is closed at once, so that not every newcomer has to look at all others.
_SHARE = 16


def make_room(connections: Collection[Any], newcomer: object) -> bool:
    """Close those that have kept us waiting for a request for longest; False where there are none.

    So clients that hold connections and ask nothing keep nobody out.
    """
    waiting = [
        (since, number, connection)
        for number, connection in enumerate(connections)
        if connection is not newcomer and (since := connection.waits_since) is not None
    ]
    for _, _, connection in heapq.nsmallest(len(waiting) // _SHARE + 1, waiting):
        connection.leave()
    return bool(waiting)
