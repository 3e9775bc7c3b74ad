"""The real process: started, asked, changed under its feet, told to stop."""

from __future__ import annotations

import json
import os
import re
import signal
import subprocess
import sys
import time
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

from tests.support.folder import Folder, replace_in
from tests.support.publisher import Publisher

PATIENCE = 30.0


class Server:
    def __init__(self, process: subprocess.Popen[str], url: str) -> None:
        self.process = process
        self.url = url

    def post(self, query: str) -> Any:
        body = json.dumps({"query": query}).encode()
        headers = {"content-type": "application/json"}
        request = urllib.request.Request(self.url, body, headers)
        with urllib.request.urlopen(request, timeout=PATIENCE) as response:
            return json.load(response)


@contextmanager
def serve(folder: Path, *arguments: str) -> Iterator[Server]:
    command = [sys.executable, "-m", "gateway.cli.main", "serve", "--port", "0", *arguments]
    # Nobody reads the pipe after the first line, so little may be written to it.
    environment = {**os.environ, "SEALGATE_LOG_LEVEL": "error"}
    process = subprocess.Popen(
        command, cwd=folder, env=environment, stderr=subprocess.PIPE, text=True
    )
    assert process.stderr is not None
    try:
        for line in process.stderr:
            if found := re.search(r"Serving (http://\S+)", line):
                yield Server(process, found[1])
                return
        raise AssertionError(f"it ended with {process.wait()}")
    finally:
        process.kill()
        process.wait()
        process.stderr.close()


@pytest.fixture
def corpus(folder: Folder) -> Folder:
    """Sealed at the real time, since the real process reads the real clock."""
    now = int(time.time())
    publisher = Publisher(members={"nbf": now - 1000, "exp": now + 1000})
    folder.publisher = publisher
    publisher.write_public(folder.keys)
    folder.write("_news/a.md")
    folder.seal("_news/a.md", iat=now)
    return folder


COUNT = "{articles {totalCount}}"


def count(server: Server) -> int:
    return int(server.post(COUNT)["data"]["articles"]["totalCount"])


def test_it_answers_follows_the_files_and_ends_cleanly_on_sigterm(corpus: Folder) -> None:
    with serve(corpus.base) as server:
        assert count(server) == 1
        replace_in(corpus.seeds / "_news/a.md", "quality: 80", "quality: 81")
        deadline = time.monotonic() + PATIENCE
        while count(server) == 1:
            assert time.monotonic() < deadline, "the change was never taken up"
        error = server.post('{article(path: "_news/a.md") {title}}')["errors"][0]
        assert error["extensions"]["reason"] == "SIGNATURE_INVALID"
        server.process.send_signal(signal.SIGTERM)
        assert server.process.wait(PATIENCE) == 0


def test_a_change_while_it_was_down_is_taken_up_at_the_next_start(corpus: Folder) -> None:
    with serve(corpus.base) as server:
        assert count(server) == 1
    file = corpus.seeds / "_news/a.md"
    whole = file.read_bytes()
    replace_in(file, "quality: 80", "quality: 81")
    with serve(corpus.base) as server:
        assert count(server) == 0
    file.write_bytes(whole)
    with serve(corpus.base) as server:
        assert count(server) == 1


def test_it_serves_the_last_snapshot_when_the_seeds_are_gone(corpus: Folder) -> None:
    with serve(corpus.base) as server:
        assert count(server) == 1
    os.rename(corpus.seeds, corpus.base / "unmounted")
    with serve(corpus.base) as server:
        assert count(server) == 1
        with urllib.request.urlopen(server.url.replace("graphql", "readyz")) as response:
            ready = json.load(response)
        assert ready["status"] == "degraded"
        assert ready["reasons"]["seeds"]["code"] == "SEEDS_MISSING"


def test_a_port_that_is_taken_is_a_clear_error(corpus: Folder) -> None:
    with serve(corpus.base) as server:
        port = server.url.rpartition(":")[2].partition("/")[0]
        command = [sys.executable, "-m", "gateway.cli.main", "serve", "--port", port]
        done = subprocess.run(command, cwd=corpus.base, capture_output=True, text=True, check=False)
    assert done.returncode == 2
    assert "[SETTINGS]" in done.stderr
    assert "SEALGATE_PORT" in done.stderr
    assert "Traceback" not in done.stderr
