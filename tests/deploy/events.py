"""Server-sent events of a gateway, or of the proxy in front of one."""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import contextmanager
from http.client import HTTPResponse
from typing import Any

from tests.deploy.proxy import connected

CHANGED = "subscription {articleChanged {kind path}}"
_HEADERS = {
    "Content-Type": "application/json",
    "Accept": "text/event-stream",
    "Accept-Encoding": "gzip",
}


@contextmanager
def changes(port: int) -> Iterator[Iterator[Any]]:
    """What changes from now on, each as soon as it is told."""
    with connected(port) as connection:
        connection.request("POST", "/graphql", json.dumps({"query": CHANGED}), _HEADERS)
        response = connection.getresponse()
        assert response.headers["content-type"].startswith("text/event-stream")
        yield _events(response)


def _events(response: HTTPResponse) -> Iterator[Any]:
    """Those that have data; signs of life are passed over."""
    while line := response.readline():
        if line.startswith(b"data: "):
            yield json.loads(line.removeprefix(b"data: "))["data"]["articleChanged"]
