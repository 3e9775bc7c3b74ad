"""The gateway beside other GraphQL servers that answer the same from memory: `make bench`.

Three queries over sealed articles. All servers run at once, each on the same one core, and are
loaded in turn from another, so that whatever else the machine does falls on all of them. Before
that, their answers are held against the records. What counts are ratios, held against targets;
docs/performance.md says what they mean.
"""

from __future__ import annotations

import argparse
import os
import subprocess
import sys
import tempfile
from collections.abc import Sequence
from contextlib import ExitStack
from functools import partial
from pathlib import Path
from typing import Any

import orjson

from benchmarks.contest import Contest, Terms
from benchmarks.data import Corpus, corpus
from benchmarks.load import check_tools
from benchmarks.options import names, number
from benchmarks.peers import PEERS, BenchError
from benchmarks.queries import QUERIES
from benchmarks.report import Report
from gateway.cli.console import err, out, print_json

_FEWEST = 200  # records: fewer make pages that are not worth spreading over

_EPILOG = """\
servers:
  gateway      sealgate serve, one worker; always there, since everything is measured against it
{peers}
queries:
{queries}
examples:
  make bench                                          everything, some six minutes
  make bench ARGS='--rounds 1 --duration 2'           a first look
  make bench ARGS='--servers stock --queries Q2'      one ratio
  make bench ARGS='--no-replies --no-cold'            what varied requests find
  make bench ARGS='--json' > bench.json               for scripts; progress goes to stderr

The load comes from wrk (Debian, Ubuntu: apt-get install wrk). Mercurius and Apollo Server need
Node.js and npm; without them they are left out. The sealed articles stay in .sealgate/bench for the
next run. Exit status: 0 measured, 1 a target was missed (with --enforce only), 2 not measured.
"""


def read_options(arguments: Sequence[str]) -> argparse.Namespace:
    listed = "\n".join(f"  {name:<12} {title}" for name, title in PEERS.items())
    queries = "\n".join(f"  {query.name:<12} {query.title}" for query in QUERIES.values())
    parser = argparse.ArgumentParser(
        prog="make bench",
        description=__doc__,
        epilog=_EPILOG.format(peers=listed, queries=queries),
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    add, some = parser.add_argument, partial(number, 1)
    add(
        "--records",
        type=partial(number, _FEWEST),
        default=5000,
        help="articles in the corpus (5000)",
    )
    add("--rounds", type=some, default=3, help="how often each is measured (3)")
    add("--duration", type=some, default=5, help="seconds of one measurement (5)")
    add("--connections", type=some, default=16, help="at once, from wrk (16)")
    add(
        "--servers",
        type=partial(names, PEERS),
        default=list(PEERS),
        help="which peers, with commas (all)",
    )
    add(
        "--queries",
        type=partial(names, QUERIES),
        default=list(QUERIES),
        help="which, with commas (all)",
    )
    add("--hot", action="store_true", help="ask for one variable only, not for 500 in turn")
    add("--cold", action=argparse.BooleanOptionalAction, default=True, help="cold pages, too")
    add("--no-replies", action="store_true", help="let the gateway keep no whole answers")
    add("--json", action="store_true", help="print JSON")
    add("--enforce", action="store_true", help="exit with 1 if a target is missed")
    return parser.parse_args(arguments)


def cores() -> tuple[int, int]:
    """One core for servers, one for the load. Raises BenchError where there are not two."""
    usable = sorted(os.sched_getaffinity(0))
    if len(usable) < 2:
        raise BenchError("two cores are needed: one for the server, one for the load")
    return usable[0], usable[1]


def run(options: argparse.Namespace) -> Report:
    """Raises BenchError."""
    check_tools()
    queries = [QUERIES[name] for name in options.queries]
    terms = Terms(
        queries,
        options.rounds,
        options.duration,
        options.connections,
        options.hot,
        options.no_replies,
    )
    made = corpus(options.records)
    with tempfile.TemporaryDirectory(prefix="sealgate-bench-") as folder, ExitStack() as stack:
        contest = Contest(made, terms, Path(folder), cores(), err.print)
        contest.start(options.servers, stack)
        stretches = contest.measure()
    cold = _cold(made) if options.cold and "stock" in options.servers else None
    return Report(terms, made.count, stretches, cold, contest.skipped)


def _cold(made: Corpus) -> dict[str, Any]:
    """Measured in a process of its own, whose caches nobody else needs."""
    err.print("Cold pages ...")
    command = ["taskset", "--cpu-list", str(cores()[0]), sys.executable, "-m", "benchmarks.cold"]
    with tempfile.TemporaryDirectory(prefix="sealgate-bench-") as folder:
        # Somewhere else, so that no settings of this checkout are found.
        done = subprocess.run(
            [*command, "--records", str(made.count)],
            cwd=folder,
            env=made.environment(Path(folder) / "store.db"),
            capture_output=True,
            check=False,
        )
    if done.returncode != 0:
        raise BenchError(f"cold pages were not measured: {done.stderr.decode()}")
    found: dict[str, Any] = orjson.loads(done.stdout)
    return found


def main(arguments: Sequence[str] | None = None) -> int:
    options = read_options(sys.argv[1:] if arguments is None else arguments)
    try:
        report = run(options)
    except BenchError as error:
        err.print(f"Nothing was measured: {error}", markup=False)
        return 2
    if options.json:
        print_json(report.document())
    else:
        for table in report.tables():
            out.print(table, "")
    missed = [verdict for verdict in report.verdicts if verdict.word == "not reached"]
    return 1 if options.enforce and missed else 0


if __name__ == "__main__":
    sys.exit(main())
