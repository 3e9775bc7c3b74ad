"""`sealgate seal`."""

from __future__ import annotations

import time
from pathlib import Path
from typing import Annotated

import typer

from gateway.cli import options
from gateway.cli.console import err, out, print_json, progress
from gateway.cli.paths import paths_in_corpus
from gateway.corpus.seal import Seal, seal_file
from gateway.errors import FrontMatterError, KeyFileError, Reason, SealgateError
from gateway.frontmatter.limits import Limits
from gateway.frontmatter.source import read_regular
from gateway.keys.jwk_file import MAX_BYTES
from gateway.keys.private_key import PrivateKey, parse_private_key
from gateway.settings import read_settings


def seal(
    key: Annotated[Path, typer.Option(help="File with the private key, as JWK.")],
    paths: Annotated[
        list[Path] | None, typer.Argument(help="Record files or folders; none means all.")
    ] = None,
    corpus: options.Corpus = None,
    seeds: options.Seeds = None,
    as_json: options.AsJson = False,
) -> None:
    """Sign records in place: add an envelope to `secured`, and change nothing else.

    A record that this key has sealed already, and that did not change since, is left alone. Files
    are replaced atomically. Exit status 1 when some file could not be sealed.
    """
    settings = read_settings(corpus=corpus, seeds=seeds)
    private = read_private_key(key)
    chosen = paths_in_corpus(settings.seeds, paths or [])
    limits = Limits(file_bytes=settings.max_file_bytes)
    seals: list[Seal] = []
    failures: list[SealgateError] = []
    now = int(time.time())
    with progress("Sealing") as report:
        for number, path in enumerate(chosen, start=1):
            try:
                seals.append(seal_file(settings.corpus, settings.seeds, path, private, now, limits))
            except SealgateError as error:
                failures.append(error.at(path))
            report(number, len(chosen))
    _print(seals, failures, as_json=as_json)
    raise typer.Exit(1 if failures else 0)


def read_private_key(path: Path) -> PrivateKey:
    """Raises KeyFileError."""
    try:
        data = read_regular(path, MAX_BYTES)
    except FrontMatterError as error:
        raise KeyFileError(
            Reason.KEY_FILE, error.message, path=str(path), hint=error.hint
        ) from None
    return parse_private_key(data, str(path))


def _print(seals: list[Seal], failures: list[SealgateError], *, as_json: bool) -> None:
    if as_json:
        done = [{"path": s.path, "digest": s.digest, "changed": s.changed} for s in seals]
        print_json({"sealed": done, "failed": [error.document() for error in failures]})
        return
    changed = sum(seal.changed for seal in seals)
    out.print(f"{changed} sealed, {len(seals) - changed} were sealed already.")
    for error in failures:
        err.print(error.diagnostics(), markup=False)
