"""`sealgate reseal`."""

from __future__ import annotations

import json
import time
from collections import Counter
from pathlib import Path
from typing import Annotated

import typer

from gateway.audit.bench import Bench
from gateway.cli import options
from gateway.cli.console import err, out, print_json, progress
from gateway.cli.paths import paths_in_corpus
from gateway.cli.seal import read_private_key
from gateway.frontmatter.limits import Limits
from gateway.reseal import Done, Order, Outcome, reseal
from gateway.settings import Settings, read_settings
from gateway.trust.directory import read_trust


def reseal_command(
    key: Annotated[Path, typer.Option(help="File with the new private key, as JWK.")],
    paths: Annotated[
        list[Path] | None, typer.Argument(help="Record files or folders; none means all.")
    ] = None,
    replace: Annotated[
        list[str] | None, typer.Option(help="Kid whose envelopes are left out from now on.")
    ] = None,
    lapsed: Annotated[
        bool,
        typer.Option(
            "--lapsed",
            help="Seal what has lost its proof, too: expired, revoked, unknown key, unsealed.",
        ),
    ] = False,
    dry_run: Annotated[
        bool, typer.Option("--dry-run", help="Say what would be done, and change nothing.")
    ] = False,
    jobs: Annotated[
        int | None, typer.Option(min=1, help="Processes; default: one for each core.")
    ] = None,
    corpus: options.Corpus = None,
    seeds: options.Seeds = None,
    keys: options.Keys = None,
    as_json: options.AsJson = False,
) -> None:
    """Seal verified records again with another key, in place and in parallel.

    For a rotation: what the old key proves today gets the new key's envelope, and with --replace
    loses the old one's. Records with evidence against them are never sealed. Run it again after an
    interruption: what was done is found done. Exit status 1 when some record was refused.
    """
    settings = read_settings(corpus=corpus, seeds=seeds, keys=keys)
    order = _order(settings, key, frozenset(replace or ()), lapsed=lapsed, dry=dry_run)
    chosen = paths_in_corpus(settings.seeds, paths or [])
    with progress("Sealing") as report:
        outcomes = list(reseal(order, chosen, jobs, report))
    _print(outcomes, dry=dry_run, as_json=as_json)
    raise typer.Exit(1 if any(o.done is Done.REFUSED for o in outcomes) else 0)


def _order(
    settings: Settings, key: Path, drop: frozenset[str], *, lapsed: bool, dry: bool
) -> Order:
    trust = read_trust(settings.keys, settings.legacy_key_file, settings.root_key)
    limits = Limits(file_bytes=settings.max_file_bytes)
    bench = Bench(settings.corpus, settings.seeds, limits, trust, int(time.time()))
    jwk = json.dumps(read_private_key(key).private_jwk()).encode()
    return Order(bench, jwk, drop, lapsed, dry)


def _print(outcomes: list[Outcome], *, dry: bool, as_json: bool) -> None:
    if as_json:
        print_json([_document(outcome) for outcome in outcomes])
        return
    counts = Counter(outcome.done for outcome in outcomes)
    verb = "would be sealed" if dry else "sealed"
    out.print(
        f"{counts[Done.SEALED]} {verb}, {counts[Done.UNCHANGED]} were sealed already,"
        f" {counts[Done.REFUSED]} refused."
    )
    for outcome in outcomes:
        if outcome.done is Done.REFUSED:
            err.print(f"{outcome.path}: {outcome.detail} [{outcome.reason}]", markup=False)


def _document(outcome: Outcome) -> dict[str, str]:
    return {
        "path": outcome.path,
        "done": str(outcome.done),
        "status": str(outcome.status),
        "reason": str(outcome.reason),
        "detail": outcome.detail,
    }
