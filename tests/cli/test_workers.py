"""Several processes on one port, as one gateway."""

from __future__ import annotations

import signal
import time
from collections.abc import Callable, Iterator
from os import kill
from pathlib import Path
from typing import Any

import pytest

from tests.support.folder import Folder
from tests.support.process import PATIENCE, Server, add_now, seal_now, serve

WORKERS = 3
# So many fresh connections in a row that all of the workers have very probably answered.
IN_A_ROW = 30

LIST = "{articles {edges {node {path}}}}"


@pytest.fixture
def sealed(folder: Folder) -> Folder:
    return seal_now(folder)


@pytest.fixture
def server(sealed: Folder) -> Iterator[Server]:
    with serve(sealed.base, "--workers", str(WORKERS)) as server:
        yield server
        assert server.process.poll() is None or server.process.returncode == 0


def paths(server: Server) -> list[str]:
    return [edge["node"]["path"] for edge in server.post(LIST)["data"]["articles"]["edges"]]


def all_say(server: Server, expected: list[str]) -> None:
    """Returns once so many answers in a row are the expected one; fails after a while."""
    until(lambda: all(paths(server) == expected for _ in range(IN_A_ROW)))


def until(condition: Callable[[], bool]) -> None:
    end = time.monotonic() + PATIENCE
    while not condition():
        assert time.monotonic() < end, "it never came true"


def workers(server: Server) -> list[int]:
    """Process ids of the children that serve."""
    task = Path(f"/proc/{server.process.pid}/task/{server.process.pid}/children")
    children = [int(pid) for pid in task.read_text(encoding="ascii").split()]
    return [pid for pid in children if b"spawn_main" in command(pid)]


def command(pid: int) -> bytes:
    try:
        return Path(f"/proc/{pid}/cmdline").read_bytes()
    except (FileNotFoundError, ProcessLookupError):
        return b""


pytestmark = pytest.mark.skipif(not Path("/proc/self/task").exists(), reason="NOT TESTED: no /proc")


def test_a_change_of_files_or_keys_reaches_every_worker(server: Server, sealed: Folder) -> None:
    all_say(server, ["_news/a.md"])
    assert len(workers(server)) == WORKERS
    add_now(sealed, "_news/b.md")
    all_say(server, ["_news/a.md", "_news/b.md"])
    revoked = {"revoked_at": int(time.time()), "reason": "lost"}
    sealed.publisher.write_public(sealed.keys, revoked=revoked)
    all_say(server, [])


def test_a_cursor_of_one_worker_is_good_at_the_others(server: Server, sealed: Folder) -> None:
    for name in "bcdef":
        add_now(sealed, f"_news/{name}.md")
    all_say(server, [f"_news/{name}.md" for name in "abcdef"])
    query = "{articles(first: 1%s) {edges {node {path}} pageInfo {hasNextPage endCursor}}}"
    found: list[Any] = []
    after = ""
    while True:
        page = server.post(query % after)["data"]["articles"]
        found += [edge["node"]["path"] for edge in page["edges"]]
        if not page["pageInfo"]["hasNextPage"]:
            break
        after = f', after: "{page["pageInfo"]["endCursor"]}"'
    assert found == [f"_news/{name}.md" for name in "abcdef"]


def test_a_worker_that_dies_is_replaced(server: Server, sealed: Folder) -> None:
    all_say(server, ["_news/a.md"])
    first, *_ = before = workers(server)
    kill(first, signal.SIGKILL)
    until(lambda: len(set(workers(server)) - set(before)) == 1)
    add_now(sealed, "_news/b.md")
    until(lambda: paths(server) == ["_news/a.md", "_news/b.md"])


def test_the_end_is_in_order_and_leaves_nobody_behind(server: Server) -> None:
    all_say(server, ["_news/a.md"])
    before = workers(server)
    server.process.terminate()
    assert server.process.wait(PATIENCE) == 0
    assert not any(command(pid) for pid in before)


def test_workers_end_when_their_supervisor_is_killed(server: Server) -> None:
    all_say(server, ["_news/a.md"])
    before = workers(server)
    server.process.kill()
    server.process.wait()
    server.process.returncode = 0
    until(lambda: not any(command(pid) for pid in before))
