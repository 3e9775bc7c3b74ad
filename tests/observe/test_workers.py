"""Several workers on one port: one scrape sees all of them, whichever answers."""

from __future__ import annotations

import os
import signal
import time
import urllib.request
from collections.abc import Callable, Iterator

import pytest

from tests.cli.test_workers import workers
from tests.support.folder import Folder
from tests.support.process import PATIENCE, Server, seal_now, serve
from tests.support.scrape import read_text


@pytest.fixture
def server(folder: Folder, monkeypatch: pytest.MonkeyPatch) -> Iterator[Server]:
    monkeypatch.setenv("SEALGATE_OPEN_SCOPES", '["read", "metrics"]')
    with serve(seal_now(folder).base, "--workers", "2") as server:
        until(lambda: set(by_worker(server, "ready")) == {"0", "1"})
        yield server


def until(condition: Callable[[], bool]) -> None:
    end = time.monotonic() + PATIENCE
    while not condition():
        assert time.monotonic() < end, "it never came true"


def by_worker(server: Server, name: str, **labels: str) -> dict[str, float]:
    """The values of one metric by the worker that they come from."""
    url = server.url.replace("/graphql", "/metrics")
    with urllib.request.urlopen(url, timeout=PATIENCE) as response:
        text = response.read().decode()
    return {
        sample.labels["worker"]: sample.value
        for family in read_text(text)
        for sample in family.samples
        if sample.name == f"sealgate_{name}" and labels.items() <= sample.labels.items()
    }


def test_what_any_of_them_counted_is_in_every_scrape(server: Server) -> None:
    for _ in range(40):
        server.post("{ __typename }")
    labels = {"type": "query", "code": "OK"}
    for _ in range(10):
        assert sum(by_worker(server, "operations_total", **labels).values()) == 40
    assert set(by_worker(server, "workers").values()) == {2.0}


def test_a_worker_that_died_is_missing_and_comes_back(server: Server) -> None:
    before = workers(server)
    os.kill(before[1], signal.SIGKILL)
    until(lambda: len(set(workers(server)) - set(before)) == 1)
    until(lambda: set(by_worker(server, "ready")) == {"0", "1"})


def test_a_worker_that_is_stuck_holds_no_scrape_up(server: Server) -> None:
    stuck = workers(server)[0]
    os.kill(stuck, signal.SIGSTOP)
    try:
        # The kernel may hand a connection to either; that of the other one is answered.
        until(lambda: _answers_alone(server))
    finally:
        os.kill(stuck, signal.SIGCONT)
    until(lambda: set(by_worker(server, "ready")) == {"0", "1"})


def _answers_alone(server: Server) -> bool:
    url = server.url.replace("/graphql", "/metrics")
    try:
        with urllib.request.urlopen(url, timeout=5) as response:
            text: bytes = response.read()
    except TimeoutError:
        return False
    return text.count(b"\nsealgate_ready{") == 1
