"""What a gateway of one worker does as its corpus grows: `make bench-scale`.

For each size: how long a first ingest takes, how long a start on a store that is filled, how much
memory the process has then and after it was asked much, and how long answers take, one at a time,
over one connection, to up to 500 different questions of each kind: when each is asked for the first
time, and when all are asked again and again. Ingest and start may use all cores, answers use one.
Writes JSON, and a plot.
"""

from __future__ import annotations

import argparse
import subprocess
import sys
import tempfile
from collections.abc import Sequence
from functools import partial
from pathlib import Path
from time import perf_counter
from typing import Any

import orjson

from benchmarks import peers
from benchmarks.articles import article, path_of, search_words, topic_of
from benchmarks.bench import cores
from benchmarks.data import ROOT, Corpus, corpus
from benchmarks.load import Load, ask_once, check_tools, put_load
from benchmarks.options import number
from benchmarks.peers import BenchError, Server
from benchmarks.plot import Panel, draw
from benchmarks.queries import PAGE, VARIABLES, written
from gateway.cli.console import err, print_json

PLOT = ROOT / "docs" / "img" / "scale.svg"
# Of a million records a word of these articles is in so many that a search takes longer than a
# client may have of the index as it comes.
_SETTINGS = {"SEALGATE_MAX_INDEX_TIME": "10", "SEALGATE_DEADLINE": "60"}
# Seconds for questions that are asked for the first time.
_PATIENCE = 120.0
SIZES = (1_000, 10_000, 100_000, 1_000_000)

_ROW = "{ title publishedDateTime webUrl }"
_PAGE = (
    "query Page($until: DateTime!) { articles(first: 20, where: { publishedDateTime: { lte: $until"
    f" }} }}) {{ edges {{ cursor node {written(PAGE)} }} }} }}"
)
_SEARCH = (
    "query Search($words: String) { articles(first: 20, search: $words)"
    f" {{ totalCount edges {{ node {_ROW} }} }} }}"
)
_FACET = (
    "query Facet($topic: String!) { articles(first: 1, where: { topics: { any: [$topic] } })"
    " { facets { providers(first: 10) { count provider { name } }"
    " published(interval: MONTH) { count } } } }"
)
_RELATED = (
    "query Related($path: String) { article(path: $path) { title"
    f" related {{ title article {_ROW} }} referencedBy(first: 10) {{ path title }} }} }}"
)

_EPILOG = """\
examples:
  make bench-scale                                    takes some two hours and 30 GB of disk
  make bench-scale ARGS='--sizes 1000,10000'          two minutes
  make bench-scale ARGS='--json' > scale.json         for scripts; progress goes to stderr
"""


