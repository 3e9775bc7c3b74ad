"""Whether the event loop comes round in time."""

from __future__ import annotations

import asyncio
from collections.abc import Callable

_SECONDS = 0.25


async def feel(told: Callable[[float], None]) -> None:
    """Until it is cancelled: tell how many seconds late each waking was."""
    loop = asyncio.get_running_loop()
    while True:
        planned = loop.time() + _SECONDS
        await asyncio.sleep(_SECONDS)
        told(max(0.0, loop.time() - planned))
