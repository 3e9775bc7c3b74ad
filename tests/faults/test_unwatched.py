"""A system that has no watches left for us: files and keys are looked at all the same."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest
from watchfiles import awatch

from tests.support.folder import Folder
from tests.support.publisher import NOW
from tests.test_live import following, paths, until


def test_a_revocation_is_taken_up_though_nothing_can_be_watched(
    folder: Folder, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder.add("_news/a.md")

    def refused(*_: object, **__: object) -> Any:
        raise OSError("OS file watch limit reached")

    async def run() -> None:
        monkeypatch.setattr("gateway.live.awatch", refused)
        async with following(folder.settings) as gateway:
            await until(gateway, lambda: bool(gateway.health.troubles))
            folder.add("_news/b.md")
            await until(gateway, lambda: len(paths(gateway)) == 2)
            revoked = {"revoked_at": NOW, "reason": "lost"}
            folder.publisher.write_public(folder.keys, revoked=revoked)
            await until(gateway, lambda: paths(gateway) == [])
            monkeypatch.setattr("gateway.live.awatch", awatch)
            await until(gateway, lambda: not gateway.health.troubles)

    asyncio.run(run())
