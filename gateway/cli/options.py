"""Options that several commands share; each falls back to the settings."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

Corpus = Annotated[
    str | None, typer.Option(help="Name of the corpus, which the seals bind records to.")
]
Seeds = Annotated[Path | None, typer.Option(help="Folder with the record files.")]
Keys = Annotated[Path | None, typer.Option(help="Folder with public keys and policy.yaml.")]
StoreUrl = Annotated[str | None, typer.Option(help="Database URL of the store.")]
Jobs = Annotated[
    int | None,
    typer.Option(min=1, help="Processes that verify; default: one a core, one for few files."),
]
AsJson = Annotated[bool, typer.Option("--json", help="Print JSON for scripts.")]
