"""One request and its response, on uvicorn's terms."""

from __future__ import annotations

from collections.abc import Coroutine
from typing import Any

from uvicorn.protocols.http.httptools_impl import RequestResponseCycle

_CLOSE = (b"connection", b"close")


class Cycle(RequestResponseCycle):
    """Says that the connection ends where the answer comes before the end of the request.

    said_close: that it was said; the protocol then closes, once the client could read it.
    """

    said_close = False

    def send(self, message: Any) -> Coroutine[Any, Any, None]:
        if self.more_body and not self.response_started and not self.disconnected:
            return self._start_early(message)
        return super().send(message)

    async def _start_early(self, message: Any) -> None:
        self.said_close = True
        message["headers"] = [*message.get("headers", ()), _CLOSE]
        await super().send(message)
        # uvicorn would close over the unread rest of the request, and so reset the connection.
        self.keep_alive = True

    def give_up(self) -> None:
        """Tell the application that the client is gone; nothing that it sends goes anywhere."""
        self.disconnected = True
        self.message_event.set()
