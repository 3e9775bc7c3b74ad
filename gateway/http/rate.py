"""How many requests one client may send: a bucket of tokens for each.

Announced as draft-ietf-httpapi-ratelimit-headers-10 has it: `RateLimit-Policy` is what holds,
`RateLimit` what is left of it.
"""

from __future__ import annotations

import ipaddress
import math
from collections import OrderedDict
from collections.abc import Callable
from dataclasses import dataclass

from starlette.types import ASGIApp, Message, Receive, Scope, Send

from gateway.errors import QueryError, Reason
from gateway.http.caching import not_stored
from gateway.http.response import refuse

_PATH = "/graphql"

# The member of the scope's state under which others say who the caller is, if they know it.
CALLER = "caller"

# Clients that are remembered, some 300 bytes each. Whoever is forgotten begins with a full bucket,
# and to have somebody forgotten takes requests from as many addresses.
_REMEMBERED = 16_384


@dataclass(frozen=True)
class Policy:
    """rate: requests a second in the long run; burst: requests at once after a rest."""

    rate: float
    burst: int

    def header(self) -> str:
        """The window is how long it takes to have the whole burst again."""
        return f'"default";q={self.burst};w={math.ceil(self.burst / self.rate)}'


@dataclass
class _Bucket:
    tokens: float
    seen: float


@dataclass(frozen=True)
class Standing:
    """What a client may still do. left: requests now; reset: seconds until there is one more, or
    all again if one is left; admitted: whether this request was."""

    admitted: bool
    left: int
    reset: int

    def header(self) -> str:
        return f'"default";r={self.left};t={self.reset}'


class Buckets:
    """clock: seconds that never go back."""

    def __init__(
        self, policy: Policy, clock: Callable[[], float], remembered: int = _REMEMBERED
    ) -> None:
        self._policy = policy
        self._clock = clock
        self._remembered = remembered
        self._buckets: OrderedDict[str, _Bucket] = OrderedDict()

    def take(self, client: str) -> Standing:
        """Count one request of a client."""
        bucket = self._fill(client)
        admitted = bucket.tokens >= 1
        if admitted:
            bucket.tokens -= 1
        missing = 1 if not admitted else self._policy.burst
        reset = math.ceil((missing - bucket.tokens) / self._policy.rate)
        return Standing(admitted, int(bucket.tokens), max(1, reset))

    def admits(self, client: str) -> bool:
        """Whether a client may send one more; that is not counted."""
        return self._fill(client).tokens >= 1

    def _fill(self, client: str) -> _Bucket:
        now = self._clock()
        bucket = self._buckets.pop(client, None) or _Bucket(self._policy.burst, now)
        gained = (now - bucket.seen) * self._policy.rate
        bucket.tokens = min(self._policy.burst, bucket.tokens + gained)
        bucket.seen = now
        self._buckets[client] = bucket
        if len(self._buckets) > self._remembered:
            self._buckets.popitem(last=False)
        return bucket

    def __len__(self) -> int:
        return len(self._buckets)


class Limiter:
    """What clients may send, and what each of them has sent."""

    def __init__(self, policy: Policy, clock: Callable[[], float]) -> None:
        self._policy = policy.header().encode()
        self._buckets = Buckets(policy, clock)

    def take(self, scope: Scope) -> Standing:
        """Count one request of whoever sent it."""
        return self._buckets.take(client_of(scope))

    def admits(self, scope: Scope) -> bool:
        """Whether this request may be answered; that is not counted."""
        return self._buckets.admits(client_of(scope))

    def headers(self, standing: Standing) -> list[tuple[bytes, bytes]]:
        """What an answer says of it."""
        left = standing.header().encode()
        return [(b"ratelimit-policy", self._policy), (b"ratelimit", left)]


class RateLimit:
    """Refuses what is too much with 429 before anything of it is read."""

    def __init__(self, app: ASGIApp, limiter: Limiter) -> None:
        self._app = app
        self._limiter = limiter

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] not in {"http", "websocket"} or scope["path"] != _PATH:
            await self._app(scope, receive, send)
            return
        standing = self._limiter.take(scope)
        if scope["type"] == "websocket":
            await self._connect(standing, scope, receive, send)
            return

        async def send_with_rate(message: Message) -> None:
            if message["type"] == "http.response.start":
                message["headers"] = [*message["headers"], *self._limiter.headers(standing)]
            await send(message)

        if standing.admitted:
            await self._app(scope, receive, send_with_rate)
            return
        response = not_stored(refuse(_too_many()))
        response.headers["retry-after"] = str(standing.reset)
        await response(scope, receive, send_with_rate)

    async def _connect(
        self, standing: Standing, scope: Scope, receive: Receive, send: Send
    ) -> None:
        """A connection counts as one request; what is sent on it has bounds of its own."""
        if standing.admitted:
            await self._app(scope, receive, send)
        else:
            await send({"type": "websocket.close", "code": 1013, "reason": "Try again later"})


def client_of(scope: Scope) -> str:
    """Whose requests are counted together: a caller by name, or an address.

    Who has an IPv6 address has at least a network of 64 bits of them (RFC 6177).
    """
    caller = scope.get("state", {}).get(CALLER)
    if isinstance(caller, str):
        return f"caller {caller}"
    host = scope["client"][0] if scope.get("client") else ""
    try:
        address = ipaddress.ip_address(host.partition("%")[0])
    except ValueError:
        return host[:100]
    if address.version == 4:
        return str(address)
    if address.ipv4_mapped is not None:
        return str(address.ipv4_mapped)
    return str(ipaddress.ip_network((int(address), 64), strict=False))


def _too_many() -> QueryError:
    return QueryError(
        Reason.RATE_LIMITED,
        "this client sends more requests than it may",
        hint="Wait as many seconds as Retry-After says.",
    )
