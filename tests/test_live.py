"""A running gateway follows its files, its keys and its store."""

from __future__ import annotations

import asyncio
import os
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from pathlib import Path

import pytest

from gateway.app import Gateway
from gateway.index.listing import Listing
from gateway.index.page import Window
from gateway.live import Clock
from gateway.records.kind import Kind
from gateway.settings import Settings
from tests.support.folder import Folder, replace_in
from tests.support.publisher import NOW

PATIENCE = 30.0


@asynccontextmanager
async def following(settings: Settings, clock: Clock = lambda: NOW) -> AsyncIterator[Gateway]:
    gateway = Gateway(settings, clock)
    gateway.ingest()
    stop = asyncio.Event()
    task = asyncio.create_task(gateway.live.run(stop))
    try:
        yield gateway
    finally:
        stop.set()
        await task
        gateway.close()


async def until(gateway: Gateway, condition: Callable[[], bool]) -> None:
    """Returns after the round that makes it true; the bound keeps a failure from hanging."""
    async with asyncio.timeout(PATIENCE):
        while not condition():
            await gateway.live.next_round()


async def visible(gateway: Gateway) -> list[str]:
    reading = await gateway.repository.reading(NOW)
    page = await reading.page(Listing((Kind.ARTICLE,)), Window(first=100), reading.load)
    return [record.path for record in page.records]


def paths(gateway: Gateway) -> list[str]:
    view = gateway.repository._views[gateway.repository._latest.id]
    return sorted(view.by_path)


def test_a_tampered_file_is_withheld_and_comes_back_when_restored(folder: Folder) -> None:
    file = folder.add("_news/a.md")
    whole = file.read_bytes()

    async def run() -> None:
        async with following(folder.settings) as gateway:
            assert await visible(gateway) == ["_news/a.md"]
            replace_in(file, "quality: 80", "quality: 81")
            await until(gateway, lambda: paths(gateway) == [])
            assert await visible(gateway) == []
            file.write_bytes(whole)
            await until(gateway, lambda: paths(gateway) == ["_news/a.md"])

    asyncio.run(run())


def test_new_and_removed_files_are_taken_up(folder: Folder) -> None:
    folder.add("_news/a.md")

    async def run() -> None:
        async with following(folder.settings) as gateway:
            folder.add("_news/deep/er/b.md")
            await until(gateway, lambda: len(paths(gateway)) == 2)
            (folder.seeds / "_news/a.md").unlink()
            await until(gateway, lambda: paths(gateway) == ["_news/deep/er/b.md"])

    asyncio.run(run())


def test_a_half_written_file_leaves_what_is_served_and_says_so(folder: Folder) -> None:
    file = folder.add("_news/a.md")
    whole = file.read_bytes()

    async def run() -> None:
        async with following(folder.settings) as gateway:
            file.write_bytes(whole[: len(whole) // 2])
            await until(gateway, lambda: "files" in gateway.health.troubles)
            assert gateway.health.troubles["files"]["code"] == "FILE_INCOMPLETE"
            assert await visible(gateway) == ["_news/a.md"]
            file.write_bytes(whole)
            await until(gateway, lambda: "files" not in gateway.health.troubles)

    asyncio.run(run())


def test_a_revoked_key_takes_effect_in_a_running_gateway(folder: Folder) -> None:
    folder.add("_news/a.md")

    async def run() -> None:
        async with following(folder.settings) as gateway:
            revoked = {"revoked_at": NOW, "reason": "lost"}
            folder.publisher.write_public(folder.keys, revoked=revoked)
            await until(gateway, lambda: paths(gateway) == [])
            assert await visible(gateway) == []

    asyncio.run(run())


@pytest.mark.parametrize("content", [b"", b"garbage", b'{"kty": "RSA"}'])
def test_a_damaged_key_file_leaves_the_loaded_keys_in_force(folder: Folder, content: bytes) -> None:
    folder.add("_news/a.md")
    key_file = folder.keys / "k1.jwk"
    good = key_file.read_bytes()

    async def run() -> None:
        async with following(folder.settings) as gateway:
            key_file.write_bytes(content)
            await until(gateway, lambda: "keys" in gateway.health.troubles)
            assert await visible(gateway) == ["_news/a.md"]
            key_file.write_bytes(good)
            await until(gateway, lambda: "keys" not in gateway.health.troubles)

    asyncio.run(run())


def test_an_error_that_nobody_foresaw_does_not_end_the_watch(
    folder: Folder, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder.add("_news/a.md")

    def fail(*_: object) -> None:
        raise RuntimeError("unforeseen")

    async def run() -> None:
        async with following(folder.settings) as gateway:
            monkeypatch.setattr("gateway.app.read_trust", fail)
            folder.add("_news/b.md")
            await until(gateway, lambda: "keys" in gateway.health.troubles)
            assert gateway.health.troubles["keys"]["code"] == "INTERNAL"
            monkeypatch.undo()
            revoked = {"revoked_at": NOW, "reason": "lost"}
            folder.publisher.write_public(folder.keys, revoked=revoked)
            await until(gateway, lambda: paths(gateway) == [])
            assert "keys" not in gateway.health.troubles

    asyncio.run(run())


def test_an_emptied_folder_keeps_the_last_snapshot_and_says_so(folder: Folder) -> None:
    file = folder.add("_news/a.md")
    whole = file.read_bytes()

    async def run() -> None:
        async with following(folder.settings) as gateway:
            file.unlink()
            await until(gateway, lambda: "seeds" in gateway.health.troubles)
            assert await visible(gateway) == ["_news/a.md"]
            file.write_bytes(whole)
            await until(gateway, lambda: "seeds" not in gateway.health.troubles)

    asyncio.run(run())


def test_a_folder_that_is_swapped_for_another_is_followed(folder: Folder) -> None:
    folder.add("_news/a.md")

    async def run() -> None:
        async with following(folder.settings) as gateway:
            os.rename(folder.seeds, folder.base / "old")
            folder.add("_news/b.md")
            await until(gateway, lambda: paths(gateway) == ["_news/b.md"])
            folder.add("_news/c.md")
            await until(gateway, lambda: len(paths(gateway)) == 2)

    asyncio.run(run())


def test_another_gateways_snapshot_is_taken_up(folder: Folder, tmp_path: Path) -> None:
    folder.add("_news/a.md")

    async def run() -> None:
        frozen = folder.settings.model_copy(update={"seeds": tmp_path / "still"})
        (tmp_path / "still").mkdir()
        async with following(folder.settings) as writer:
            reader = Gateway(frozen, lambda: NOW)
            stop = asyncio.Event()
            task = asyncio.create_task(reader.live.run(stop))
            folder.add("_news/b.md")
            await until(writer, lambda: len(paths(writer)) == 2)
            await until(reader, lambda: reader.health.ready and len(paths(reader)) == 2)
            stop.set()
            await task
            reader.close()

    asyncio.run(run())
