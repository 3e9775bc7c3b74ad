"""What a gateway does beside answering."""

from __future__ import annotations

import asyncio
from typing import Any

from starlette.applications import Starlette

from gateway.access.key_file import changing
from gateway.app import Gateway
from tests.support.folder import Folder
from tests.support.issuer import AUDIENCE, ISSUER, Issuer


async def _tasks(app: Starlette) -> set[str]:
    async with app.router.lifespan_context(app):
        return {task.get_name() for task in asyncio.all_tasks()}


def tasks(folder: Folder, **settings: Any) -> set[str]:
    """The names of those that run while the application does."""
    gateway = Gateway(folder.settings.model_copy(update=settings))
    try:
        return asyncio.run(_tasks(gateway.asgi()))
    finally:
        gateway.close()


def test_files_that_say_which_tokens_count_are_followed(folder: Folder) -> None:
    with changing(folder.base / "t.json"):
        pass
    assert "tokens" in tasks(folder, token_file=folder.base / "t.json")
    keys = Issuer().write(folder.base / "jwks.json")
    jwt = {"jwt_keys": keys, "jwt_issuer": ISSUER, "jwt_audience": AUDIENCE}
    assert "tokens" in tasks(folder, **jwt)


def test_where_there_are_none_nothing_looks_for_them_each_second(folder: Folder) -> None:
    assert "tokens" not in tasks(folder)
