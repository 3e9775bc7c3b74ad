"""Log lines: whole, short, and without anything that a client might want to keep to itself."""

from __future__ import annotations

import json
import os
import re
import socket
import subprocess
import sys
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from structlog.contextvars import merge_contextvars
from structlog.testing import capture_logs

from tests.support.client import Client, serving
from tests.support.folder import Folder, replace_in
from tests.support.fuzz import fuzz
from tests.support.process import PATIENCE, seal_now
from tests.support.scrape import open_to_all

ROOT = Path(__file__).parents[2]
A, B = "_news/a.md", "_news/b.md"
QUERY = "query Q($path: String!) { article(path: $path) { title } }"

SECRETS = st.text(
    st.sampled_from("abcdefghjkmnpqrstuvwxyzABCDEFGH23456789"), min_size=16, max_size=40
)


@pytest.fixture
def client(folder: Folder) -> Iterator[Client]:
    folder.add(A)
    replace_in(folder.add(B), "quality: 80", "quality: 81")
    audit_log = folder.base / "audit.jsonl"
    with serving(open_to_all(folder, audit_log=audit_log, max_batch=3)) as client:
        yield client


def send_everywhere(client: Client, secret: str) -> None:
    """A secret wherever a client may put one; X-Request-ID is there to be logged."""
    headers = {
        "authorization": f"Bearer {secret}",
        "cookie": f"session={secret}",
        "x-api-key": secret,
        "user-agent": secret,
        "referer": f"https://example.org/?{secret}",
        "traceparent": secret,
        "origin": f"https://{secret}.example",
        "x-forwarded-for": secret,
    }
    post = client.http.post
    variables = {"path": secret, "more": [secret], secret: secret}
    post("/graphql", json={"query": QUERY, "variables": variables}, headers=headers)
    post("/graphql", json={"query": QUERY, "variables": {"path": {"a": secret}}}, headers=headers)
    post("/graphql", json={"query": QUERY, "variables": secret})
    post("/graphql", json={"query": QUERY, "variables": {}, "extensions": {"a": secret}})
    post("/graphql", json=[{"query": QUERY, "variables": variables}] * 2)
    post("/graphql", content=f'{{"query": "{secret}', headers={"content-type": "application/json"})
    post("/graphql", content=secret, headers={"content-type": f"text/{secret}"})
    get = client.http.get
    asked = {"query": QUERY, "variables": json.dumps({"path": secret}), "token": secret}
    get("/graphql", params=asked, headers=headers)
    get(f"/healthz?{secret}", headers=headers)
    get(f"/metrics?{secret}", headers=headers)
    get(f"/nowhere?{secret}", headers=headers)
    with client.http.websocket_connect(
        f"/graphql?token={secret}", ["graphql-transport-ws"], headers={"x-api-key": secret}
    ) as connection:
        connection.send_json({"type": "connection_init", "payload": {"token": secret}})
        connection.receive_json()
        payload = {"query": QUERY, "variables": {"path": secret}}
        connection.send_json({"type": "subscribe", "id": "1", "payload": payload})
        connection.receive_json()


@given(secret=SECRETS)
@fuzz
def test_no_secret_of_a_client_is_logged_counted_or_written_down(
    client: Client, folder: Folder, secret: str
) -> None:
    with capture_logs(processors=[merge_contextvars]) as logs:
        send_everywhere(client, secret)
    assert secret not in json.dumps(logs, default=repr)
    assert secret.lower() not in json.dumps(logs, default=repr).lower()
    assert secret not in client.http.get("/metrics").text
    assert secret not in (folder.base / "audit.jsonl").read_text(encoding="utf-8")


def test_a_line_names_the_request_the_operation_and_the_outcome(client: Client) -> None:
    with capture_logs(processors=[merge_contextvars]) as logs:
        body = {"query": "query Front { __typename }", "operationName": "Front"}
        client.http.post("/graphql", json=body, headers={"x-request-id": "r-1"})
        client.http.put("/graphql")
    first, second = [line for line in logs if line["event"] == "request"]
    assert (first["request_id"], first["operation"], first["status"]) == ("r-1", "Front", 200)
    assert "code" not in first
    assert second["code"] == "METHOD_NOT_ALLOWED"


def test_what_a_client_may_choose_makes_no_long_lines(client: Client) -> None:
    name = "n" * 3000
    with capture_logs(processors=[merge_contextvars]) as logs:
        client.post(f"query {name} {{ __typename }}", operationName=name)
        client.http.get("/" + name)
        client.http.request(name, "/graphql")
        client.http.get("/healthz", headers={"x-request-id": name})
        client.post(f'{{ article(path: "{name}") {{ title }} }}')
        client.post("{ " + name + " }")
    assert max(len(json.dumps(line)) for line in logs) < 600


