"""The real process: started, asked, changed under its feet, told to stop."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
import urllib.request

import pytest

from tests.support.folder import Folder, replace_in
from tests.support.process import PATIENCE, Server, seal_now, serve


@pytest.fixture
def corpus(folder: Folder) -> Folder:
    return seal_now(folder)


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
