"""`sealgate verify`."""

from __future__ import annotations

import time
from collections.abc import Iterable
from pathlib import Path
from typing import Annotated, Any

import typer
from rich.text import Text

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
from gateway.verdict.status import Check, Outcome, Status
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
    trust = read_trust(settings.keys, settings.legacy_key_file, settings.root_key)
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
    # No table: paths are long, and a path that is cut or folded cannot be copied.
    width = max((len(_reason(verdict)) for verdict in verdicts), default=0)
    for verdict in verdicts:
        line = Text(f"{verdict.status:<12} ", style=_COLOURS.get(verdict.status, "red"))
        line.append(f"{_reason(verdict):<{width}}  {verdict.path}", style="default")
        if verdict.key_ids:
            line.append(f"  ({', '.join(verdict.key_ids)})", style="dim")
        out.print(line)
    for verdict in verdicts:
        for name, detail in _failed(verdict):
            out.print(f"{verdict.path}: check {name} failed: {detail}", markup=False)
    good = sum(verdict.status is Status.VERIFIED for verdict in verdicts)
    out.print(f"{good} of {len(verdicts)} records are VERIFIED.")


def _reason(verdict: Verdict) -> str:
    return "" if verdict.status is Status.VERIFIED else str(verdict.reason)


def _failed(verdict: Verdict) -> list[tuple[str, str]]:
    """Failed checks of a record that is not proven; others' failures did no harm."""
    if verdict.status is Status.VERIFIED:
        return []
    failed = [check for check in verdict.checks if check.outcome is Outcome.FAILED]
    # That the policy is not met follows from what failed before it.
    told = [check for check in failed if check.name != "policy"] or failed
    return [(_name(check), check.detail) for check in told]


def _name(check: Check) -> str:
    return check.name if check.envelope is None else f"{check.name} (envelope {check.envelope})"
