"""The servers that are compared, each a process on one core."""

from __future__ import annotations

import hashlib
import http.client
import os
import shutil
import socket
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from types import MappingProxyType

import orjson

from benchmarks.data import CACHE, ROOT, Corpus
from benchmarks.queries import WALK, Handle

GATEWAY = "gateway"
PRECOMPUTED = "precomputed"
NODE_PEERS = {"mercurius": "Mercurius with JIT", "apollo": "Apollo Server"}
PEERS = {
    "stock": "Strawberry as it comes, records in memory",
    **NODE_PEERS,
    PRECOMPUTED: "answers computed beforehand, looked up by request body",
}

# How long a start may take: a gateway verifies its whole corpus first.
_PATIENCE = 3600.0
# Seconds of a processor in one second, for one that only waits.
_IDLE = 0.1
_SERVERS = Path(__file__).parent / "servers"
_NODE = _SERVERS / "node"


class BenchError(Exception):
    """What keeps a measurement from being made, in words for whoever runs it."""


@dataclass
class Server:
    """A running server, and what it calls the records."""

    name: str
    port: int
    process: subprocess.Popen[bytes]
    handles: list[Handle] = field(default_factory=list)

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}/graphql"

    def post(self, bodies: Sequence[bytes]) -> Iterator[bytes]:
        """The answers to these requests, one after the other on one connection."""
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=60)
        headers = {"content-type": "application/json", "accept": "application/json"}
        try:
            for body in bodies:
                connection.request("POST", "/graphql", body, headers)
                yield connection.getresponse().read()
        finally:
            connection.close()

    def walk(self, pages: int) -> list[Handle]:
        """Ids and cursors of the first records of the list, a hundred for each page."""
        found: list[Handle] = []
        while len(found) < 100 * pages:
            variables = {"after": found[-1].cursor if found else None}
            (answer,) = self.post([orjson.dumps({"query": WALK, "variables": variables})])
            edges = orjson.loads(answer)["data"]["articles"]["edges"]
            found += [Handle(edge["node"]["id"], edge["cursor"]) for edge in edges]
            if len(edges) < 100:
                break
        return found

    def cpu_seconds(self) -> float:
        """Processor time that the process took so far, all its threads included."""
        text = Path(f"/proc/{self.process.pid}/stat").read_text(encoding="utf-8")
        # The name, in parentheses, may hold blanks; utime and stime are fields 14 and 15.
        fields = text.rpartition(")")[2].split()
        return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")

    def pin(self, core: int) -> None:
        """From now on on this core alone, with all its threads."""
        command = [_need("taskset"), "--all-tasks", "--pid", "--cpu-list", str(core)]
        subprocess.run([*command, str(self.process.pid)], capture_output=True, check=True)

    def settle(self) -> None:
        """Wait until it has nothing to do but to answer."""
        while True:
            before = self.cpu_seconds()
            time.sleep(1)
            if self.cpu_seconds() - before < _IDLE:
                return

    def memory(self) -> int:
        """Resident bytes of the process; those of workers are not among them."""
        status = Path(f"/proc/{self.process.pid}/status").read_text(encoding="utf-8")
        line = next(line for line in status.splitlines() if line.startswith("VmRSS:"))
        return int(line.split()[1]) * 1024


@contextmanager
def gateway(
    corpus: Corpus,
    folder: Path,
    core: int | None,
    settings: Mapping[str, str] = MappingProxyType({}),
) -> Iterator[Server]:
    """`sealgate serve` with one worker, its store in `folder`; it verifies, as always.

    core: None for all of them. settings: as variables, beside those of the corpus.
    """
    environment = {**corpus.environment(folder / "store.db"), **settings}
    command = [str(Path(sys.executable).with_name("sealgate")), "serve", "--port"]
    with _running(GATEWAY, command, environment, folder, core) as server:
        yield server


@contextmanager
def stock(corpus: Corpus, folder: Path, core: int) -> Iterator[Server]:
    environment = {**_plain(), "BENCH_RECORDS": str(corpus.records_file)}
    with _uvicorn("stock", environment, folder, core) as server:
        yield server


@contextmanager
def precomputed(answers: Path, folder: Path, core: int) -> Iterator[Server]:
    """answers: a file of lines `[body, answer]`."""
    environment = {**_plain(), "BENCH_ANSWERS": str(answers)}
    with _uvicorn(PRECOMPUTED, environment, folder, core) as server:
        yield server


@contextmanager
def node(name: str, corpus: Corpus, folder: Path, core: int) -> Iterator[Server]:
    """Raises BenchError where Node.js or what it needs is missing."""
    installed = _installed()
    environment = {
        **os.environ,
        "NODE_ENV": "production",
        "BENCH_RECORDS": str(corpus.records_file),
        "BENCH_SDL": str(_SERVERS / "peers.graphql"),
    }
    command = [_need("node"), str(installed / f"{name}.mjs")]
    with _running(name, command, environment, folder, core) as server:
        yield server


def _plain() -> dict[str, str]:
    return {**os.environ, "PYTHONPATH": str(ROOT)}


@contextmanager
def _uvicorn(name: str, environment: dict[str, str], folder: Path, core: int) -> Iterator[Server]:
    command = [sys.executable, "-m", "benchmarks.servers.run", name]
    with _running(name, command, environment, folder, core) as server:
        yield server


def _installed() -> Path:
    """The servers for Node.js, beside the packages that their lock file names."""
    lock = (_NODE / "package-lock.json").read_bytes()
    place = CACHE / f"node-{hashlib.sha256(lock).hexdigest()[:12]}"
    npm = _need("npm")
    if not (place / "node_modules").is_dir():
        staged = CACHE / f".{place.name}-{os.getpid()}"
        shutil.copytree(_NODE, staged, ignore=shutil.ignore_patterns("node_modules"))
        done = subprocess.run([npm, "ci", "--silent"], cwd=staged, capture_output=True, check=False)
        if done.returncode != 0:
            shutil.rmtree(staged)
            raise BenchError(f"npm could not install them: {done.stderr.decode().strip()}")
        staged.rename(place)
    for script in _NODE.glob("*.mjs"):
        shutil.copy(script, place)
    return place


def _need(program: str) -> str:
    found = shutil.which(program)
    if found is None:
        raise BenchError(f"{program} is not installed")
    return found


@contextmanager
def _running(
    name: str,
    command: Sequence[str],
    environment: dict[str, str],
    folder: Path,
    core: int | None,
) -> Iterator[Server]:
    """A process whose last argument is the port to listen on."""
    port = _free_port()
    log = folder / f"{name}.log"
    with log.open("wb") as output:
        process = subprocess.Popen(
            [*_pinned(core), *command, str(port)],
            cwd=folder,
            env=environment,
            stdout=output,
            stderr=output,
        )
    try:
        _wait(port, process, log)
        yield Server(name, port, process)
    finally:
        process.terminate()
        try:
            process.wait(20)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()


def _pinned(core: int | None) -> list[str]:
    return [] if core is None else [_need("taskset"), "--cpu-list", str(core)]


def _free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        port: int = listener.getsockname()[1]
        return port


def _wait(port: int, process: subprocess.Popen[bytes], log: Path) -> None:
    """Until the port answers."""
    end = time.monotonic() + _PATIENCE
    while time.monotonic() < end:
        if process.poll() is not None:
            raise BenchError(f"it ended at once: {log.read_text(errors='replace')[-2000:]}")
        try:
            socket.create_connection(("127.0.0.1", port), timeout=1).close()
        except OSError:
            time.sleep(0.02)
        else:
            return
    raise BenchError(f"no answer within {_PATIENCE:g} seconds")
