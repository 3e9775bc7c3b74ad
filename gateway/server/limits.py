"""What one client may take of the server, and how it is given to uvicorn."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import uvicorn
from uvicorn.server import ServerState

from gateway.http.reuse import Repeats

# Requests that may wait for the answer to an earlier one on the same connection.
MAX_PIPELINED = 128

# After an answer that came before the end of the request, so much more is read and thrown away:
# a connection that is closed over unread bytes is reset, and the answer with it (RFC 9112, 9.6).
LINGER_BYTES = 8 << 20
LINGER_SECONDS = 5.0

# Once the process was told to end: how long half a request has to become a whole one, or a client
# that took none of its bytes to take some; and how long an answer has to be read after it.
LAST_CHANCE_SECONDS = 3.0
LAST_LINGER_SECONDS = 1.0
# Then everything is cut off, so that the process ends within 15 seconds.
LAST_SECONDS = 11.0

# A client that takes fewer bytes than this in `send_timeout` takes none.
LEAST_TAKEN = 4096


@dataclass(frozen=True)
class ServerLimits:
    """Times in seconds, sizes in bytes. header_timeout: from the first byte of a request, or from
    the connection on, to the end of the headers; body_timeout: from there to the end of the body;
    keep_alive_timeout: between an answer and the next request; send_timeout: without taking
    anything; connections: at once; url, headers: of one request; header_count: lines of it; body:
    as the application bounds it."""

    header_timeout: float = 10.0
    body_timeout: float = 20.0
    keep_alive_timeout: float = 15.0
    send_timeout: float = 10.0
    connections: int = 2000
    url: int = 1 << 16
    headers: int = 1 << 15
    header_count: int = 100
    body: int = 1 << 17

    @property
    def head(self) -> int:
        """Bytes on the wire before the body."""
        return self.url + self.headers

    @property
    def message(self) -> int:
        """Bytes on the wire of a whole request, with what chunks of one byte add to its body."""
        return self.head + 8 * self.body

    @property
    def tick(self) -> float:
        """How often connections are looked at: four times in the shortest time-out."""
        shortest = min(
            self.header_timeout, self.body_timeout, self.keep_alive_timeout, self.send_timeout
        )
        return min(1.0, shortest / 4)


class ServerConfig(uvicorn.Config):
    """uvicorn's settings, and what its protocols have no setting for. refused: told the code of
    each request that is answered before it reaches the application; repeats: what knows the answers
    to requests that come again."""

    def __init__(
        self,
        app: Any,
        limits: ServerLimits,
        refused: Callable[[str], None],
        repeats: Repeats | None = None,
        **others: Any,
    ) -> None:
        super().__init__(app, **others)
        self.limits = limits
        self.refused = refused
        self.repeats = repeats


class State(ServerState):
    """What the connections of one process share. ending_since: on the clock of the event loop."""

    def __init__(self) -> None:
        super().__init__()
        self.ending_since: float | None = None

    def is_over(self, now: float) -> bool:
        """Whether whoever is still connected has had all the time that there is."""
        return self.ending_since is not None and now - self.ending_since > LAST_SECONDS

    def patience(self, seconds: float) -> float:
        """How long to wait for somebody, who gets less time once the process ends."""
        return seconds if self.ending_since is None else min(seconds, LAST_CHANCE_SECONDS)

    @property
    def linger(self) -> float:
        """How long to wait until an answer was read, in seconds."""
        return LINGER_SECONDS if self.ending_since is None else LAST_LINGER_SECONDS
