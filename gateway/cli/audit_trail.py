"""`sealgate audit-trail verify`."""
# ruff: noqa: PLC0415  as in gateway.cli.serve

from __future__ import annotations

import re
from dataclasses import asdict
from pathlib import Path
from typing import Annotated

import typer

from gateway.cli import options
from gateway.cli.console import err, out, print_json
from gateway.errors import Reason, SettingsError
from gateway.observe.chain import Head

app = typer.Typer(no_args_is_help=True, help="The audit trail that a gateway keeps.")

_NOTED = re.compile(r"([1-9][0-9]{0,17}):([0-9a-f]{64})")


@app.callback()
def audit_trail() -> None:
    """The audit trail that a gateway keeps in the file of the setting audit_log."""


@app.command()
def verify(
    files: Annotated[
        list[Path], typer.Argument(help="The trail; or its parts, oldest first, after rotation.")
    ],
    expect: Annotated[
        str | None,
        typer.Option(help="A line noted earlier, NUMBER:SHA256, which must still be there."),
    ] = None,
    as_json: options.AsJson = False,
) -> None:
    """Check that no line was changed, taken out or put in since it was written.

    Every line holds the SHA-256 of the one before. What the chain alone cannot show is that lines
    are missing at its end: note the last line that is printed here somewhere else, and give it to
    --expect the next time.

    Exit status: 0 when the chain holds, 1 when not, 2 when a file cannot be read.
    """
    from gateway.observe.proof import prove

    proof = prove(files, _noted(expect))
    last = f"{proof.head.seq}:{proof.head.digest}"
    if as_json:
        print_json({**asdict(proof), "holds": proof.holds, "last": last})
    else:
        for fault in proof.faults:
            place = f"{fault.path}:{fault.line}" if fault.line else fault.path
            err.print(f"{place}: {fault.message}", markup=False)
        begun = f" (follows line {proof.first - 1} of an older file)" if proof.continues else ""
        verdict = "the chain holds" if proof.holds else "the chain is BROKEN"
        out.print(f"{proof.lines} lines{begun}: {verdict}. Last line: {last}", markup=False)
    raise typer.Exit(0 if proof.holds else 1)


def _noted(text: str | None) -> Head | None:
    if text is None:
        return None
    found = _NOTED.fullmatch(text)
    if found is None:
        message = "--expect takes NUMBER:SHA256, as verify prints it"
        raise SettingsError(Reason.BAD_USER_INPUT, message, hint="Copy it from 'Last line'.")
    return Head(int(found[1]), found[2])
