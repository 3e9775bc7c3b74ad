"""deploy/nginx.conf in a real nginx, in front of a gateway that is a process of its own."""

from __future__ import annotations

import gzip
import json
import re
from collections.abc import Iterator
from dataclasses import dataclass
from http.client import HTTPResponse
from pathlib import Path
from urllib.parse import quote, urlsplit

import pytest
from websockets.exceptions import InvalidStatus
from websockets.sync.client import ClientConnection, connect
from websockets.typing import Origin, Subprotocol

from gateway.settings import Settings
from tests.deploy.events import CHANGED, changes
from tests.deploy.proxy import CONFIG, connected, proxied, recording
from tests.support.folder import Folder
from tests.support.process import PATIENCE, Server, add_now, seal_now, serve

SCHEMA = f"/graphql?query={quote('{__schema {types {name description}}}')}"
COUNT = f"/graphql?query={quote('{articles {totalCount}}')}"
DEFERRED = '{article(path: "_news/a.md") {path ... @defer {title}}}'
LIMIT = Settings.model_fields["max_body_bytes"].default


@dataclass
class Site:
    """A gateway, and the port of the proxy in front of it."""

    folder: Folder
    server: Server
    port: int


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    base = tmp_path_factory.mktemp("site")
    folder = seal_now(Folder(base))
    with serve(base) as server, proxied(base / "nginx", port_of(server)) as port:
        yield Site(folder, server, port)


def port_of(server: Server) -> int:
    return urlsplit(server.url).port or 0


def get(port: int, target: str, **headers: str) -> tuple[HTTPResponse, bytes]:
    return ask(port, "GET", target, None, headers)


def post(port: int, body: bytes) -> tuple[HTTPResponse, bytes]:
    return ask(port, "POST", "/graphql", body, {"Content-Type": "application/json"})


def ask(
    port: int, method: str, target: str, body: bytes | None, headers: dict[str, str]
) -> tuple[HTTPResponse, bytes]:
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    with connected(port) as connection:
        connection.request(method, target, body, named)
        response = connection.getresponse()
        return response, response.read()


def code(body: bytes) -> str:
    (error,) = json.loads(body)["errors"]
    return str(error["extensions"]["code"])


def test_a_long_answer_is_compressed_and_its_tag_weakened(site: Site) -> None:
    response, body = get(site.port, SCHEMA, Accept_Encoding="gzip")
    assert response.headers["content-encoding"] == "gzip"
    assert response.headers["etag"].startswith('W/"')
    assert "Accept-Encoding" in ", ".join(response.headers.get_all("vary") or [])
    assert "data" in json.loads(gzip.decompress(body))


def test_the_weakened_tag_is_answered_with_304(site: Site) -> None:
    response, _ = get(site.port, SCHEMA, Accept_Encoding="gzip")
    tag = response.headers["etag"]
    again, body = get(site.port, SCHEMA, Accept_Encoding="gzip", If_None_Match=tag)
    assert (again.status, body) == (304, b"")
    assert again.headers["etag"].removeprefix("W/") == tag.removeprefix("W/")


def test_events_arrive_when_they_are_made(site: Site) -> None:
    with changes(site.port) as events:
        for path in ("_news/event-1.md", "_news/event-2.md"):
            add_now(site.folder, path)
            assert next(events) == {"kind": "PUBLISH", "path": path}


def subscriber(port: int, origin: str) -> ClientConnection:
    return connect(
        f"ws://127.0.0.1:{port}/graphql",
        origin=Origin(origin),
        subprotocols=[Subprotocol("graphql-transport-ws")],
        proxy=None,
    )


def test_a_subscription_runs_over_a_websocket(site: Site) -> None:
    with subscriber(site.port, f"http://127.0.0.1:{site.port}") as socket:
        socket.send('{"type": "connection_init"}')
        assert json.loads(socket.recv(PATIENCE))["type"] == "connection_ack"
        asked = {"id": "1", "type": "subscribe", "payload": {"query": CHANGED}}
        socket.send(json.dumps(asked))
        # Answered in order: once this is, the subscription has begun.
        asked = {"id": "2", "type": "subscribe", "payload": {"query": "{__typename}"}}
        socket.send(json.dumps(asked))
        assert [json.loads(socket.recv(PATIENCE))["type"] for _ in range(2)] == ["next", "complete"]
        for path in ("_news/socket-1.md", "_news/socket-2.md"):
            add_now(site.folder, path)
            told = json.loads(socket.recv(PATIENCE))["payload"]["data"]["articleChanged"]
            assert told == {"kind": "PUBLISH", "path": path}


def test_pages_of_other_sites_get_no_websocket(site: Site) -> None:
    with pytest.raises(InvalidStatus) as refused, subscriber(site.port, "https://other.example"):
        pass
    assert refused.value.response.status_code == 403


