"""`sealgate audit`: its options."""
# ruff: noqa: PLC0415  as in gateway.cli.serve

from __future__ import annotations

from enum import StrEnum
from pathlib import Path
from typing import Annotated

import typer

from gateway.cli import options
from gateway.settings import read_settings


class Format(StrEnum):
    """What `audit` can write."""

    TABLE = "table"
    JSON = "json"
    MARKDOWN = "markdown"
    HTML = "html"


_BY_SUFFIX = {
    ".json": Format.JSON,
    ".md": Format.MARKDOWN,
    ".html": Format.HTML,
    ".htm": Format.HTML,
}


def audit(
    format: Annotated[  # noqa: A002  the option is called --format everywhere
        Format | None,
        typer.Option(help="Form of the report; default: as the file is called, else table."),
    ] = None,
    output: Annotated[
        Path | None, typer.Option("--output", "-o", help="File to write; default: print it.")
    ] = None,
    jobs: options.Jobs = None,
    corpus: options.Corpus = None,
    seeds: options.Seeds = None,
    keys: options.Keys = None,
    store: options.StoreUrl = None,
    as_json: options.AsJson = False,
) -> None:
    """Judge a whole corpus from its files, compare the store with them, and report.

    The report says what is proven, by which keys and publishers, what is withheld and why, and at
    which paths the store holds something else than the files. Nothing is changed: a store that is
    not there is not made, and what differs is not mended. `--format html` is one page that needs
    no network. docs/audit.md explains the parts.

    Exit status: 0 when every record is VERIFIED and the store agrees, 1 when not, 2 for errors.
    """
    settings = read_settings(corpus=corpus, seeds=seeds, keys=keys, store=store)
    from gateway.cli.auditing import run_audit

    chosen = Format.JSON if as_json else format or _format_of(output)
    clean = run_audit(settings, str(chosen), output, jobs)
    raise typer.Exit(0 if clean else 1)


def _format_of(output: Path | None) -> Format:
    return Format.TABLE if output is None else _BY_SUFFIX.get(output.suffix.lower(), Format.TABLE)
