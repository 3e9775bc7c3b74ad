"""Load on a server, by wrk, from one core."""

from __future__ import annotations

import shutil
import subprocess
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from time import perf_counter

import orjson

from benchmarks.peers import BenchError, Server

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


def ask_once(server: Server, bodies: Sequence[bytes], seconds: float) -> Load:
    """Post each of these once, one after the other, until all were or the time is over.

    Raises BenchError if an answer was amiss.
    """
    latencies: list[float] = []
    size = 0
    begun = last = perf_counter()
    for answer in server.post(bodies):
        now = perf_counter()
        latencies.append(now - last)
        if "errors" in orjson.loads(answer):
            raise BenchError(f"not answered: {answer[:500]!r}")
        size += len(answer)
        last = perf_counter()
        if last - begun > seconds:
            break
    p50, p99 = (_percentile(latencies, part) for part in (0.5, 0.99))
    return Load(len(latencies), sum(latencies), size, p50, p99)


def _percentile(latencies: Sequence[float], part: float) -> int:
    """In microseconds."""
    place = round(part * (len(latencies) - 1))
    return round(sorted(latencies)[place] * 1e6)