def test_a_deferred_part_comes_whole(site: Site) -> None:
    accept = "multipart/mixed;deferSpec=20220824, application/json"
    target = f"/graphql?query={quote(DEFERRED)}"
    response, body = get(site.port, target, Accept=accept, Accept_Encoding="gzip")
    assert response.headers["content-type"].startswith("multipart/mixed")
    parts = [part.split(b"\r\n\r\n", 1)[1] for part in body.split(b"\r\n---")[1:-1]]
    first, second = map(json.loads, parts)
    assert first == {"data": {"article": {"path": "_news/a.md"}}, "hasNext": True}
    assert second["incremental"][0]["data"] == {"title": "A seal on every page"}


@pytest.mark.parametrize("media_type", ["multipart/mixed", "text/event-stream"])
def test_a_part_arrives_before_the_next_one_is_made(tmp_path: Path, media_type: str) -> None:
    with (
        recording() as recorder,
        proxied(tmp_path / "nginx", recorder.server_port) as port,
        connected(port) as connection,
    ):
        headers = {"Accept": media_type, "Accept-Encoding": "gzip"}
        connection.request("GET", "/graphql?stream", headers=headers)
        response = connection.getresponse()
        assert response.readline() == b"first\n"
        recorder.read.set()
        assert response.read() == b"second\n"


def test_a_body_at_the_limit_reaches_the_gateway(site: Site) -> None:
    response, body = post(site.port, b'{"query": "{__typename}"}'.ljust(LIMIT))
    assert response.status == 200
    assert json.loads(body) == {"data": {"__typename": "Query"}}


def test_a_body_over_the_limit_is_413_in_the_form_that_clients_read(site: Site) -> None:
    response, body = post(site.port, b" " * (LIMIT + 1))
    assert (response.status, code(body)) == (413, "BODY_TOO_LARGE")
    assert str(LIMIT) in json.loads(body)["errors"][0]["message"]
    assert response.headers["content-type"] == "application/json"
    direct, said = post(port_of(site.server), b" " * (LIMIT + 1))
    assert (direct.status, code(said)) == (response.status, code(body))


def test_a_url_that_the_gateway_would_take_is_passed_on(site: Site) -> None:
    target = COUNT + "%20" * 20_000
    assert get(site.port, target)[0].status == 200


def test_of_a_longer_one_the_gateway_says_itself_that_it_is_too_long(site: Site) -> None:
    response, body = get(site.port, COUNT + "%20" * 25_000)
    assert (response.status, code(body)) == (414, "URL_TOO_LONG")


def test_a_gateway_that_is_away_is_502_until_it_is_back(tmp_path: Path) -> None:
    seal_now(Folder(tmp_path))
    with serve(tmp_path) as server:
        upstream = port_of(server)
    with proxied(tmp_path / "nginx", upstream) as port:
        response, body = get(port, COUNT)
        assert (response.status, code(body)) == (502, "UNAVAILABLE")
        assert response.headers["cache-control"] == "no-store"
        with serve(tmp_path, "--port", str(upstream)):
            assert get(port, COUNT)[0].status == 200
            assert post(port, b'{"query": "{__typename}"}')[0].status == 200
        assert get(port, COUNT)[0].status == 502


def test_one_connection_serves_five_hundred_requests(site: Site) -> None:
    with connected(site.port) as connection:
        connection.connect()
        socket = connection.sock
        for _ in range(500):
            connection.request("GET", COUNT)
            response = connection.getresponse()
            assert (response.status, bool(response.read())) == (200, True)
        assert connection.sock is socket


def test_connections_to_the_gateway_are_kept(tmp_path: Path) -> None:
    with recording() as recorder, proxied(tmp_path / "nginx", recorder.server_port) as port:
        with connected(port) as connection:
            for _ in range(20):
                connection.request("GET", "/graphql")
                connection.getresponse().read()
        assert (len(recorder.headers), recorder.connections) == (20, 1)


def test_a_request_on_a_connection_that_just_closed_is_sent_again(tmp_path: Path) -> None:
    """A POST, too: nothing can be changed by it."""
    with (
        recording() as recorder,
        proxied(tmp_path / "nginx", recorder.server_port) as port,
        connected(port) as connection,
    ):
        for hangs_up in (False, True):
            if hangs_up:
                recorder.hangs_up.set()
            connection.request("POST", "/graphql", b"{}")
            response = connection.getresponse()
            assert (response.status, response.read()) == (200, b"")
    assert (len(recorder.headers), recorder.connections) == (3, 2)


