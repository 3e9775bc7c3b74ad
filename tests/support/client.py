"""A gateway over a folder, asked in process but over real HTTP messages."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from starlette.testclient import TestClient

from gateway.app import Gateway
from gateway.live import Clock
from gateway.settings import Settings
from tests.support.publisher import NOW


class Client:
    def __init__(self, gateway: Gateway, http: TestClient) -> None:
        self.gateway = gateway
        self.http = http

    def post(self, query: str, **members: Any) -> dict[str, Any]:
        response = self.http.post("/graphql", json={"query": query, **members})
        document: dict[str, Any] = response.json()
        return document

    def data(self, query: str, **members: Any) -> dict[str, Any]:
        document = self.post(query, **members)
        assert "errors" not in document, document
        data: dict[str, Any] = document["data"]
        return data

    def error(self, query: str, **members: Any) -> dict[str, Any]:
        """The extensions of the only error of an answer."""
        (error,) = self.post(query, **members)["errors"]
        extensions: dict[str, Any] = error["extensions"]
        return extensions


@contextmanager
def serving(settings: Settings, clock: Clock = lambda: NOW) -> Iterator[Client]:
    """Ingest, then answer; files are not watched unless the settings say so."""
    gateway = Gateway(settings, clock)
    try:
        gateway.ingest()
        with TestClient(gateway.asgi(), follow_redirects=False) as http:
            yield Client(gateway, http)
    finally:
        gateway.close()
