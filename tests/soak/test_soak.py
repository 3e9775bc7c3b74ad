"""Hundreds of thousands of requests of all kinds, good and bad: memory and open files stay.

`make soak` runs it; SEALGATE_SOAK says how many requests there are after the first 40,000.
"""

from __future__ import annotations

import json
import os
import threading
from collections import Counter
from collections.abc import Callable
from pathlib import Path
from urllib.parse import quote

import pytest

from tests.support.folder import Folder
from tests.support.frames import TEXT, frame, opened
from tests.support.process import Server
from tests.support.wire import (
    GET,
    HEAD,
    POST,
    Wire,
    answers,
    bounded,
    ends_with,
    open_files,
    resident,
)

REQUESTS = int(os.environ.get("SEALGATE_SOAK", "0"))
CLIENTS = 4
# What is remembered of documents and of replies is full by then; the room for replies is smaller
# than by default, or it would take half a million requests to fill it.
WARM_UP = 40_000
REPLIES = 1 << 23
MOST_GROWTH = 1.05

pytestmark = pytest.mark.skipif(
    not REQUESTS or not Path("/proc/self/status").exists(), reason="`make soak` runs it, on Linux"
)

LIST = "{articles(first: 20) {totalCount edges {cursor node {path title body integrity {status}}}}}"


def post(query: str) -> bytes:
    body = json.dumps({"query": query}).encode()
    return HEAD + b"content-length: %d\r\n\r\n" % len(body) + body


def get(query: str, headers: str = "") -> bytes:
    return f"GET /graphql?query={quote(query)} HTTP/1.1\r\nhost: x\r\n{headers}\r\n".encode()


# On a connection that stays.
KEPT: list[Callable[[int], bytes]] = [
    lambda _: post(LIST),
    lambda _: get(LIST),
    lambda _: POST,
    lambda _: GET,
    lambda number: post(f"{{a{number}: __typename}}"),
    lambda number: post(f'{{article(path: "_news/none-{number}.md") {{title}}}}'),
    lambda number: post(f"{{nothing{number}}}"),
    lambda number: get(f"{{ {number}"),
    lambda _: b"GET /nowhere HTTP/1.1\r\nhost: x\r\n\r\n",
    lambda number: post(LIST).replace(b"host: x", b"host: x\r\nx-request-id: %d" % number),
]

# On connections of their own, which nobody ends in order.
EVENTS = "accept: text/event-stream\r\n"
DROPPED: list[bytes] = [
    b"GET / HT",
    POST[:-3],
    b"\x16\x03\x01\r\n\r\n",
    HEAD + b"content-length: 9000000\r\n\r\n" + b" " * 200_000,
    get("subscription {snapshotChanged {id}}", EVENTS),
    post(LIST) * 5,
]


def a_socket(server: Server) -> None:
    payload = {"query": "subscription {snapshotChanged {id}}"}
    message = {"id": "a", "type": "subscribe", "payload": payload}
    with opened(server) as wire:
        wire.send(frame(TEXT, json.dumps(message).encode()))


def client(server: Server, numbers: range, found: Counter[int]) -> None:
    """Every twentieth request is on a connection that is dropped in the middle of it."""
    with Wire(server) as wire:
        for number in numbers:
            if number % 20:
                wire.send(KEPT[number % len(KEPT)](number))
                found[wire.reply().status] += 1
                continue
            found[0] += 1
            if number % 60:
                with Wire(server) as dropped:
                    dropped.send(DROPPED[number // 20 % len(DROPPED)])
            else:
                a_socket(server)


def run(server: Server, numbers: range, found: Counter[int]) -> None:
    counts = [Counter[int]() for _ in range(CLIENTS)]
    threads = [
        threading.Thread(target=client, args=(server, numbers[which::CLIENTS], counts[which]))
        for which in range(CLIENTS)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    for count in counts:
        found.update(count)


def test_memory_and_open_files_stay(folder: Folder, capsys: pytest.CaptureFixture[str]) -> None:
    found: Counter[int] = Counter()
    with bounded(folder, rate_limit=0, reply_bytes=REPLIES) as server:
        run(server, range(WARM_UP), found)
        before = after = tell(capsys, server, WARM_UP)
        for part in range(10):
            start, end = (WARM_UP + REQUESTS * number // 10 for number in (part, part + 1))
            run(server, range(start, end), found)
            after = tell(capsys, server, end)
        assert answers(server)
        server.process.terminate()
        assert ends_with(server) == (0, "")
    assert sum(found.values()) == WARM_UP + REQUESTS
    assert set(found) == {0, 200, 404}, found
    assert after[0] < before[0] * MOST_GROWTH
    assert after[1] <= before[1] + CLIENTS


def tell(capsys: pytest.CaptureFixture[str], server: Server, number: int) -> tuple[int, int]:
    """Memory and open files; printed, since that is what one wants to see."""
    memory, files = resident(server), open_files(server)
    with capsys.disabled():
        print(f"\n  {number:>9,} requests: {memory / 1e6:.1f} MB, {files} files", end="")  # noqa: T201
    return memory, files
