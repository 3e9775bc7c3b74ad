"""Requests whose clients go away, and what their operations leave behind: nothing."""

from __future__ import annotations

import asyncio
import json
import threading
from collections.abc import Awaitable, Callable, Iterator
from typing import Any

import pytest
import sqlalchemy as sa

from gateway.app import Gateway
from gateway.index.index import Index
from gateway.repository.reading import Reading
from tests.support.folder import Folder
from tests.support.publisher import NOW

Message = dict[str, Any]
QUERY = json.dumps({"query": "{articles {totalCount}}"}).encode()


class Request:
    """One request, spoken in ASGI: the client may leave at any time."""

    def __init__(self) -> None:
        self.sent: list[Message] = []
        self._left = asyncio.Event()
        self._asked = False

    def leave(self) -> None:
        self._left.set()

    async def receive(self) -> Message:
        if not self._asked:
            self._asked = True
            return {"type": "http.request", "body": QUERY, "more_body": False}
        await self._left.wait()
        return {"type": "http.disconnect"}

    async def send(self, message: Message) -> None:
        self.sent.append(message)

    @property
    def status(self) -> int:
        return int(self.sent[0]["status"])

    @property
    def headers(self) -> dict[bytes, bytes]:
        return dict(self.sent[0]["headers"])

    @property
    def document(self) -> Any:
        return json.loads(self.sent[1]["body"])


SCOPE = {
    "type": "http",
    "http_version": "1.1",
    "method": "POST",
    "scheme": "http",
    "path": "/graphql",
    "raw_path": b"/graphql",
    "query_string": b"",
    "root_path": "",
    "headers": [(b"content-type", b"application/json"), (b"host", b"x")],
    "client": ("192.0.2.1", 1),
    "server": ("x", 80),
}


class Scene:
    def __init__(self, gateway: Gateway) -> None:
        self.gateway = gateway
        self._app = gateway.asgi()

    def ask(self, request: Request) -> asyncio.Task[None]:
        scope: Any = {**SCOPE, "state": {}}
        return asyncio.create_task(self._app(scope, request.receive, request.send))  # type: ignore[arg-type]


Play = Callable[[Callable[[Scene], Awaitable[None]]], None]


@pytest.fixture
def play(folder: Folder) -> Iterator[Play]:
    folder.add("_news/a.md")
    settings = folder.settings.model_copy(
        update={"max_concurrent": 2, "max_queue": 2, "queue_timeout": 10, "deadline": 10}
    )
    gateway = Gateway(settings, lambda: NOW)
    gateway.ingest()

    def run(scene: Callable[[Scene], Awaitable[None]]) -> None:
        async def bounded() -> None:
            async with asyncio.timeout(20):
                await scene(Scene(gateway))

        asyncio.run(bounded())

    yield run
    gateway.close()


@pytest.fixture
def stuck(monkeypatch: pytest.MonkeyPatch) -> asyncio.Event:
    """Executions that wait for ever, until they are let go."""
    go, ask = asyncio.Event(), Reading.ask

    async def wait_and_ask(self: Reading, *args: Any, **kwargs: Any) -> Any:
        await go.wait()
        return await ask(self, *args, **kwargs)

    monkeypatch.setattr(Reading, "ask", wait_and_ask)
    return go


async def all_begun(tasks: list[asyncio.Task[None]]) -> None:
    """Long enough for the watch over a client to have begun; nothing depends on how long."""
    await asyncio.wait(tasks, timeout=0.1)


def test_an_abandoned_request_frees_its_place_for_the_next(
    play: Play, stuck: asyncio.Event
) -> None:
    async def scene(scene: Scene) -> None:
        for _ in range(15):
            gone = [Request() for _ in range(4)]
            tasks = [scene.ask(request) for request in gone]
            await all_begun(tasks)
            for request in gone:
                request.leave()
            await asyncio.gather(*tasks)
            assert {request.status for request in gone} == {499}
        stuck.set()
        last = Request()
        await scene.ask(last)
        assert last.document == {"data": {"articles": {"totalCount": 1}}}

    play(scene)


def test_beyond_places_and_queue_a_request_is_told_to_come_again(
    play: Play, stuck: asyncio.Event
) -> None:
    async def scene(scene: Scene) -> None:
        waiting = [Request() for _ in range(4)]
        tasks = [scene.ask(request) for request in waiting]
        await all_begun(tasks)
        refused = Request()
        await scene.ask(refused)
        assert (refused.status, refused.headers[b"retry-after"]) == (503, b"1")
        assert refused.document["errors"][0]["extensions"]["code"] == "OVERLOADED"
        stuck.set()
        await asyncio.gather(*tasks)
        assert {request.status for request in waiting} == {200}

    play(scene)


def test_a_question_that_never_ends_ends_with_its_request(
    play: Play, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The thread that works on it stops, too: the index is free for the next one."""
    begun, ended = threading.Event(), threading.Event()
    rows = Index.rows

    def endless(self: Index, _: Any) -> Any:
        begun.set()
        try:
            return rows(
                self,
                sa.text(
                    "WITH RECURSIVE n(x) AS (SELECT 1 UNION ALL SELECT x + 1 FROM n)"
                    " SELECT count(*) FROM n"
                ),
            )
        finally:
            ended.set()

    async def scene(scene: Scene) -> None:
        with monkeypatch.context() as patch:
            patch.setattr(Index, "rows", endless)
            request = Request()
            task = scene.ask(request)
            await asyncio.to_thread(begun.wait, 10)
            await all_begun([task])
            request.leave()
            await task
            assert request.status == 499
            assert await asyncio.to_thread(ended.wait, 10)
        last = Request()
        await scene.ask(last)
        assert last.document == {"data": {"articles": {"totalCount": 1}}}

    play(scene)
