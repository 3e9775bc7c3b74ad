"""What a run of `make bench` says, for people and for scripts."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from statistics import median
from typing import Any

from rich.table import Table

from benchmarks.contest import Stretch, Stretches, Terms
from benchmarks.peers import GATEWAY, PEERS
from benchmarks.targets import COLD, TAIL, Verdict, judge


@dataclass(frozen=True)
class Report:
    """terms: what was measured; count: of records; cold: what benchmarks.cold measured, if it did;
    skipped: why which peer is not among the servers."""

    terms: Terms
    count: int
    stretches: Stretches
    cold: dict[str, Any] | None
    skipped: dict[str, str]

    @property
    def servers(self) -> list[str]:
        found = {server for _, server in self.stretches}
        return [name for name in (GATEWAY, *PEERS) if name in found]

    @property
    def ratios(self) -> dict[tuple[str, str], float]:
        """The gateway's rate over each peer's, medians of what each round gave."""
        found = self._over_peers(lambda stretch: stretch.load.rate)
        for query in self.terms.queries:
            loads = [stretch.load for stretch in self.stretches[query.name, GATEWAY]]
            found[query.name, TAIL] = median(load.p99 / max(load.p50, 1) for load in loads)
        if self.cold is not None:
            found[COLD, "stock"] = self.cold["cold_ratio"]
        return found

    @property
    def cpu_ratios(self) -> dict[tuple[str, str], float]:
        """The same by processor time, which others on the same cores disturb less."""
        return self._over_peers(lambda stretch: stretch.per_cpu)

    def _over_peers(self, rate: Callable[[Stretch], float]) -> dict[tuple[str, str], float]:
        return {
            (query, server): median(
                rate(ours) / rate(theirs)
                for ours, theirs in zip(self.stretches[query, GATEWAY], theirs_all, strict=True)
            )
            for (query, server), theirs_all in self.stretches.items()
            if server != GATEWAY
        }

    @property
    def verdicts(self) -> list[Verdict]:
        return judge(self.ratios)

    def document(self) -> dict[str, Any]:
        return {
            "records": self.count,
            "rounds": self.terms.rounds,
            "seconds": self.terms.seconds,
            "connections": self.terms.connections,
            "variables": "one" if self.terms.is_hot else "rotating",
            "replies": "made anew" if self.terms.makes_anew else "kept",
            "medians": [
                {"query": query, "server": server, **_medians(stretches)}
                for (query, server), stretches in self.stretches.items()
            ],
            "ratios": _listed(self.ratios),
            "cpu_ratios": _listed(self.cpu_ratios),
            "cold": self.cold,
            "skipped": self.skipped,
            "targets": [verdict.document() for verdict in self.verdicts],
        }

    def tables(self) -> list[Table]:
        return [self._medians_table(), self._ratios_table(), _verdicts_table(self.verdicts)]

    def _medians_table(self) -> Table:
        terms = self.terms
        title = (
            f"Requests a second, and p50 / p99 in ms: medians of {terms.rounds} rounds of"
            f" {terms.seconds} s, {self.count} records, {terms.connections} connections"
        )
        table = _table(title, "", *(f"{query.name}: {query.title}" for query in terms.queries))
        for server in self.servers:
            cells = (_shown(self.stretches[query.name, server]) for query in terms.queries)
            table.add_row(server, *cells)
        return table

    def _ratios_table(self) -> Table:
        title = "The gateway is so many times as fast; in parentheses by processor time"
        names = [query.name for query in self.terms.queries]
        table = _table(title, "as", *names)
        ratios, cpu_ratios = self.ratios, self.cpu_ratios
        for server in self.servers[1:]:
            cells = (
                f"{ratios[name, server]:.2f} ({cpu_ratios[name, server]:.2f})" for name in names
            )
            table.add_row(PEERS[server], *cells)
        return table


def _table(title: str, first: str, *others: str) -> Table:
    table = Table(title=title, title_justify="left", box=None, pad_edge=False)
    table.add_column(first)
    for name in others:
        table.add_column(name, justify="right")
    return table


def _verdicts_table(verdicts: Sequence[Verdict]) -> Table:
    table = _table("Targets", "", "over", "asked for", "found", "verdict")
    for verdict in verdicts:
        target, ratio = verdict.target, verdict.ratio
        sign = "<=" if target.at_most else ">="
        found = "" if ratio is None else f"{ratio:.2f}"
        asked = f"{sign} {target.bound:g}"
        table.add_row(target.subject, target.peer, asked, found, verdict.word)
    return table


def _medians(stretches: Sequence[Stretch]) -> dict[str, float]:
    return {
        "requests_per_second": median(stretch.load.rate for stretch in stretches),
        "requests_per_cpu_second": median(stretch.per_cpu for stretch in stretches),
        "p50_us": median(stretch.load.p50 for stretch in stretches),
        "p99_us": median(stretch.load.p99 for stretch in stretches),
        "bytes": median(stretch.load.bytes / stretch.load.requests for stretch in stretches),
    }


def _shown(stretches: Sequence[Stretch]) -> str:
    found = _medians(stretches)
    p50, p99 = found["p50_us"] / 1000, found["p99_us"] / 1000
    return f"{found['requests_per_second']:.0f}, {p50:.1f} / {p99:.1f}"


def _listed(ratios: dict[tuple[str, str], float]) -> list[dict[str, object]]:
    return [
        {"subject": subject, "peer": peer, "ratio": round(ratio, 4)}
        for (subject, peer), ratio in ratios.items()
    ]
