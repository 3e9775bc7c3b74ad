"""How many requests one client may send, by a clock that only the test moves."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
from starlette.applications import Starlette
from starlette.middleware import Middleware
from starlette.requests import Request
from starlette.responses import PlainTextResponse
from starlette.routing import Route, WebSocketRoute
from starlette.testclient import TestClient
from starlette.types import ASGIApp, Receive, Scope, Send
from starlette.websockets import WebSocket, WebSocketDisconnect

from gateway.http.rate import CALLER, Buckets, Limiter, Policy, RateLimit, client_of
from tests.support.client import Client, serving
from tests.support.folder import Folder


class Clock:
    def __init__(self) -> None:
        self.now = 1000.0

    def __call__(self) -> float:
        return self.now


@pytest.fixture
def clock() -> Clock:
    return Clock()


def test_a_burst_then_the_rate(clock: Clock) -> None:
    buckets = Buckets(Policy(rate=2, burst=3), clock)
    assert [buckets.take("a").admitted for _ in range(5)] == [True, True, True, False, False]
    clock.now += 0.5
    assert [buckets.take("a").admitted for _ in range(2)] == [True, False]
    clock.now += 1000
    assert [buckets.take("a").admitted for _ in range(4)] == [True, True, True, False]


def test_what_is_left_is_told(clock: Clock) -> None:
    buckets = Buckets(Policy(rate=0.5, burst=2), clock)
    told = [(found.left, found.reset) for found in (buckets.take("a") for _ in range(3))]
    assert told == [(1, 2), (0, 4), (0, 2)]
    clock.now += 1
    assert buckets.take("a").reset == 1


def test_clients_do_not_take_from_each_other(clock: Clock) -> None:
    buckets = Buckets(Policy(rate=1, burst=1), clock)
    assert buckets.take("a").admitted
    assert buckets.take("b").admitted
    assert not buckets.take("a").admitted


def test_memory_for_clients_is_bounded_and_the_active_ones_stay(clock: Clock) -> None:
    buckets = Buckets(Policy(rate=1, burst=1), clock, remembered=10)
    for number in range(1000):
        buckets.take("active")
        buckets.take(f"other {number}")
    assert len(buckets) == 10
    assert not buckets.take("active").admitted


@pytest.mark.parametrize(
    ("host", "expected"),
    [
        ("192.0.2.7", "192.0.2.7"),
        ("2001:db8:1:2:3:4:5:6", "2001:db8:1:2::/64"),
        ("2001:db8:1:2::1", "2001:db8:1:2::/64"),
        ("fe80::1%eth0", "fe80::/64"),
        ("::ffff:192.0.2.7", "192.0.2.7"),
        ("testclient", "testclient"),
        ("x" * 1000, "x" * 100),
    ],
)
def test_an_address_stands_for_its_network(host: str, expected: str) -> None:
    assert client_of({"type": "http", "client": (host, 1)}) == expected


def test_a_caller_counts_by_name_and_not_by_address() -> None:
    scope = {"client": ("192.0.2.7", 1), "state": {CALLER: "t1"}}
    assert client_of(scope) == "caller t1"
    assert client_of({"client": None}) == ""


def application(clock: Clock, policy: Policy) -> Starlette:
    async def answer(_: Request) -> PlainTextResponse:
        return PlainTextResponse("answer")

    async def connect(websocket: WebSocket) -> None:
        await websocket.accept()
        await websocket.close()

    return Starlette(
        routes=[
            Route("/graphql", answer, methods=["GET", "POST"]),
            Route("/healthz", answer),
            WebSocketRoute("/graphql", connect),
        ],
        middleware=[Middleware(RateLimit, limiter=Limiter(policy, clock))],
    )


@pytest.fixture
def http(clock: Clock) -> Iterator[TestClient]:
    with TestClient(application(clock, Policy(rate=0.25, burst=2))) as client:
        yield client


def test_every_answer_says_what_holds_and_what_is_left(http: TestClient) -> None:
    headers = http.get("/graphql").headers
    assert headers["ratelimit-policy"] == '"default";q=2;w=8'
    assert headers["ratelimit"] == '"default";r=1;t=4'


def test_what_is_too_much_is_refused_until_it_is_not(http: TestClient, clock: Clock) -> None:
    assert [http.get("/graphql").status_code for _ in range(3)] == [200, 200, 429]
    refused = http.post("/graphql", content=b"not even read")
    assert refused.json()["errors"][0]["extensions"]["code"] == "RATE_LIMITED"
    assert refused.headers["retry-after"] == "4"
    assert refused.headers["ratelimit"] == '"default";r=0;t=4'
    assert refused.headers["cache-control"] == "no-store"
    clock.now += int(refused.headers["retry-after"])
    assert http.get("/graphql").status_code == 200


def test_only_the_endpoint_counts(http: TestClient) -> None:
    assert [http.get("/healthz").status_code for _ in range(5)] == [200] * 5
    assert "ratelimit" not in http.get("/healthz").headers


def test_a_connection_is_a_request(http: TestClient) -> None:
    for _ in range(2):
        with http.websocket_connect("/graphql"):
            pass
    with pytest.raises(WebSocketDisconnect), http.websocket_connect("/graphql"):
        pass
    assert http.get("/graphql").status_code == 429


def test_who_brings_a_token_has_a_bucket_of_its_own(clock: Clock) -> None:
    class Named:
        def __init__(self, app: ASGIApp) -> None:
            self._app = app

        async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
            name = dict(scope.get("headers", ())).get(b"x-name")
            if name is not None:
                scope.setdefault("state", {})[CALLER] = name.decode()
            await self._app(scope, receive, send)

    app = Named(application(clock, Policy(rate=1, burst=1)))
    with TestClient(app) as http:

        def status(**headers: str) -> int:
            return http.get(
                "/graphql", headers={"x-name": name} if (name := headers.get("as_")) else {}
            ).status_code

        assert [status(), status(), status(as_="a"), status(as_="a"), status(as_="b")] == [
            200,
            429,
            200,
            429,
            200,
        ]


def statuses(client: Client, number: int) -> list[int]:
    return [client.http.get("/graphql?query={__typename}").status_code for _ in range(number)]


def test_the_gateway_counts_unless_it_is_told_not_to(folder: Folder) -> None:
    def with_rate(**changes: Any) -> list[int]:
        with serving(folder.settings.model_copy(update=changes)) as client:
            return statuses(client, 4)

    assert with_rate(rate_limit=0.001, rate_burst=3) == [200, 200, 200, 429]
    assert with_rate(rate_limit=0, rate_burst=1) == [200] * 4


def test_forwarded_addresses_are_not_believed_by_the_application(folder: Folder) -> None:
    settings = folder.settings.model_copy(update={"rate_limit": 0.001, "rate_burst": 1})
    with serving(settings) as client:
        found = [
            client.http.get(
                "/graphql?query={__typename}", headers={"x-forwarded-for": f"192.0.2.{number}"}
            ).status_code
            for number in range(2)
        ]
    assert found == [200, 429]
