"""`sealgate verify`."""

from __future__ import annotations

import time
from pathlib import Path
from typing import Annotated

import typer
from rich.text import Text

from gateway.audit.bench import Bench
from gateway.audit.judgement import Judgement
from gateway.audit.text import visible
from gateway.audit.verification import Verification
from gateway.cli import options
from gateway.cli.console import err, out, print_json, progress
from gateway.cli.paths import paths_in_corpus
from gateway.frontmatter.limits import Limits
from gateway.settings import read_settings
from gateway.trust.directory import read_trust
from gateway.verdict.status import Check, Outcome, Status

_COLOURS = {Status.VERIFIED: "green", Status.UNVERIFIABLE: "yellow", Status.MISSING: "yellow"}


def verify(
    paths: Annotated[
        list[Path] | None, typer.Argument(help="Record files or folders; none means all.")
    ] = None,
    corpus: options.Corpus = None,
    seeds: options.Seeds = None,
    keys: options.Keys = None,
    jobs: options.Jobs = None,
    as_json: options.AsJson = False,
) -> None:
    """Judge record files as they are on disk, without a store or a network.

    Exit status: 0 when every record is VERIFIED, 1 when some is not, 2 when nothing could be
    judged. docs/verdicts.md explains each status, reason and check.
    """
    settings = read_settings(corpus=corpus, seeds=seeds, keys=keys)
    trust = read_trust(settings.keys, settings.legacy_key_file, settings.root_key)
    chosen = paths_in_corpus(settings.seeds, paths or [])
    limits = Limits(file_bytes=settings.max_file_bytes)
    bench = Bench(settings.corpus, settings.seeds, limits, trust, int(time.time()))
    with progress("Verifying") as report:
        verification = Verification(bench, chosen, jobs, report)
        judged = list(verification)
    if as_json:
        print_json([_document(judgement) for judgement in judged])
    else:
        _print(judged)
    # One record says nothing about how fast the next ones would be.
    if len(judged) > 1:
        err.print(f"{verification.records_per_second:.0f} records per second.")
    proven = all(judgement.status is Status.VERIFIED for judgement in judged)
    raise typer.Exit(0 if judged and proven else 1)


def _document(judgement: Judgement) -> dict[str, object]:
    return {
        "path": judgement.path,
        "status": str(judgement.status),
        "reason": str(judgement.reason),
        "digest": judgement.digest,
        "keyIds": list(judgement.key_ids),
        "checks": [
            {
                "name": check.name,
                "outcome": str(check.outcome),
                "detail": check.detail,
                "envelope": check.envelope,
            }
            for check in judgement.checks
        ],
    }


def _print(judged: list[Judgement]) -> None:
    # No table: paths are long, and a path that is cut or folded cannot be copied.
    width = max((len(_reason(judgement)) for judgement in judged), default=0)
    for judgement in judged:
        line = Text(f"{judgement.status:<12} ", style=_COLOURS.get(judgement.status, "red"))
        line.append(f"{_reason(judgement):<{width}}  {visible(judgement.path)}", style="default")
        if judgement.key_ids:
            line.append(f"  ({', '.join(judgement.key_ids)})", style="dim")
        out.print(line)
    for judgement in judged:
        for name, detail in _failed(judgement):
            out.print(
                f"{visible(judgement.path)}: check {name} failed: {visible(detail)}", markup=False
            )
    good = sum(judgement.status is Status.VERIFIED for judgement in judged)
    out.print(f"{good} of {len(judged)} records are VERIFIED.")


def _reason(judgement: Judgement) -> str:
    return "" if judgement.status is Status.VERIFIED else str(judgement.reason)


def _failed(judgement: Judgement) -> list[tuple[str, str]]:
    """Failed checks of a record that is not proven; others' failures did no harm."""
    if judgement.status is Status.VERIFIED:
        return []
    failed = [check for check in judgement.checks if check.outcome is Outcome.FAILED]
    # That the policy is not met follows from what failed before it.
    told = [check for check in failed if check.name != "policy"] or failed
    return [(_name(check), check.detail) for check in told]


def _name(check: Check) -> str:
    return check.name if check.envelope is None else f"{check.name} (envelope {check.envelope})"
