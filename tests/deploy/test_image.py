"""What deploy/Dockerfile makes serves as nobody, and writes to its store alone."""

from __future__ import annotations

import os
import signal
import stat
import time
import urllib.request
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urlsplit

import pytest

from tests.deploy.confined import NOBODY, confined, own_folder, running
from tests.deploy.events import changes
from tests.deploy.image import Image
from tests.support.folder import Folder
from tests.support.process import PATIENCE, Server, add_now, seal_now

COUNT = "{articles {totalCount}}"


@dataclass
class Container:
    server: Server
    folder: Folder
    store: Path


@pytest.fixture(params=["1", "2"], ids=["alone", "two-workers"])
def container(image: Image, tmp_path: Path, request: pytest.FixtureRequest) -> Iterator[Container]:
    folder = seal_now(Folder(tmp_path / "corpus"))
    store = own_folder(tmp_path / "store")
    environment = image.environment(folder.base, store) | {"SEALGATE_LOG_LEVEL": "error"}
    command = [str(image.sealgate), "serve", "--port", "0", "--workers", str(request.param)]
    with running(confined(store, command, environment)) as server:
        yield Container(server, folder, store)


def test_it_serves_follows_its_files_and_ends_in_order(image: Image, container: Container) -> None:
    server = container.server
    port = urlsplit(server.url).port or 0
    status = Path(f"/proc/{server.process.pid}/status").read_text(encoding="utf-8")
    assert f"\nUid:\t{os.geteuid() or NOBODY}\t" in status
    # Docker asks again, too, until the start period is over: workers that begin take a while.
    end = time.monotonic() + PATIENCE
    while not image.health(port):
        assert time.monotonic() < end, "it never became well"
    assert server.post(COUNT) == {"data": {"articles": {"totalCount": 1}}}
    with urllib.request.urlopen(f"http://127.0.0.1:{port}/static/graphiql/main.js") as script:
        assert script.status == 200
    with changes(port) as events:
        add_now(container.folder, "_news/b.md")
        assert next(events) == {"kind": "PUBLISH", "path": "_news/b.md"}
    server.process.send_signal(signal.SIGTERM)
    assert server.process.wait(PATIENCE) == 0
    assert not image.health(port)
    left = {path.name.partition("-")[0] for path in container.store.iterdir()}
    assert left <= {"store.db", ".store.db"}, left


def test_everybody_may_read_what_was_installed(image: Image) -> None:
    """The user of the image owns none of it."""
    others = {
        path: path.lstat().st_mode
        for path in (image.base / "opt/sealgate").rglob("*")
        if not path.is_symlink()
    }
    assert others
    assert [path for path, mode in others.items() if not mode & stat.S_IROTH] == []