def bodies(made: Corpus) -> dict[str, list[bytes]]:
    """Requests of each kind, over all of the corpus."""
    numbers = [number * made.count // VARIABLES for number in range(VARIABLES)]
    dates = [article(number, made.count)[1]["publishedDateTime"] for number in numbers]
    return {
        "page": [_body(_PAGE, until=date) for date in dates],
        "search": [_body(_SEARCH, words=search_words(number)) for number in numbers],
        "facet": [_body(_FACET, topic=topic_of(number)) for number in numbers],
        "related": [_body(_RELATED, path=path_of(number)) for number in numbers],
    }


def _body(query: str, **variables: str) -> bytes:
    return orjson.dumps({"query": query, "variables": variables})


def measure(count: int, seconds: int) -> dict[str, Any]:
    """Everything about one size. Times in seconds, latencies in microseconds, memory in bytes."""
    err.print(f"{count} records ...")
    made = corpus(count)
    with tempfile.TemporaryDirectory(prefix="sealgate-bench-") as name:
        folder = Path(name)
        ingest = _ingest(made, folder)
        begun = perf_counter()
        with peers.gateway(made, folder, None, _SETTINGS) as server:
            start = perf_counter() - begun
            server.pin(cores()[0])
            server.settle()
            idle = server.memory()
            latencies = _latencies(made, server, folder, seconds)
            return {
                "records": count,
                "ingest_seconds": ingest,
                "start_seconds": start,
                "start_memory": idle,
                "memory": server.memory(),
                "latencies": latencies,
            }


def _ingest(made: Corpus, folder: Path) -> float:
    environment = made.environment(folder / "store.db")
    program = Path(sys.executable).with_name("sealgate")
    command = [str(program), "ingest", "--json"]
    begun = perf_counter()
    done = subprocess.run(
        command, cwd=folder, env=environment, capture_output=True, text=True, check=False
    )
    taken = perf_counter() - begun
    if done.returncode != 0:
        raise BenchError(f"sealgate ingest failed: {done.stderr[-2000:]}")
    visible = orjson.loads(done.stdout)["visible"]
    if visible != made.count:
        raise BenchError(f"{visible} of {made.count} records were taken in")
    return taken


def _latencies(
    made: Corpus, server: Server, folder: Path, seconds: int
) -> dict[str, dict[str, dict[str, int]]]:
    """By kind of question, and by whether it is asked for the first time."""
    found: dict[str, dict[str, dict[str, int]]] = {}
    for kind, asked in bodies(made).items():
        # There are fewer topics than that.
        different = list(dict.fromkeys(asked))
        first = ask_once(server, different, _PATIENCE)
        file = folder / f"{kind}.jsonl"
        file.write_bytes(b"\n".join(different[: first.requests]) + b"\n")
        again = put_load(server.url, file, cores()[1], seconds, connections=1)
        found[kind] = {"first": _percentiles(first), "again": _percentiles(again)}
    return found


def _percentiles(load: Load) -> dict[str, int]:
    return {"p50": load.p50, "p99": load.p99, "requests": load.requests}


def panels(found: Sequence[dict[str, Any]]) -> list[Panel]:
    """What is drawn: each over the number of records, both axes logarithmic."""
    sizes = [point["records"] for point in found]

    def latency(when: str, percentile: str) -> dict[str, list[float]]:
        kinds = found[0]["latencies"]
        return {
            kind: [point["latencies"][kind][when][percentile] / 1000 for point in found]
            for kind in kinds
        }

    taken = {
        "first ingest": [point["ingest_seconds"] for point in found],
        "start": [point["start_seconds"] for point in found],
    }
    memory = {
        "after start": [point["start_memory"] / 2**20 for point in found],
        "after questions": [point["memory"] / 2**20 for point in found],
    }
    return [
        Panel("Ingest and start, s", sizes, taken),
        Panel("Resident memory, MiB", sizes, memory),
        Panel("First asked, p50, ms", sizes, latency("first", "p50")),
        Panel("First asked, p99, ms", sizes, latency("first", "p99")),
        Panel("Asked again, p50, ms", sizes, latency("again", "p50")),
        Panel("Asked again, p99, ms", sizes, latency("again", "p99")),
    ]


def _sizes(text: str) -> list[int]:
    return sorted({number(100, part) for part in text.split(",")})


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        prog="make bench-scale",
        description=__doc__,
        epilog=_EPILOG,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    add = parser.add_argument
    shown = ",".join(map(str, SIZES))
    add("--sizes", type=_sizes, default=list(SIZES), help=f"records, with commas ({shown})")
    add("--duration", type=partial(number, 1), default=5, help="seconds of each question (5)")
    add("--plot", type=Path, default=PLOT, help="where to draw it (docs/img/scale.svg)")
    add("--json", action="store_true", help="print JSON instead of lines")
    return parser.parse_args()


def _line(point: dict[str, Any]) -> str:
    answers = ", ".join(
        f"{kind} {first['p50'] / 1000:.2f} / {first['p99'] / 1000:.2f}"
        for kind, first in ((kind, found["first"]) for kind, found in point["latencies"].items())
    )
    return (
        f"{point['records']:>9} records: ingest {point['ingest_seconds']:.1f} s, start"
        f" {point['start_seconds']:.1f} s, {point['memory'] / 2**20:.0f} MiB; first asked, p50 /"
        f" p99 in ms:"
        f" {answers}"
    )


def main() -> int:
    options = _options()
    try:
        check_tools()
        found = [measure(size, options.duration) for size in options.sizes]
    except BenchError as error:
        err.print(f"Nothing was measured: {error}", markup=False)
        return 2
    options.plot.parent.mkdir(parents=True, exist_ok=True)
    options.plot.write_text(draw(panels(found)), encoding="utf-8")
    if options.json:
        print_json(found)
    else:
        print("\n".join(map(_line, found)))
    return 0


if __name__ == "__main__":
    sys.exit(main())
