"""Python's cyclic collector, kept from stopping the world while a corpus is taken up.

A full collection looks at every object there is, in one go, while no other thread of Python runs:
with five thousand records that took a tenth to a quarter of a second, several times during a first
ingest. It begins whenever a quarter more objects have come to stay, which is what building a view
does. Records hold no cycles: counting references frees them.
"""

from __future__ import annotations

import gc
import threading
from collections.abc import Iterator
from contextlib import contextmanager

# Objects with members that come to stay before the youngest are looked at, and how often they are
# before the older ones and all are. A request makes some hundred and leaves none.
_THRESHOLDS = (20_000, 20, 100)

_lock = threading.Lock()
_building = 0


@contextmanager
def uncollected() -> Iterator[None]:
    """While a block, in whatever thread, makes much that stays, nothing is collected."""
    global _building  # noqa: PLW0603  as the collector is one for the process
    with _lock:
        _building += 1
        gc.disable()
    try:
        yield
    finally:
        with _lock:
            _building -= 1
            if _building == 0:
                gc.enable()


def settle() -> None:
    """What there is now is here to stay: collections pass it over from now on.

    Garbage with cycles that nobody has collected yet is never found again, so this is for rare
    moments at which much has been made.
    """
    gc.freeze()


def collect_rarely() -> None:
    """For a process that serves: records that were read fill the caches, so that a quarter more
    come to stay again and again, and each time a look at all of them would stop every request."""
    gc.set_threshold(*_THRESHOLDS)
