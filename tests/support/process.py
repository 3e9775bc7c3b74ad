"""A gateway as a process of its own."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
import tempfile
import time
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from tests.support.folder import Folder
from tests.support.publisher import Publisher

PATIENCE = 30.0


class Server:
    def __init__(self, process: subprocess.Popen[str], url: str) -> None:
        self.process = process
        self.url = url

    @property
    def socket_url(self) -> str:
        return self.url.replace("http:", "ws:", 1)

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
    # A test asks again and again until something has happened, from one address.
    environment = {
        "SEALGATE_RATE_LIMIT": "0",
        **os.environ,
        "SEALGATE_LOG_LEVEL": "error",
    }
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


def seal_now(folder: Folder) -> Folder:
    """One article, sealed at the real time, since the real process reads the real clock."""
    now = int(time.time())
    folder.publisher = Publisher(members={"nbf": now - 1000, "exp": now + 1000})
    folder.publisher.write_public(folder.keys)
    add_now(folder, "_news/a.md")
    return folder


def add_now(folder: Folder, path: str, body: str = "") -> None:
    """An article that appears with its seal: a gateway that follows the folder may be fast enough
    to see it without one."""
    staged = Folder(Path(tempfile.mkdtemp(dir=folder.base)), folder.publisher)
    staged.write(path, body)
    staged.seal(path, iat=int(time.time()))
    file = folder.seeds / path
    file.parent.mkdir(parents=True, exist_ok=True)
    (staged.seeds / path).replace(file)
