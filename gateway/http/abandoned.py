"""Requests whose clients went away: nobody waits for the answer, so nobody should work on it."""

from __future__ import annotations

import asyncio
from collections.abc import Coroutine
from typing import Any

from starlette.requests import Request
from starlette.responses import Response

# Seconds after which it is worth looking whether the client is still there: most are answered by
# then, and looking costs a task.
_SOON = 0.02

# What some servers note for such requests. No client ever reads it.
CLIENT_CLOSED_REQUEST = 499


async def while_connected(request: Request, work: Coroutine[Any, Any, Response]) -> Response:
    """The response that the work makes; where the client leaves before, the work is cancelled.

    The body of the request must have been read.
    """
    working = asyncio.ensure_future(work)
    gone: asyncio.Future[None] | None = None
    try:
        await asyncio.wait((working,), timeout=_SOON)
        if not working.done():
            gone = asyncio.ensure_future(_gone(request))
            await asyncio.wait((working, gone), return_when=asyncio.FIRST_COMPLETED)
        if working.done():
            return working.result()
        return Response(status_code=CLIENT_CLOSED_REQUEST)
    finally:
        left = [future for future in (working, gone) if future is not None and not future.done()]
        for future in left:
            future.cancel()
        await asyncio.gather(*left, return_exceptions=True)


async def _gone(request: Request) -> None:
    while (await request.receive())["type"] != "http.disconnect":
        pass
