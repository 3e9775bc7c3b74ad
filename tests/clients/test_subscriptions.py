"""Subscriptions as the clients of others take them: npm graphql-ws and graphql-sse."""

from __future__ import annotations

import json
import signal
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

from tests.support.folder import Folder
from tests.support.node import install, need
from tests.support.process import PATIENCE, Server, add_now, seal_now, serve
from tests.support.snippets import write_snippets

NODE = Path(__file__).parent / "node"
SNAPSHOTS = "subscription {snapshotChanged {recordCount}}"


@pytest.fixture(scope="module")
def packages(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return install(NODE, tmp_path_factory.mktemp("clients"))


class Subscriber:
    def __init__(self, process: subprocess.Popen[str]) -> None:
        self.process = process

    def line(self) -> Any:
        """What the client says next; None when it has ended."""
        assert self.process.stdout is not None
        return json.loads(self.process.stdout.readline() or "null")


@contextmanager
def subscriber(packages: Path, transport: str, server: Server, query: str) -> Iterator[Subscriber]:
    url = server.socket_url if transport == "ws" else server.url
    command = [need("node"), "subscribe.mjs", transport, url, query]
    process = subprocess.Popen(command, cwd=packages, stdout=subprocess.PIPE, text=True)
    try:
        yield Subscriber(process)
    finally:
        process.kill()
        process.communicate()


@pytest.mark.parametrize("transport", ["ws", "sse"])
def test_a_client_follows_until_the_server_ends(
    folder: Folder, packages: Path, transport: str
) -> None:
    seal_now(folder)
    with (
        serve(folder.base) as server,
        subscriber(packages, transport, server, SNAPSHOTS) as client,
    ):
        assert client.line() == {"connected": True}
        assert client.line() == {"next": {"data": {"snapshotChanged": {"recordCount": 1}}}}
        add_now(folder, "_news/b.md")
        assert client.line() == {"next": {"data": {"snapshotChanged": {"recordCount": 2}}}}
        server.process.send_signal(signal.SIGTERM)
        # 1001 is what graphql-ws connects again after, unless it was told not to.
        end = {"closed": 1001} if transport == "ws" else {"complete": True}
        assert client.line() == end
        assert client.process.wait(PATIENCE) == 0
        assert server.process.wait(PATIENCE) == 0


@pytest.mark.parametrize("transport", ["ws", "sse"])
def test_a_client_takes_a_query(folder: Folder, packages: Path, transport: str) -> None:
    seal_now(folder)
    query = "{articles {totalCount}}"
    with serve(folder.base) as server, subscriber(packages, transport, server, query) as client:
        assert client.line() == {"connected": True}
        assert client.line() == {"next": {"data": {"articles": {"totalCount": 1}}}}
        assert client.line() == {"complete": True}
        assert client.process.wait(PATIENCE) == 0


def test_each_client_shows_why_an_operation_cannot_begin(folder: Folder, packages: Path) -> None:
    seal_now(folder)
    with serve(folder.base) as server:
        for transport in ("ws", "sse"):
            with subscriber(packages, transport, server, "subscription {nothing}") as client:
                assert client.line() == {"connected": True}
                said = client.line()
                errors = said["errors"] if transport == "ws" else said["next"]["errors"]
                assert errors[0]["extensions"]["code"] == "GRAPHQL_VALIDATION_FAILED"


@pytest.mark.parametrize("name", ["subscriptions/socket.mjs", "subscriptions/events.mjs"])
def test_the_set_up_that_the_page_shows(folder: Folder, packages: Path, name: str) -> None:
    seal_now(folder)
    with serve(folder.base) as server:
        assert name in write_snippets("graphql-ws and graphql-sse", packages, server)
        command = [need("node"), name]
        done = subprocess.run(
            command, cwd=packages, capture_output=True, text=True, timeout=PATIENCE, check=False
        )
    assert (done.stdout, done.returncode) == ("1\n", 0), done.stderr
