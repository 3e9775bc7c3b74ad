"""`sealgate keys`."""

from __future__ import annotations

import errno
import json
import os
import time
from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated, Any

import typer
from rich.table import Table

from gateway.cli import options
from gateway.cli.console import out, print_json
from gateway.errors import KeyFileError, Reason
from gateway.frontmatter.source import read_regular
from gateway.keys.algorithms import ALGORITHMS, Algorithm
from gateway.keys.jwk_file import KEY_SUFFIX, MAX_BYTES, read_jwk
from gateway.keys.private_key import PrivateKey, generate_private_key
from gateway.keys.public_key import PublicKey, parse_public_key
from gateway.replacement import replacing
from gateway.settings import read_settings
from gateway.trust.directory import key_files, read_public_key

app = typer.Typer(no_args_is_help=True, help="Make, list and revoke keys.")

_DAY = 86_400


@app.command()
def generate(
    private: Annotated[Path, typer.Option(help="New file for the private key; keep it safe.")],
    public: Annotated[
        Path | None, typer.Option(help="Trust folder for the public key; default: setting keys.")
    ] = None,
    corpus: options.Corpus = None,
    alg: Annotated[
        str, typer.Option(help=f"One of {', '.join(a.name for a in ALGORITHMS)}.")
    ] = "Ed25519",
    kid: Annotated[
        str | None, typer.Option(help="Name of the key; default: corpus and date.")
    ] = None,
    days: Annotated[int, typer.Option(min=1, help="Validity from now on, in days.")] = 365,
) -> None:
    """Make a key pair: the private half for `seal`, the public half for the trust folder.

    Neither file may exist yet, and the private one is readable by its owner only.
    """
    settings = read_settings(corpus=corpus, keys=public)
    now = int(time.time())
    name = kid or f"{settings.corpus}-{datetime.fromtimestamp(now, UTC):%Y-%m-%d}"
    key = generate_private_key(_algorithm(alg), name)
    target = write_pair(key, private, settings.keys, [settings.corpus], now, now + days * _DAY)
    out.print(f"Private key: {private}\nPublic key:  {target}", markup=False)


def write_pair(
    key: PrivateKey, private: Path, folder: Path, corpora: list[str], begins: int, ends: int
) -> Path:
    """Write both halves of a new key; the file of the public one. Raises KeyFileError."""
    target = folder / f"{_file_name(key.kid)}{KEY_SUFFIX}"
    if _is_within(private, folder):
        message = "a private key does not belong into the trust folder"
        raise KeyFileError(Reason.KEY_PRIVATE, message, path=str(private))
    window = {"nbf": begins, "exp": ends, "corpora": corpora}
    jwk: dict[str, Any] = {**key.public_jwk(), "alg": key.algorithm.name, **window}
    parse_public_key(json.dumps(jwk).encode(), str(target))
    if os.path.lexists(target):
        # Found out before the private half is written, which would be left without its public one.
        raise _cannot_write(target, FileExistsError(errno.EEXIST, ""))
    _create(private, key.private_jwk(), 0o600)
    _create(target, jwk, 0o644)
    return target


def _algorithm(name: str) -> Algorithm:
    for algorithm in ALGORITHMS:
        if algorithm.name == name:
            return algorithm
    names = ", ".join(algorithm.name for algorithm in ALGORITHMS)
    raise KeyFileError(Reason.ALG_UNSUPPORTED, f"--alg must be one of {names}")


def _file_name(kid: str) -> str:
    return "".join(letter if letter.isalnum() or letter in "-_" else "-" for letter in kid)


def _is_within(path: Path, folder: Path) -> bool:
    return folder.resolve() in path.resolve().parents


def _create(path: Path, jwk: dict[str, Any], mode: int) -> None:
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, mode)
        with os.fdopen(descriptor, "wb") as file:
            file.write(_shown(jwk))
    except OSError as error:
        raise _cannot_write(path, error) from None


def _shown(jwk: dict[str, Any]) -> bytes:
    return json.dumps(jwk, indent=2).encode() + b"\n"


def _cannot_write(path: Path, error: OSError) -> KeyFileError:
    message = f"cannot write: {os.strerror(error.errno or 0).lower()}"
    taken = isinstance(error, FileExistsError)
    hint = "Choose another name; keys are never overwritten." if taken else ""
    return KeyFileError(Reason.KEY_FILE, message, path=str(path), hint=hint)


@app.command("list")
def list_keys(keys: options.Keys = None, as_json: options.AsJson = False) -> None:
    """Show the trusted keys, their validity and what they may sign."""
    settings = read_settings(keys=keys)
    found = [read_public_key(path) for path in key_files(settings.keys)]
    now = int(time.time())
    if as_json:
        print_json([_document(key, now) for key in found])
        return
    table = Table("Key", "Algorithm", "State", "From", "Until", "Corpora", box=None, pad_edge=False)
    for key in found:
        table.add_row(
            key.kid,
            key.algorithm.name,
            state_of(key, now),
            _date(key.not_before),
            _date(key.not_after),
            ", ".join(sorted(key.corpora)),
        )
    out.print(table)


def state_of(key: PublicKey, now: int) -> str:
    """In a word or three, for people."""
    if key.revocation is not None:
        return "revoked"
    if key.not_before is not None and now < key.not_before:
        return "not yet valid"
    return "expired" if key.not_after is not None and now > key.not_after else "valid"


def _date(instant: int | None) -> str:
    return "" if instant is None else f"{datetime.fromtimestamp(instant, UTC):%Y-%m-%d}"


def _document(key: PublicKey, now: int) -> dict[str, object]:
    return {
        "kid": key.kid,
        "alg": key.algorithm.name,
        "state": state_of(key, now),
        "nbf": key.not_before,
        "exp": key.not_after,
        "corpora": sorted(key.corpora),
        "thumbprint": key.thumbprint,
    }


@app.command()
def revoke(
    kid: Annotated[str, typer.Argument(help="The key's kid.")],
    reason: Annotated[str, typer.Option(help="Why, for people.")],
    keys: options.Keys = None,
) -> None:
    """Mark a key as revoked, from now on and whatever the clock says.

    A running gateway withholds what the key sealed within a second.
    """
    settings = read_settings(keys=keys)
    for path in key_files(settings.keys):
        if read_public_key(path).kid == kid:
            _revoke(path, reason)
            out.print(f"Revoked {kid} in {path}", markup=False)
            return
    raise KeyFileError(
        Reason.KEY_UNKNOWN,
        f"no key with the kid {kid!r}",
        path=str(settings.keys),
        hint="See: sealgate keys list",
    )


def _revoke(path: Path, reason: str) -> None:
    jwk = read_jwk(read_regular(path, MAX_BYTES), str(path))
    if "revoked" in jwk:
        raise KeyFileError(Reason.KEY_REVOKED, "the key is revoked already", path=str(path))
    jwk["revoked"] = {"revoked_at": int(time.time()), "reason": reason}
    try:
        with replacing(path, None) as file:
            file.write(_shown(jwk))
    except OSError as error:
        raise _cannot_write(path, error) from None
