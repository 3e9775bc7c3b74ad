"""The parts of a report as tables of text, which every form for people lays out in its own way."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from gateway.audit.judgement import Publisher
from gateway.audit.report import Report
from gateway.audit.text import visible
from gateway.records.instant import show_instant
from gateway.trust.policy import Mode


@dataclass(frozen=True)
class Table:
    """title, one row of heads, and rows of as many cells, all of them `visible`. counted: whether
    the last cell of each row is a number of records, and the first one its name."""

    title: str
    heads: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]
    counted: bool = False

    def __post_init__(self) -> None:
        rows = tuple(tuple(map(visible, row)) for row in self.rows)
        object.__setattr__(self, "rows", rows)

    @property
    def bars(self) -> tuple[tuple[str, int], ...]:
        """Names and numbers of a counted table, to draw."""
        return tuple((row[0], int(row[-1])) for row in self.rows) if self.counted else ()


def headline(report: Report) -> str:
    """The outcome in one sentence."""
    proven = f"{report.verified} of {report.records} records are VERIFIED"
    if report.store is None:
        return f"{proven}; there is no store to compare with."
    count = len(report.store.differences)
    if count == 0:
        return f"{proven}, and the store says the same as the files."
    verb = "differs" if count == 1 else "differ"
    return f"{proven}, and {count} {'path' if count == 1 else 'paths'} in the store {verb}."


def facts(report: Report) -> Table:
    """What was audited, when, and by which rules."""
    needed = report.requirement
    publishers = needed.publishers
    rows = [
        ("Corpus", report.corpus),
        ("Instant", show_instant(report.instant)),
        ("Mode", str(report.policy.mode)),
        ("Keys that must sign", str(needed.threshold)),
        ("Post-quantum key required", _yes(needed.post_quantum)),
        ("Classical key required", _yes(needed.classical)),
        ("Publishers", "all keys" if publishers is None else ", ".join(sorted(publishers))),
        ("Oldest signature", "any" if needed.max_age is None else f"{needed.max_age} s"),
        ("Replays refused", _yes(report.policy.refuse_replays)),
        ("Root signature ends", _instant(report.root_expires) or "no root key"),
        ("Store", _store(report)),
        ("Pace", f"{report.pace.records_per_second:.0f} records per second"),
        ("Processes", str(report.pace.jobs)),
    ]
    return Table("Audit", ("What", "Value"), tuple(rows))


def _yes(value: bool) -> str:
    return "yes" if value else "no"


def _instant(seconds: int | None) -> str:
    return "" if seconds is None else show_instant(seconds)


def _store(report: Report) -> str:
    if report.store is None:
        return "none"
    return f"snapshot {report.store.snapshot}, {report.store.rows} rows"


def groupings(report: Report) -> Iterator[Table]:
    """Every total, each as a table of names and numbers."""
    statuses = tuple((str(status), str(count)) for status, count in report.statuses.items())
    yield Table("Records by status", ("Status", "Records"), statuses, counted=True)
    reasons = tuple((str(reason), str(count)) for reason, count in report.reasons.items())
    yield Table("Records by reason", ("Reason", "Records"), reasons, counted=True)
    proven = sorted(report.keys, key=lambda key: -key.records)
    keys = tuple((key.kid, str(key.records)) for key in proven)
    yield Table("Proven records by key", ("Key", "Records"), keys, counted=True)
    names = tuple((_publisher(who), str(count)) for who, count in report.publishers.items())
    yield Table("Proven records by publisher", ("Publisher", "Records"), names, counted=True)
    kinds = tuple((kind or "(not modelled)", str(count)) for kind, count in report.kinds.items())
    yield Table("Proven records by kind", ("Kind", "Records"), kinds, counted=True)


def _publisher(publisher: Publisher | None) -> str:
    return "(none named)" if publisher is None else f"{publisher.name} ({publisher.domain})"


def _withheld_title(report: Report) -> str:
    """The mode `report` withholds nothing of what can be read."""
    if report.policy.mode is Mode.ENFORCE:
        return "Withheld records"
    return "Records that enforce would withhold"


def listings(report: Report) -> Iterator[Table]:
    """Everything that is withheld, everything at which store and files disagree, and the keys."""
    withheld = tuple((w.path, str(w.status), str(w.reason), w.detail) for w in report.withheld)
    yield Table(_withheld_title(report), ("Path", "Status", "Reason", "Detail"), withheld)
    if report.store is not None:
        differences = tuple((d.path, str(d.disagreement)) for d in report.store.differences)
        yield Table("Store and files", ("Path", "Disagreement"), differences)
    keys = tuple(
        (
            key.kid,
            key.algorithm,
            f"{key.state}: {key.remark}" if key.remark else key.state,
            _instant(key.not_before),
            _instant(key.not_after),
            ", ".join(key.corpora),
        )
        for key in report.keys
    )
    yield Table("Keys", ("Key", "Algorithm", "State", "From", "Until", "Corpora"), keys)