def test_the_same_trouble_is_said_once(client: Client, folder: Folder) -> None:
    key = next(folder.keys.glob("*.jwk"))
    good = key.read_bytes()
    with capture_logs() as logs:
        key.write_bytes(b"{")
        for _ in range(50):
            client.gateway.live.take_up_trust()
        key.write_bytes(good)
        for _ in range(50):
            client.gateway.live.take_up_trust()
    assert [line["event"] for line in logs] == ["degraded", "recovered"]


def test_a_full_disk_behind_the_log_fails_no_request(folder: Folder) -> None:
    folder.add(A)
    program = (
        "import sys; from pathlib import Path; from starlette.testclient import TestClient\n"
        "from gateway.app import Gateway; from gateway.logs import set_up_logs\n"
        "from gateway.settings import read_settings\n"
        "set_up_logs('json', 'debug'); folder = Path(sys.argv[1])\n"
        "gateway = Gateway(read_settings(seeds=folder / 'seeds', keys=folder / 'keys',"
        " store=f'sqlite:///{folder}/store.db', watch=False)); gateway.ingest()\n"
        "with TestClient(gateway.asgi()) as http:\n"
        "    for _ in range(100): print(http.get('/healthz').status_code)"
    )
    command = [sys.executable, "-c", program, str(folder.base)]
    with Path("/dev/full").open("wb") as full:
        done = subprocess.run(
            command, cwd=ROOT, stdout=subprocess.PIPE, stderr=full, text=True, check=False
        )
    assert done.stdout.split() == ["200"] * 100


# A real process


@contextmanager
def logging_to(folder: Folder, file: Path) -> Iterator[tuple[str, int]]:
    """Host and port of a gateway that logs all it can into a file."""
    with socket.socket() as chosen:
        chosen.bind(("127.0.0.1", 0))
        port = chosen.getsockname()[1]
    environment = {**os.environ, "SEALGATE_LOG_LEVEL": "debug", "SEALGATE_LOG_FORMAT": "json"}
    environment["SEALGATE_OPEN_SCOPES"] = '["metrics"]'
    command = [sys.executable, "-m", "gateway.cli.main", "serve", "--port", str(port)]
    with file.open("wb") as log:
        process = subprocess.Popen(
            command, cwd=folder.base, env=environment, stdout=log, stderr=log
        )
        try:
            _await(process, file)
            yield "127.0.0.1", port
        finally:
            process.terminate()
            process.wait(PATIENCE)


def _await(process: subprocess.Popen[bytes], file: Path) -> None:
    while b"Serving" not in file.read_bytes():
        assert process.poll() is None, file.read_text(encoding="utf-8")


def _raw(address: tuple[str, int], data: bytes) -> bytes:
    with socket.create_connection(address, PATIENCE) as connection:
        connection.sendall(data)
        received = b""
        while chunk := connection.recv(65536):
            received += chunk
    return received


def test_a_process_keeps_secrets_that_are_not_even_http(folder: Folder, tmp_path: Path) -> None:
    secret = "sesame-5b1f2c"
    file = tmp_path / "log"
    with logging_to(seal_now(folder), file) as address:
        line = f"GET /healthz?{secret} HTTP/1.1\r\nhost: x\r\n"
        for rest in (
            "connection: close\r\n\r\n",
            f"authorization: {secret}\r\nconnection: close\r\n\r\n",
            f"{secret}\r\n\r\n",
            f"a: {secret}\x00\r\n\r\n",
            f"content-length: {secret}\r\n\r\n",
            f"upgrade: websocket\r\nconnection: upgrade\r\nsec-websocket-key: {secret}\r\n\r\n",
        ):
            assert _raw(address, (line + rest).encode())
        assert _raw(address, f"{secret}\r\n\r\n".encode())
        assert _raw(address, f"{secret} /{secret} {secret}\r\n\r\n".encode())
        with urllib.request.urlopen(f"http://127.0.0.1:{address[1]}/healthz", timeout=PATIENCE):
            pass
        with urllib.request.urlopen(
            f"http://127.0.0.1:{address[1]}/metrics", timeout=PATIENCE
        ) as got:
            text = got.read().decode("utf-8")
    assert secret not in text
    refused = re.findall(
        r'^sealgate_http_refusals_total\{code="BAD_REQUEST".* (\S+)$', text, re.MULTILINE
    )
    assert float(refused[0]) >= 3
    log = file.read_text(encoding="utf-8")
    assert '"path":"/healthz"' in log.replace(": ", ":")
    assert secret not in log
    for text in log.splitlines():
        if text.startswith("{"):
            parsed: dict[str, Any] = json.loads(text)
            assert parsed["event"]
