"""From one key to the next, with nothing going dark in between."""

from __future__ import annotations

import asyncio
import json
from pathlib import Path
from typing import Any

import pytest

from gateway.app import Gateway
from gateway.index.listing import Listing
from gateway.index.page import Window
from gateway.live import unix_time
from gateway.records.kind import Kind
from tests.support.command import output, sealgate
from tests.support.folder import Folder
from tests.support.publisher import Publisher
from tests.test_live import following, until

DAY = 86_400


@pytest.fixture
def corpus(folder: Folder) -> Folder:
    now = unix_time()
    folder.publisher.write_public(folder.keys, nbf=now - DAY, exp=now + 300 * DAY)
    for name in "ab":
        folder.write(f"_news/{name}.md")
        folder.seal(f"_news/{name}.md", iat=now - 100)
    return folder


def rotate(folder: Folder, *options: str) -> Any:
    return sealgate("keys", "rotate", "--private", "new.jwk", *options, cwd=folder.base)


def public(folder: Folder, kid: str) -> Any:
    return json.loads((folder.keys / f"{kid}.jwk").read_text(encoding="utf-8"))


def status(folder: Folder) -> dict[str, Any]:
    return {row["kid"]: row for row in output("keys", "status", cwd=folder.base)}


def test_the_old_key_ends_after_the_grace_time_and_the_new_one_begins(corpus: Folder) -> None:
    done = rotate(corpus, "--kid", "new", "--grace-days", "10")
    assert done.returncode == 0, done.stderr
    assert "Next: sealgate reseal --key new.jwk" in done.stdout
    old, new = public(corpus, "k1"), public(corpus, "new")
    assert old["exp"] - new["nbf"] == 10 * DAY
    assert new["corpora"] == ["demo"]
    assert new["exp"] - new["nbf"] == 365 * DAY
    assert {row["status"] for row in output("verify", cwd=corpus.base)} == {"VERIFIED"}


def test_an_end_is_never_put_off(corpus: Folder) -> None:
    before = public(corpus, "k1")["exp"]
    assert rotate(corpus, "--kid", "new", "--grace-days", "900").returncode == 0
    assert public(corpus, "k1")["exp"] == before


def test_of_several_keys_one_must_be_named(corpus: Folder) -> None:
    Publisher("other").write_public(corpus.keys, nbf=0, exp=unix_time() + DAY)
    refused = rotate(corpus)
    assert refused.returncode == 2
    assert "k1, other" in refused.stderr
    assert rotate(corpus, "--from", "k1", "--kid", "new").returncode == 0


def test_a_key_that_has_ended_is_not_rotated(corpus: Folder) -> None:
    corpus.publisher.write_public(corpus.keys, nbf=0, exp=unix_time() - 1)
    refused = rotate(corpus, "--from", "k1")
    assert refused.returncode == 2
    assert "reseal" in refused.stderr
    assert not (corpus.base / "new.jwk").exists()


def test_status_says_what_depends_on_each_key(corpus: Folder) -> None:
    rotate(corpus, "--kid", "new")
    sealgate("reseal", "--key", "new.jwk", "seeds/_news/a.md", cwd=corpus.base)
    rows = status(corpus)
    assert (rows["k1"]["sealed"], rows["k1"]["alone"]) == (2, 1)
    assert (rows["new"]["sealed"], rows["new"]["alone"]) == (1, 0)
    assert rows["k1"]["attention"]
    sealgate("reseal", "--key", "new.jwk", cwd=corpus.base)
    done = sealgate("keys", "status", cwd=corpus.base)
    assert (done.returncode, status(corpus)["k1"]["alone"]) == (0, 0)


def test_status_tells_what_a_revoked_key_left_dark(corpus: Folder) -> None:
    sealgate("keys", "revoke", "k1", "--reason", "lost", cwd=corpus.base)
    row = status(corpus)["k1"]
    assert (row["state"], row["sealed"], row["dark"], row["attention"]) == ("revoked", 0, 2, True)
    assert sealgate("keys", "status", cwd=corpus.base).returncode == 1


async def shown(gateway: Gateway) -> list[str]:
    reading = await gateway.repository.reading(unix_time())
    page = await reading.page(Listing((Kind.ARTICLE,)), Window(first=100), reading.load)
    return [record.path for record in page.records]


def test_a_running_gateway_serves_everything_throughout(corpus: Folder) -> None:
    everything = ["_news/a.md", "_news/b.md"]

    async def step(gateway: Gateway, *arguments: str | Path) -> None:
        done = await asyncio.to_thread(sealgate, *arguments, cwd=corpus.base)
        assert done.returncode == 0, done.stderr
        assert await shown(gateway) == everything

    def keys_of(gateway: Gateway) -> set[tuple[str, ...]]:
        view = gateway.repository._views[gateway.repository._latest.id]
        return {entry.key_ids for entry in view.by_path.values()}

    async def run() -> None:
        async with following(corpus.settings, unix_time) as gateway:
            assert await shown(gateway) == everything
            await step(gateway, "keys", "rotate", "--private", "new.jwk", "--kid", "new")
            await until(gateway, lambda: "new" in gateway.repository.trust.keys)
            await step(gateway, "reseal", "--key", "new.jwk", "--replace", "k1")
            await until(gateway, lambda: keys_of(gateway) == {("new",)})
            assert await shown(gateway) == everything
            (corpus.keys / "k1.jwk").unlink()
            await until(gateway, lambda: list(gateway.repository.trust.keys) == ["new"])
            assert await shown(gateway) == everything

    asyncio.run(run())
