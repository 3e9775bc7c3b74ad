"""A real gateway over a corpus whose every revision is known, for faults to happen to."""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
import sys
import time
import urllib.request
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from tests.support.folder import Folder
from tests.support.process import PATIENCE, Server
from tests.support.publisher import Publisher

COUNT = 6
HOUR = 3600

PATHS = tuple(f"_news/{number}.md" for number in range(COUNT))
LAST = PATHS[-1]


def until(condition: Callable[[], object], what: str = "it") -> None:
    """Returns once it is so; fails after a while."""
    end = time.monotonic() + PATIENCE
    while not condition():
        assert time.monotonic() < end, f"{what} never came true"
        time.sleep(0.01)


@dataclass
class Stage:
    """A folder of articles that all name one revision, and what each revision's seals say.

    digests: of every record that was ever sealed here, by revision and path.
    """

    base: Path
    digests: dict[int, dict[str, str]] = field(default_factory=dict)
    folder: Folder = field(init=False)

    def __post_init__(self) -> None:
        self.folder = Folder(self.base)
        self.folder.publisher = self.publisher("k1")
        self.folder.publisher.write_public(self.folder.keys)
        self._desk = Folder(self.base / "desk", self.folder.publisher)
        self.publish()

    @property
    def seeds(self) -> Path:
        return self.folder.seeds

    @property
    def keys(self) -> Path:
        return self.folder.keys

    @property
    def store(self) -> Path:
        return self.base / ".sealgate" / "store.db"

    @property
    def revision(self) -> int:
        """The newest one."""
        return len(self.digests)

    def publisher(self, kid: str) -> Publisher:
        """Valid at the real time, since the real process reads the real clock."""
        now = int(time.time())
        return Publisher(kid, members={"nbf": now - HOUR, "exp": now + HOUR})

    def publish(self, *by: Publisher) -> int:
        """The next revision, which takes the place of the folder as a whole."""
        staged, old = self.stage(self.revision + 1, *by), self.base / "old"
        os.rename(self.seeds, old)
        os.rename(staged, self.seeds)
        shutil.rmtree(old)
        return self.revision

    def stage(self, revision: int, *by: Publisher) -> Path:
        """A folder with a revision, beside the one that is served."""
        desk, now = self._desk, int(time.time())
        for path in PATHS:
            desk.write(path, f"Body {revision}.\n", title=f"Revision {revision}")
            for publisher in by or (self.folder.publisher,):
                desk.seal(path, publisher, iat=now)
        self.digests[revision] = {path: desk.digest(path) for path in PATHS}
        return desk.seeds


@contextmanager
def running(
    stage: Stage,
    *arguments: str,
    before: Sequence[str] = (),
    **environment: str,
) -> Iterator[Server]:
    """`sealgate serve` as a process of its own, which logs into a file."""
    # One address asks all that a test asks, as fast as it can.
    usual = {"SEALGATE_LOG_FORMAT": "json", "SEALGATE_RATE_LIMIT": "0"}
    given = {**os.environ, **usual, **environment}
    command = [sys.executable, "-m", "gateway.cli.main", "serve", "--port", "0", *arguments]
    log = log_file(stage)
    with log.open("ab") as output:
        begin = output.tell()
        process = subprocess.Popen(
            [*before, *command], cwd=stage.base, env=given, stderr=output, text=True
        )
    try:
        yield Server(process, _address(process, log, begin))
    finally:
        process.kill()
        process.wait()


def _address(process: subprocess.Popen[str], log: Path, begin: int) -> str:
    found: list[str] = []

    def serves() -> bool:
        text = log.read_bytes()[begin:].decode()
        assert process.poll() is None, text
        found.extend(re.findall(r"Serving (http://\S+)", text))
        return bool(found)

    until(serves, "the start")
    return found[0]


def log_file(stage: Stage) -> Path:
    return stage.base / "log"


def logged(stage: Stage, event: str) -> list[Mapping[str, Any]]:
    """The log lines of this name, in their order."""
    lines = log_file(stage).read_text(encoding="utf-8").splitlines()
    documents = [json.loads(line) for line in lines if line.startswith("{")]
    return [document for document in documents if document.get("event") == event]


def readiness(server: Server) -> Any:
    url = server.url.replace("graphql", "readyz")
    with urllib.request.urlopen(url, timeout=PATIENCE) as response:
        return json.load(response)


def reasons(server: Server) -> set[str]:
    """The codes in /readyz."""
    return {reason["code"] for reason in readiness(server)["reasons"].values()}


def until_says(server: Server, code: str) -> None:
    until(lambda: code in reasons(server), f"{code} in /readyz")


def until_well(server: Server, *but: str) -> None:
    """Nothing is wrong any more, except what is named."""
    until(lambda: reasons(server) <= set(but), "an end of the trouble")
