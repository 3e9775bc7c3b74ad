"""`sealgate verify`."""

from __future__ import annotations

import time
from collections.abc import Iterable
from pathlib import Path
from typing import Annotated, Any

import typer
from rich.table import Table

from gateway.cli import options
from gateway.cli.console import out, print_json, progress
from gateway.cli.paths import paths_in_corpus
from gateway.corpus.claim import claim_file
from gateway.corpus.layout import printable_path
from gateway.errors import SealgateError
from gateway.frontmatter.limits import Limits
from gateway.settings import Settings, read_settings
from gateway.trust.directory import read_trust
from gateway.trust.trust import Trust
from gateway.verdict.status import Outcome, Status
from gateway.verdict.verdict import Verdict
from gateway.verdict.verify import reject_unreadable
from gateway.verdict.verify import verify as judge

_COLOURS = {Status.VERIFIED: "green", Status.UNVERIFIABLE: "yellow", Status.MISSING: "yellow"}


def verify(
    paths: Annotated[
        list[Path] | None, typer.Argument(help="Record files or folders; none means all.")
    ] = None,
    corpus: options.Corpus = None,
    seeds: options.Seeds = None,
    keys: options.Keys = None,
    as_json: options.AsJson = False,
) -> None:
    """Judge record files as they are on disk, without a store or a network.

    Exit status: 0 when every record is VERIFIED, 1 when some is not, 2 when nothing could be
    judged. docs/verdicts.md explains each status, reason and check.
    """
    settings = read_settings(corpus=corpus, seeds=seeds, keys=keys)
    trust = read_trust(settings.keys, settings.legacy_key_file)
    chosen = paths_in_corpus(settings.seeds, paths or [])
    with progress("Verifying") as report:
        verdicts = list(_judge_all(settings, trust, chosen, report))
    if as_json:
        print_json([_document(verdict) for verdict in verdicts])
    else:
        _print(verdicts)
    proven = all(verdict.status is Status.VERIFIED for verdict in verdicts)
    raise typer.Exit(0 if verdicts and proven else 1)


def _judge_all(
    settings: Settings, trust: Trust, chosen: list[str], report: Any
) -> Iterable[Verdict]:
    now = int(time.time())
    limits = Limits(file_bytes=settings.max_file_bytes)
    for number, path in enumerate(chosen, start=1):
        try:
            yield judge(claim_file(settings.corpus, settings.seeds, path, limits), trust, now)
        except SealgateError as error:
            yield reject_unreadable(printable_path(path), error)
        report(number, len(chosen))


def _document(verdict: Verdict) -> dict[str, object]:
    return {
        "path": verdict.path,
        "status": str(verdict.status),
        "reason": str(verdict.reason),
        "digest": None if verdict.raw is None else verdict.raw.digest,
        "keyIds": list(verdict.key_ids),
        "checks": [
            {
                "name": check.name,
                "outcome": str(check.outcome),
                "detail": check.detail,
                "envelope": check.envelope,
            }
            for check in verdict.checks
        ],
    }


def _print(verdicts: list[Verdict]) -> None:
    table = Table(box=None, pad_edge=False)
    for name in ("Record", "Status", "Reason", "Keys"):
        table.add_column(name, overflow="fold")
    for verdict in verdicts:
        colour = _COLOURS.get(verdict.status, "red")
        status = f"[{colour}]{verdict.status}[/{colour}]"
        reason = "" if verdict.status is Status.VERIFIED else str(verdict.reason)
        table.add_row(_plain(verdict.path), status, reason, _plain(", ".join(verdict.key_ids)))
    out.print(table)
    for verdict in verdicts:
        for name, detail in _failed(verdict):
            out.print(f"{verdict.path}: check {name} failed: {detail}", markup=False)
    good = sum(verdict.status is Status.VERIFIED for verdict in verdicts)
    out.print(f"{good} of {len(verdicts)} records are VERIFIED.")


def _plain(text: str) -> str:
    return text.replace("[", "\\[")


def _failed(verdict: Verdict) -> list[tuple[str, str]]:
    """Failed checks of a record that is not proven; others' failures did no harm."""
    if verdict.status is Status.VERIFIED:
        return []
    return [
        (
            check.name if check.envelope is None else f"{check.name} (envelope {check.envelope})",
            check.detail,
        )
        for check in verdict.checks
        if check.outcome is Outcome.FAILED
    ]
