"""Verified ingest beside the least that it could do: `make bench-ingest`.

The least is this, in as many processes as there are cores: libyaml reads each file's front matter
as events, and `cryptography` verifies its Ed25519 signature; nothing else, not even the canonical
bytes that were signed. The gateway reads the files, checks their form, writes the next snapshot to
its store, judges every record and builds the index. Both take the same files in turn.
"""

from __future__ import annotations

import argparse
import os
import subprocess
import sys
import tempfile
from collections.abc import Sequence
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from statistics import median
from time import perf_counter, process_time
from typing import Any

import orjson
import yaml
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

from benchmarks.data import Corpus, corpus
from benchmarks.options import number
from gateway.base64url import decode_base64url
from gateway.cli.console import err, out, print_json
from gateway.corpus.claim import claim_file
from gateway.envelope.envelope import parse_envelope
from gateway.envelope.jws import DetachedJws
from gateway.frontmatter.limits import Limits

TARGET = 0.8

_EPILOG = """\
The ratio is the gateway's records a second over those of the loop; the target is at least 0.8.
Where others use the same cores, the ratio by processor time says more.
Exit status: 0 measured, 1 the target was missed (with --enforce only).
"""

# Told by a process of its own: how long it took, and how much of processors, its helpers' included,
# without the time to start Python.
_INGEST = """
import resource, time
from gateway.app import Gateway
from gateway.settings import Settings
def processors():
    both = map(resource.getrusage, (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN))
    return sum(usage.ru_utime + usage.ru_stime for usage in both)
gateway = Gateway(Settings())
begun, used = time.perf_counter(), processors()
gateway.ingest()
print(time.perf_counter() - begun, processors() - used, len(gateway.view().by_path))
gateway.close()
"""


@dataclass(frozen=True)
class Portion:
    """Files, and what is needed to verify them: key, signatures, and what was signed."""

    key: bytes
    files: Sequence[tuple[Path, bytes, bytes]]

    def work(self) -> float:
        """Parse and verify; how many seconds of a processor that took."""
        begun = process_time()
        key = Ed25519PublicKey.from_public_bytes(self.key)
        for path, signature, signed in self.files:
            for _ in yaml.parse(_front(path.read_bytes()), Loader=yaml.CLoader):
                pass
            key.verify(signature, signed)
        return process_time() - begun


def _front(data: bytes) -> bytes:
    return data[4 : data.index(b"\n---\n", 4) + 1]


def portions(made: Corpus, number: int) -> list[Portion]:
    """The corpus in so many parts of one size, with what was signed worked out beforehand."""
    jwk = orjson.loads((made.keys / "bench.jwk").read_bytes())
    key = decode_base64url(jwk["x"])
    files = [_file(made, record["path"]) for record in made.records]
    return [Portion(key, files[start::number]) for start in range(number)]


def _file(made: Corpus, path: str) -> tuple[Path, bytes, bytes]:
    raw = claim_file("bench", made.seeds, path, Limits())
    envelope = parse_envelope(raw.secured[-1])
    if not isinstance(envelope, DetachedJws):
        raise SystemExit(f"{path}: not sealed as this corpus is")
    return made.seeds / path, envelope.signature, envelope.signing_input(raw.canonical)


@dataclass(frozen=True)
class Seconds:
    """clock: from begin to end; processor: of all processes together."""

    clock: float
    processor: float


def _loop_seconds(pool: ProcessPoolExecutor, parts: Sequence[Portion]) -> Seconds:
    begun = perf_counter()
    processor = sum(pool.map(Portion.work, parts))
    return Seconds(perf_counter() - begun, processor)


def _gateway_seconds(made: Corpus) -> Seconds:
    with tempfile.TemporaryDirectory(prefix="sealgate-bench-") as folder:
        done = subprocess.run(
            [sys.executable, "-c", _INGEST],
            cwd=folder,
            env=made.environment(Path(folder) / "store.db"),
            capture_output=True,
            text=True,
            check=True,
        )
    clock, processor, served = done.stdout.split()
    if int(served) != made.count:
        raise SystemExit(f"{served} of {made.count} records were taken in")
    return Seconds(float(clock), float(processor))


def measure(made: Corpus, rounds: int) -> dict[str, Any]:
    """Medians, in seconds and records a second, and their ratio."""
    processes = len(os.sched_getaffinity(0))
    parts = portions(made, processes)
    loops: list[Seconds] = []
    gateways: list[Seconds] = []
    with ProcessPoolExecutor(processes) as pool:
        # Once untimed: processes start, and files come into memory.
        _loop_seconds(pool, parts)
        for turn in range(rounds):
            err.print(f"Round {turn + 1} of {rounds} ...")
            loops.append(_loop_seconds(pool, parts))
            gateways.append(_gateway_seconds(made))
    pairs = list(zip(loops, gateways, strict=True))
    ratio = median(loop.clock / ours.clock for loop, ours in pairs)
    return {
        "records": made.count,
        "processes": processes,
        "rounds": rounds,
        "loop_seconds": median(loop.clock for loop in loops),
        "gateway_seconds": median(ours.clock for ours in gateways),
        "ratio": ratio,
        "processor_ratio": median(loop.processor / ours.processor for loop, ours in pairs),
        "target": TARGET,
        "verdict": "reached" if ratio >= TARGET else "not reached",
    }


def main() -> int:
    parser = argparse.ArgumentParser(
        prog="make bench-ingest",
        description=__doc__,
        epilog=_EPILOG,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    at_least_one = partial(number, 1)
    parser.add_argument("--records", type=at_least_one, default=5000, help="in the corpus (5000)")
    parser.add_argument("--rounds", type=at_least_one, default=3, help="of both (3)")
    parser.add_argument("--json", action="store_true", help="print JSON")
    parser.add_argument("--enforce", action="store_true", help="exit with 1 below the target")
    options = parser.parse_args()
    found = measure(corpus(options.records), options.rounds)
    if options.json:
        print_json(found)
    else:
        out.print(_sentence(found))
    return 1 if options.enforce and found["ratio"] < TARGET else 0


def _sentence(found: dict[str, Any]) -> str:
    return (
        f"{found['records']} records: the gateway {found['gateway_seconds']:.2f} s, the loop"
        f" {found['loop_seconds']:.2f} s in {found['processes']} processes (medians of"
        f" {found['rounds']}).\nRatio {found['ratio']:.2f}, target >= {TARGET}:"
        f" {found['verdict']}. By processor time {found['processor_ratio']:.2f}."
    )


if __name__ == "__main__":
    sys.exit(main())
