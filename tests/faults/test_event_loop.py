"""The event loop answers while files are taken up, keys change and queries are computed."""

from __future__ import annotations

import asyncio
import gc
import threading
import time
from collections.abc import Awaitable, Callable
from typing import Any

import httpx2
import pytest
from anyio import to_thread

from gateway.app import Gateway
from gateway.memory import uncollected
from tests.faults.long import only_long
from tests.support.folder import Folder
from tests.support.publisher import NOW
from tests.test_live import following, until

BLOCKING = [
    "gateway.live.ingest",
    "gateway.live.heal",
    "gateway.app.read_trust",
    "gateway.repository.repository.build_view",
    "gateway.repository.repository.newest_seals",
    "gateway.repository.judge.verify",
]


def test_what_takes_long_happens_in_other_threads(
    folder: Folder, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Reading and hashing files, parsing YAML, verifying seals, building the index."""
    folder.add("_news/a.md")
    seen: dict[str, set[int]] = {name: set() for name in BLOCKING}

    async def run() -> int:
        async with following(folder.settings) as gateway:
            for name in BLOCKING:
                watch(monkeypatch, name, seen[name])
            (folder.seeds / "_news/bad.md").write_text("---\ntitle: Unsealed\n---\n")
            folder.add("_news/b.md")
            policy = folder.keys / "policy.yaml"
            policy.write_text("refuse_replays: true\nthreshold: 1\n")
            await until(gateway, lambda: all(seen.values()))
            reading = await gateway.repository.reading(NOW)
            await reading.load([reading.view.by_path["_news/b.md"].row_id])
        return threading.get_ident()

    loop = asyncio.run(run())
    assert all(seen.values()), seen
    assert all(loop not in threads for threads in seen.values()), seen


def watch(monkeypatch: pytest.MonkeyPatch, name: str, threads: set[int]) -> None:
    """Note who calls a function, and call it."""
    module, _, function = name.rpartition(".")
    original = getattr(__import__(module, fromlist=[function]), function)

    def noted(*given: Any, **named: Any) -> Any:
        threads.add(threading.get_ident())
        return original(*given, **named)

    monkeypatch.setattr(name, noted)


def test_nothing_is_collected_while_somebody_builds_and_everything_afterwards() -> None:
    assert gc.isenabled()
    with uncollected():
        with uncollected():
            assert not gc.isenabled()
        assert not gc.isenabled()
    assert gc.isenabled()


ALL_FIELDS = """{ articles(first: 100) { totalCount edges { cursor node {
  path title body excerpt topics { name } integrity { status digest canonical }
  related { title } } } } }"""
SEARCH = """{ articles(search: "seal", first: 50) {
  totalCount facets { topics { topic { name } count } } edges { node { path title } } } }"""


class Probe:
    """How late the loop comes back to somebody who waits for two milliseconds."""

    def __init__(self) -> None:
        self.worst = 0.0

    async def run(self) -> None:
        while True:
            begun = time.perf_counter()
            await asyncio.sleep(0.002)
            self.worst = max(self.worst, time.perf_counter() - begun - 0.002)

    async def during(self, work: Awaitable[Any]) -> float:
        """The worst of it, in milliseconds."""
        self.worst = 0.0
        await work
        return self.worst * 1000


@only_long
def test_the_loop_is_not_blocked_by_a_corpus_of_five_thousand_records(
    folder: Folder, capsys: pytest.CaptureFixture[str]
) -> None:
    """It prints what was measured. The bound is generous, for machines that do other things."""
    for number in range(5_000):
        folder.add(f"_news/{number:04}.md", body="A line of text.\n" * 30)
    gateway = Gateway(folder.settings, lambda: NOW)
    gateway.ingest()
    found = asyncio.run(measure(gateway, folder))
    gateway.close()
    with capsys.disabled():
        print("".join(f"\n  {name}: {worst:.1f} ms" for name, worst in found.items()))  # noqa: T201
    assert max(found.values()) < 250


async def measure(gateway: Gateway, folder: Folder) -> dict[str, float]:
    probe = Probe()
    running = asyncio.create_task(probe.run())
    transport = httpx2.ASGITransport(app=gateway.asgi())
    found: dict[str, float] = {}
    async with httpx2.AsyncClient(transport=transport, base_url="http://here") as client:
        for name, query in {"a list": ALL_FIELDS, "a search": SEARCH}.items():
            found[name] = await probe.during(client.post("/graphql", json={"query": query}))
    for name, change in changes(folder).items():
        await to_thread.run_sync(change)
        found[name] = await probe.during(to_thread.run_sync(gateway.live._take_up_all))
    running.cancel()
    return found


def changes(folder: Folder) -> dict[str, Callable[[], object]]:
    policy = folder.keys / "policy.yaml"

    def touch_all() -> None:
        for file in folder.seeds.rglob("*.md"):
            file.write_bytes(file.read_bytes() + b"One more.\n")

    return {
        "nothing new": lambda: None,
        "one file": lambda: folder.add("_news/0000.md", title="Another"),
        "another policy": lambda: policy.write_text("refuse_replays: false\n"),
        "every file": touch_all,
    }
