"""Servers over one corpus: started, checked against the records, then loaded in turn."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack
from dataclasses import dataclass, field
from pathlib import Path

import orjson

from benchmarks import peers
from benchmarks.data import Corpus
from benchmarks.load import Load, put_load
from benchmarks.peers import NODE_PEERS, PRECOMPUTED, BenchError, Server
from benchmarks.queries import VARIABLES, Query

Say = Callable[[str], None]

# Answers of each server that are held against the records before anything is timed; of the
# gateway it is all of them.
_CHECKED = 20

# Seconds of load after which a server that has answered nothing is given up.
_LONGEST = 60


@dataclass(frozen=True)
class Terms:
    """What is measured, and for how long. seconds: of one stretch of load; is_hot: whether one
    variable is asked for again and again."""

    queries: Sequence[Query]
    rounds: int
    seconds: int
    connections: int = 16
    is_hot: bool = False
    # Whether the gateway keeps no whole answers, as if each request were a new one.
    makes_anew: bool = False

    def positions(self, query: Query, count: int) -> list[int]:
        positions = query.positions(count)
        return [positions[VARIABLES // 2]] if self.is_hot else positions


@dataclass(frozen=True)
class Stretch:
    """One stretch of load on one server. cpu: seconds of processor time that the server took."""

    load: Load
    cpu: float

    @property
    def per_cpu(self) -> float:
        """Requests for each second of the server's processor time."""
        return self.load.requests / max(self.cpu, 0.01)


# By query and server; one for each round.
Stretches = dict[tuple[str, str], list[Stretch]]


@dataclass
class Contest:
    """Servers run on the first core, load comes from the second."""

    corpus: Corpus
    terms: Terms
    folder: Path
    cores: tuple[int, int]
    say: Say
    servers: list[Server] = field(default_factory=list)
    skipped: dict[str, str] = field(default_factory=dict)

    def start(self, names: Sequence[str], stack: ExitStack) -> None:
        """Start and check the gateway and these peers. Raises BenchError where one is wrong."""
        count, core = self.corpus.count, self.cores[0]
        self.say(f"The gateway verifies {count} records ...")
        ours = stack.enter_context(peers.gateway(self.corpus, self.folder, core, self._settings))
        ours.handles = ours.walk(count // 100 + 1)
        if len(ours.handles) != count:
            raise BenchError(f"the gateway serves {len(ours.handles)} of {count} records")
        self._take_down(ours)
        self.servers.append(ours)
        for name in names:
            self._add(name, stack)

    @property
    def _settings(self) -> dict[str, str]:
        return {"SEALGATE_REPLY_BYTES": "0"} if self.terms.makes_anew else {}

    def _add(self, name: str, stack: ExitStack) -> None:
        core = self.cores[0]
        try:
            if name == PRECOMPUTED:
                context = peers.precomputed(self._answers, self.folder, core)
            elif name in NODE_PEERS:
                context = peers.node(name, self.corpus, self.folder, core)
            else:
                context = peers.stock(self.corpus, self.folder, core)
            server = stack.enter_context(context)
        except BenchError as error:
            if name not in NODE_PEERS:
                raise
            self.skipped[name] = str(error)
            self.say(f"{name} is left out: {error}")
            return
        if name == PRECOMPUTED:
            server.handles = self.servers[0].handles
        else:
            server.handles = server.walk(self.corpus.count // 100 + 1)
        self._write_bodies(server)
        self._check(server)
        self.servers.append(server)

    @property
    def _answers(self) -> Path:
        return self.folder / "answers.jsonl"

    def _take_down(self, ours: Server) -> None:
        """Keep every answer of the gateway, checked, for the server that only looks them up."""
        self._write_bodies(ours)
        with self._answers.open("wb") as file:
            for query in self.terms.queries:
                for position, body, answer in self._asked(ours, query, 1):
                    self._compare(ours, query, position, answer)
                    file.write(orjson.dumps([body.decode(), answer.decode()]) + b"\n")

    def _check(self, server: Server) -> None:
        for query in self.terms.queries:
            for position, _, answer in self._asked(server, query, VARIABLES // _CHECKED):
                self._compare(server, query, position, answer)

    def _asked(self, server: Server, query: Query, step: int) -> Iterator[tuple[int, bytes, bytes]]:
        """Position, body and answer of every step-th request."""
        positions = self.terms.positions(query, self.corpus.count)[::step]
        bodies = [query.body(position, server.handles) for position in positions]
        return zip(positions, bodies, server.post(bodies), strict=True)

    def _compare(self, server: Server, query: Query, position: int, answer: bytes) -> None:
        if query.content(answer) != query.expected(position, self.corpus.records):
            shown = answer[:500].decode(errors="replace")
            raise BenchError(f"{server.name}, {query.name}: not what the records say: {shown}")

    def bodies_of(self, server: Server, query: Query) -> Path:
        return self.folder / f"{server.name}-{query.name}.jsonl"

    def _write_bodies(self, server: Server) -> None:
        for query in self.terms.queries:
            positions = self.terms.positions(query, self.corpus.count)
            lines = [query.body(position, server.handles) + b"\n" for position in positions]
            self.bodies_of(server, query).write_bytes(b"".join(lines))

    def measure(self) -> Stretches:
        """All servers in turn, in each round, every other time in the opposite order."""
        found: Stretches = {}
        for number in range(self.terms.rounds):
            self.say(f"Round {number + 1} of {self.terms.rounds} ...")
            for query in self.terms.queries:
                for server in self.servers[:: -1 if number % 2 else 1]:
                    stretch = self._stretch(server, query)
                    found.setdefault((query.name, server.name), []).append(stretch)
        return found

    def _stretch(self, server: Server, query: Query) -> Stretch:
        self._load(server, query, 1)
        seconds = self.terms.seconds
        while seconds <= _LONGEST:
            before = server.cpu_seconds()
            load = self._load(server, query, seconds)
            if load.requests:
                return Stretch(load, server.cpu_seconds() - before)
            # Not even the first answers came back in time.
            seconds *= 2
        raise BenchError(f"{server.name}, {query.name}: no answer within {_LONGEST} seconds")

    def _load(self, server: Server, query: Query, seconds: int) -> Load:
        bodies = self.bodies_of(server, query)
        return put_load(server.url, bodies, self.cores[1], seconds, self.terms.connections)