@pytest.mark.parametrize("upgrade", ["h2c", "", "websocket, h2c"])
def test_the_gateway_is_told_who_asks_and_nothing_that_was_made_up(
    tmp_path: Path, upgrade: str
) -> None:
    claimed = {
        "X-Forwarded-For": "192.0.2.1",
        "X-Forwarded-Proto": "https",
        "X-Request-ID": "trace-1.2_3",
        "Upgrade": upgrade,
        "Connection": "upgrade",
    }
    with recording() as recorder, proxied(tmp_path / "nginx", recorder.server_port) as port:
        ask(port, "GET", "/graphql", None, claimed)
    (headers,) = recorder.headers
    assert headers.get_all("x-forwarded-for") == ["127.0.0.1"]
    assert headers.get_all("x-forwarded-proto") == ["http"]
    assert headers.get_all("x-request-id") == ["trace-1.2_3"]
    assert headers["host"] == f"127.0.0.1:{port}"
    assert (headers["upgrade"], headers["connection"]) == (None, None)


def test_one_request_id_stands_in_the_answer_and_in_the_log(tmp_path: Path) -> None:
    seal_now(Folder(tmp_path))
    with serve(tmp_path) as server, proxied(tmp_path / "nginx", port_of(server)) as port:
        given, _ = get(port, COUNT, X_Request_ID="trace-1")
        made, _ = get(port, COUNT, X_Request_ID="not one; of ours")
        get(port, "/metrics", X_Request_ID="trace-3")
    assert given.headers.get_all("x-request-id") == ["trace-1"]
    (own,) = made.headers.get_all("x-request-id") or []
    lines = (tmp_path / "nginx/access.log").read_text(encoding="utf-8").splitlines()
    logged = [json.loads(line) for line in lines]
    assert {line["request_id"] for line in logged} == {"trace-1", own, "trace-3"}
    assert {line["path"] for line in logged} == {"/graphql", "/metrics"}
    assert "articles" not in "".join(lines)


def test_a_client_cannot_leave_its_rate_limit_behind_by_another_address(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SEALGATE_RATE_BURST", "3")
    monkeypatch.setenv("SEALGATE_RATE_LIMIT", "0.001")
    seal_now(Folder(tmp_path))
    with serve(tmp_path) as server, proxied(tmp_path / "nginx", port_of(server)) as port:
        answers = [get(port, COUNT, X_Forwarded_For=f"192.0.2.{n}") for n in range(4)]
        # Somebody else on this machine: another address of loopback, named by who is trusted.
        other, _ = get(port_of(server), COUNT, X_Forwarded_For="192.0.2.9")
    assert [response.status for response, _ in answers] == [200, 200, 200, 429]
    assert code(answers[3][1]) == "RATE_LIMITED"
    assert "retry-after" in answers[3][0].headers
    assert other.status == 200


@pytest.mark.parametrize("path", ["/metrics", "/readyz", "/metrics/", "//metrics", "/%6detrics"])
def test_what_only_operators_need_stays_inside(site: Site, path: str) -> None:
    assert get(site.port, path)[0].status == 404


@pytest.mark.parametrize("path", ["/healthz", "/graphql?query={__typename}"])
def test_what_everybody_may_see_is_passed_on(site: Site, path: str) -> None:
    assert get(site.port, path)[0].status == 200


def test_the_query_page_and_its_files_are_passed_on(site: Site) -> None:
    response, body = get(site.port, "/graphql", Accept="text/html", Accept_Encoding="gzip")
    assert response.headers["content-type"].startswith("text/html")
    assert response.headers["content-encoding"] == "gzip"
    assert b"<html" in gzip.decompress(body).lower()
    assert get(site.port, "/")[0].headers["location"] == "/graphql"
    assert get(site.port, "/static/no-such-file.js")[0].headers["x-request-id"]


@pytest.mark.parametrize("host", ["other.example", "127.0.0.1.other.example"])
def test_who_calls_it_by_another_name_gets_nothing(site: Site, host: str) -> None:
    """A page whose host name was made to lead here (docs/threat-model.md, DNS rebinding)."""
    assert get(site.port, COUNT, Host=host)[0].status == 421


def test_the_times_and_sizes_fit_the_settings() -> None:
    text = CONFIG.read_text(encoding="utf-8")
    settings = Settings()
    for line in (
        f"client_max_body_size {settings.max_body_bytes};",
        f"client_body_buffer_size {settings.max_body_bytes};",
        f"the body is larger than {settings.max_body_bytes} bytes",
        f"client_header_timeout {settings.header_timeout:.0f}s;",
        f"client_body_timeout {settings.body_timeout:.0f}s;",
        f"send_timeout {settings.send_timeout:.0f}s;",
        f"server {settings.host}:{settings.port};",
    ):
        assert line in text
    reading = seconds(text, "        proxy_read_timeout")
    assert reading > 2 * max(settings.heartbeat, settings.deadline)
    assert seconds(text, "        keepalive_timeout") < settings.keep_alive_timeout


def seconds(text: str, directive: str) -> int:
    """The value of a directive on a line of its own, indented as given."""
    (value,) = re.findall(rf"^{directive} (\d+)s;$", text, re.MULTILINE)
    return int(value)
