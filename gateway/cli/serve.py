"""`sealgate serve` and `sealgate ingest`: their options.

What they need is imported when they run: it takes longer to load than a verification takes.
"""
# ruff: noqa: PLC0415

from __future__ import annotations

from typing import Annotated

import typer

from gateway.cli import options
from gateway.settings import read_settings


def serve(
    host: Annotated[str | None, typer.Option(help="Address to listen on.")] = None,
    port: Annotated[int | None, typer.Option(help="Port to listen on; 0 takes a free one.")] = None,
    workers: Annotated[
        int | None, typer.Option(help="Processes that share the port; about one a core.")
    ] = None,
    corpus: options.Corpus = None,
    seeds: options.Seeds = None,
    keys: options.Keys = None,
    store: options.StoreUrl = None,
) -> None:
    """Ingest what changed, then serve it until interrupted.

    Files and keys are watched: a change is visible within a second. Every setting can also be
    given as SEALGATE_NAME or in sealgate.toml; sealgate.example.toml lists them all.
    """
    settings = read_settings(
        host=host,
        port=port,
        workers=workers,
        corpus=corpus,
        seeds=seeds,
        keys=keys,
        store=store,
    )
    from gateway.cli.serving import run_server

    run_server(settings)


def ingest(
    corpus: options.Corpus = None,
    seeds: options.Seeds = None,
    keys: options.Keys = None,
    store: options.StoreUrl = None,
    as_json: options.AsJson = False,
) -> None:
    """Bring the store up to date with the files, and say what would be served.

    A running gateway on the same store takes the new snapshot up within a second.
    """
    settings = read_settings(corpus=corpus, seeds=seeds, keys=keys, store=store)
    from gateway.cli.serving import run_ingest

    run_ingest(settings, as_json=as_json)
