"""`sealgate token`."""

from __future__ import annotations

import time
from pathlib import Path
from typing import Annotated

import typer
from rich.table import Table

from gateway.access.api_key import ApiKey, digest_of, new_key_text
from gateway.access.key_file import TokenFileError, changing, read_key_file
from gateway.access.scope import Scope
from gateway.cli import options
from gateway.cli.console import out, print_json
from gateway.errors import Reason, SettingsError
from gateway.records.instant import show_instant
from gateway.settings import read_settings

app = typer.Typer(no_args_is_help=True, help="Make, list and revoke the tokens of callers.")

_DAY = 86_400
File = Annotated[
    Path | None, typer.Option("--file", help="File of the tokens; default: setting token_file.")
]


@app.command()
def new(
    scope: Annotated[
        list[Scope], typer.Option(help="What its holder may do; several times for several.")
    ],
    file: File = None,
    days: Annotated[
        int | None, typer.Option(min=1, max=36_500, help="For how long; default: until revoked.")
    ] = None,
    note: Annotated[str, typer.Option(help="Who has it, for people; no secrets.")] = "",
    as_json: options.AsJson = False,
) -> None:
    """Make a token and print it, once: the file keeps only its SHA-256.

    Its holder sends it as Authorization: Bearer TOKEN. A running gateway takes it up within a
    second or two.
    """
    path = _file(file)
    key_id, text = new_key_text()
    now = int(time.time())
    expires = None if days is None else now + days * _DAY
    key = ApiKey(key_id, digest_of(text), frozenset(scope), now, expires, note)
    with changing(path) as keys:
        keys[key_id] = key
    if as_json:
        print_json({**_document(key, now), "token": text})
    else:
        out.print(text, markup=False, highlight=False, soft_wrap=True)


@app.command("list")
def list_tokens(file: File = None, as_json: options.AsJson = False) -> None:
    """Show which tokens there are; never the tokens themselves, which nobody knows any more."""
    keys, now = read_key_file(_file(file)), int(time.time())
    if as_json:
        print_json([_document(key, now) for key in keys])
        return
    table = Table("Id", "Scopes", "State", "Until", "Note", box=None, pad_edge=False)
    for key in keys:
        until = "" if key.expires is None else show_instant(key.expires)
        table.add_row(key.id, " ".join(sorted(key.scopes)), _state(key, now), until, key.note)
    out.print(table)


@app.command()
def revoke(
    token_id: Annotated[str, typer.Argument(metavar="ID", help="Its id; see: token list.")],
    file: File = None,
) -> None:
    """Take a token back. A running gateway refuses it within a second or two."""
    path = _file(file)
    with changing(path) as keys:
        if keys.pop(token_id, None) is None:
            message, hint = f"no token with the id {token_id!r}", "See: sealgate token list"
            raise TokenFileError(Reason.TOKEN_FILE, message, path=str(path), hint=hint)
    out.print(f"Revoked {token_id} in {path}", markup=False)


def _file(given: Path | None) -> Path:
    path = given or read_settings().token_file
    if path is None:
        hint = "Name it: --file FILE or SEALGATE_TOKEN_FILE=FILE."
        raise SettingsError(Reason.SETTINGS, "no file of tokens is configured", hint=hint)
    return path


def _state(key: ApiKey, now: int) -> str:
    return "ended" if key.expires is not None and key.expires <= now else "good"


def _document(key: ApiKey, now: int) -> dict[str, object]:
    return {
        "id": key.id,
        "scopes": sorted(key.scopes),
        "state": _state(key, now),
        "created": key.created,
        "expires": key.expires,
        "note": key.note,
    }
