"""Load on a server, by wrk, from one core."""

from __future__ import annotations

import shutil
import subprocess
from dataclasses import dataclass
from pathlib import Path

import orjson

from benchmarks.peers import BenchError

_SCRIPT = Path(__file__).with_name("rotate.lua")
_INSTALL = (
    "wrk makes the load, and is not installed. Debian, Ubuntu: apt-get install wrk; macOS: brew"
    " install wrk; sources: https://github.com/wg/wrk"
)


@dataclass(frozen=True)
class Load:
    """What came back in a stretch of time. p50, p99: latency, in microseconds."""

    requests: int
    seconds: float
    bytes: int
    p50: int
    p99: int

    @property
    def rate(self) -> float:
        """Requests per second."""
        return self.requests / self.seconds


def check_tools() -> None:
    """Raises BenchError for what has to be installed first."""
    if shutil.which("wrk") is None:
        raise BenchError(_INSTALL)
    if shutil.which("taskset") is None:
        raise BenchError(
            "taskset pins processes to cores; Debian, Ubuntu: apt-get install util-linux"
        )


def put_load(url: str, bodies: Path, core: int, seconds: int, connections: int) -> Load:
    """Post the lines of a file in turn for a while. Raises BenchError if an answer was amiss."""
    command = [
        *("taskset", "--cpu-list", str(core), "wrk", "--threads", "1", "--timeout", "60s"),
        *("--connections", str(connections), "--duration", f"{seconds}s"),
        *("--script", str(_SCRIPT), url, "--", str(bodies)),
    ]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    _, marker, counted = done.stdout.partition("\nCOUNTED ")
    if not marker:
        raise BenchError(f"wrk failed: {done.stdout}{done.stderr}")
    found = orjson.loads(counted)
    if found["refused"] or found["lost"]:
        raise BenchError(f"not every request was answered: {counted.strip()}")
    seconds_taken = found["microseconds"] / 1e6
    return Load(found["requests"], seconds_taken, found["bytes"], found["p50"], found["p99"])
