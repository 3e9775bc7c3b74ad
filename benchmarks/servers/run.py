"""One of the Python servers here, on uvicorn: `python -m benchmarks.servers.run NAME PORT`.

CPython keeps the frames of functions in chunks of 16 KiB, and gives a chunk back to the system as
soon as its last frame ends. Where a hot call happens to lie on the border of two, each such call
maps memory anew: stock Strawberry under uvloop then takes three times as long, for no reason of its
own. So that no peer is measured by where its frames happen to lie, the server runs below a frame
that is so large that one chunk has room for all others.
"""

from __future__ import annotations

import sys
from collections.abc import Callable

import uvicorn

# Slots of eight bytes: half of the chunk that such a frame needs remains for what it calls.
_ROOM = 70_000


def _call(function: Callable[[], object]) -> None:
    function()


def with_room(function: Callable[[], object]) -> None:
    """Call it below a frame of some half a mebibyte."""
    _call.__code__ = _call.__code__.replace(co_stacksize=_ROOM)
    _call(function)


def main(name: str, port: int) -> None:
    config = uvicorn.Config(
        f"benchmarks.servers.{name}:create",
        factory=True,
        port=port,
        log_level="error",
        access_log=False,
    )
    with_room(uvicorn.Server(config).run)


if __name__ == "__main__":
    main(sys.argv[1], int(sys.argv[2]))
