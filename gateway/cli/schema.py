"""`sealgate schema`."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Annotated

import typer

from gateway.cli.console import out
from gateway.errors import Reason, SealgateError

app = typer.Typer(no_args_is_help=True, help="Work with the GraphQL schema.")


@app.callback()
def schema() -> None:
    """Work with the GraphQL schema."""


@app.command()
def export(
    output: Annotated[
        Path | None, typer.Option("--output", "-o", help="File to write; default: print it.")
    ] = None,
) -> None:
    """Print the schema in the schema definition language, for code generators."""
    from schema.build import sdl  # noqa: PLC0415  only this command needs Strawberry

    if output is None:
        out.out(sdl(), end="", highlight=False)
        return
    try:
        output.write_text(sdl(), encoding="utf-8")
    except OSError as error:
        message = f"cannot write: {os.strerror(error.errno or 0).lower()}"
        raise SealgateError(Reason.FILE_UNREADABLE, message, path=str(output)) from None
