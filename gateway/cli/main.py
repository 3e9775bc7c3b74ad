"""Entry point of the command `sealgate`."""

from __future__ import annotations

import sys
from importlib.metadata import version
from typing import Annotated

import typer

from gateway.cli import audit_trail, keys, schema, token, trust
from gateway.cli.audit import audit
from gateway.cli.console import err, print_json
from gateway.cli.export import export
from gateway.cli.reseal import reseal_command
from gateway.cli.rotate import rotate, status
from gateway.cli.seal import seal
from gateway.cli.serve import ingest, serve
from gateway.cli.verify import verify
from gateway.errors import SealgateError

app = typer.Typer(
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    help="A GraphQL gateway that serves only content it can prove.",
    epilog="Start with: sealgate serve. Check records offline with: sealgate verify.",
)
app.command()(serve)
app.command()(ingest)
app.command()(export)
app.command()(verify)
app.command()(audit)
app.command()(seal)
app.command("reseal")(reseal_command)
keys.app.command()(rotate)
keys.app.command()(status)
app.add_typer(audit_trail.app, name="audit-trail")
app.add_typer(keys.app, name="keys")
app.add_typer(schema.app, name="schema")
app.add_typer(token.app, name="token")
app.add_typer(trust.app, name="trust")


def _version(wanted: bool) -> None:
    if wanted:
        typer.echo(f"sealgate {version('sealgate')}")
        raise typer.Exit


@app.callback()
def sealgate(
    _version: Annotated[
        bool, typer.Option("--version", help="Show the version.", callback=_version, is_eager=True)
    ] = False,
) -> None:
    """A GraphQL gateway that serves only content it can prove."""


def main() -> None:
    """Run the command; a SealgateError becomes a message and exit status 2, never a traceback."""
    try:
        app()
    except SealgateError as error:
        if "--json" in sys.argv:
            print_json({"error": error.document()})
        else:
            err.print(f"[bold red]error:[/bold red] {_escape(error.diagnostics())}")
        sys.exit(2)


def _escape(text: str) -> str:
    return text.replace("[", "\\[")


if __name__ == "__main__":
    main()
