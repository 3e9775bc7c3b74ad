"""`sealgate export`: its options."""
# ruff: noqa: PLC0415  as in gateway.cli.serve

from __future__ import annotations

from enum import StrEnum
from pathlib import Path
from typing import Annotated

import typer

from gateway.cli import options
from gateway.settings import read_settings


class Format(StrEnum):
    """What `export` can write."""

    NDJSON = "ndjson"
    JSON_FEED = "json-feed"


def export(
    format: Annotated[  # noqa: A002  the option is called --format everywhere
        Format, typer.Option(help="ndjson: a document a line, by path. json-feed: newest first.")
    ] = Format.NDJSON,
    bundle: Annotated[
        Path | None,
        typer.Option(help="Only this record, as a zip with all that its verification needs."),
    ] = None,
    output: Annotated[
        Path | None, typer.Option("--output", "-o", help="File to write; default: print it.")
    ] = None,
    corpus: options.Corpus = None,
    seeds: options.Seeds = None,
    keys: options.Keys = None,
    store: options.StoreUrl = None,
) -> None:
    """Ingest what changed, then write every record that would be served.

    Records are judged as they are written, and memory does not grow with their number. Each comes
    with its envelopes, so that whoever reads the output can check it without this gateway. A file
    appears as a whole or not at all.

    With --bundle, one record straight from its file and without the store: its signed bytes, its
    envelopes, the public keys, and a page that tells how to verify it with openssl or npm jose.
    """
    settings = read_settings(corpus=corpus, seeds=seeds, keys=keys, store=store)
    if bundle is not None:
        from gateway.cli.bundling import run_bundle

        run_bundle(settings, bundle, output)
        return
    from gateway.cli.exporting import run_export

    run_export(settings, str(format), output)
