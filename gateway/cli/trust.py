"""`sealgate trust`."""

from __future__ import annotations

import json
import time
from pathlib import Path
from typing import Annotated

import typer

from gateway.cli import options
from gateway.cli.console import out, print_json
from gateway.cli.output import opened, write_new
from gateway.cli.seal import read_private_key
from gateway.errors import Reason, SealgateError, SettingsError
from gateway.keys.algorithms import ALGORITHMS
from gateway.keys.private_key import PrivateKey, generate_private_key
from gateway.keys.public_key import parse_public_key
from gateway.records.instant import show_instant
from gateway.settings import read_settings
from gateway.trust.directory import read_manifest_file, read_public_key, read_trust, signed_files
from gateway.trust.manifest import MANIFEST_FILE, Manifest, check_files, sign_manifest

app = typer.Typer(no_args_is_help=True, help="Have a root key vouch for the whole trust folder.")

_DAY = 86_400
RootKey = Annotated[
    Path | None, typer.Option(help="Public root key; default: the setting root_key.")
]


@app.command()
def init(
    private: Annotated[Path, typer.Option(help="New file for the private root key; keep it safe.")],
    public: Annotated[Path, typer.Option(help="New file for the public one, for root_key.")],
    kid: Annotated[str, typer.Option(help="Name of the root key.")] = "root",
) -> None:
    """Make a root key pair (Ed25519). It signs trust folders, and never records.

    Put the public half outside of the trust folder and name it in the setting root_key; lock the
    private half away. Neither file may exist yet.
    """
    ed25519 = next(algorithm for algorithm in ALGORITHMS if algorithm.name == "Ed25519")
    key = generate_private_key(ed25519, kid)
    # A root may sign no corpus: a record sealed with it proves nothing.
    jwk = {**_public_jwk(key), "corpora": []}
    write_new(private, _json(key.private_jwk()), 0o600)
    write_new(public, _json(jwk))
    out.print(f"Private root key: {private}\nPublic root key:  {public}", markup=False)


@app.command()
def sign(
    root: Annotated[Path, typer.Option(help="File with the private root key.")],
    keys: options.Keys = None,
    days: Annotated[int, typer.Option(min=1, help="For how long it is good, in days.")] = 90,
    version: Annotated[
        int | None, typer.Option(min=1, help="Number; default: one more than the last one.")
    ] = None,
) -> None:
    """Sign the trust folder as it is now: every key, the policy, and that they are the newest.

    Do so after every change, and before the last signature ends: a gateway with a root_key takes no
    other folder up, and withholds everything once the signature has ended.
    """
    settings = read_settings(keys=keys)
    private = read_private_key(root)
    now = int(time.time())
    number = version or _last_version(settings.keys, private) + 1
    # What cannot be used must not be vouched for.
    read_trust(settings.keys)
    expires = now + days * _DAY
    text = sign_manifest(private, number, expires, signed_files(settings.keys), now)
    with opened(settings.keys / MANIFEST_FILE) as file:
        file.write(text.encode())
    out.print(f"Signed version {number} of {settings.keys}, good until {show_instant(expires)}.")


def _last_version(folder: Path, private: PrivateKey) -> int:
    """0 for the first signature by this root key."""
    if not (folder / MANIFEST_FILE).exists():
        return 0
    public = parse_public_key(_json({**_public_jwk(private), "corpora": []}), "root")
    return read_manifest_file(folder, public).version


@app.command()
def show(
    keys: options.Keys = None, root_key: RootKey = None, as_json: options.AsJson = False
) -> None:
    """Show what the root key signed, and whether the folder still is what it signed.

    Exit status 1 if it is not, or if the signature has ended.
    """
    settings = read_settings(keys=keys, root_key=root_key)
    if settings.root_key is None:
        hint = "Name the public root key: --root-key FILE or SEALGATE_ROOT_KEY=FILE."
        raise SettingsError(Reason.SETTINGS, "no root key is configured", hint=hint)
    manifest = read_manifest_file(settings.keys, read_public_key(settings.root_key))
    trouble = _trouble(manifest, settings.keys)
    if as_json:
        print_json(_document(manifest, trouble))
    else:
        out.print(f"Version {manifest.version}, good until {show_instant(manifest.expires)}.")
        for name in sorted(manifest.files):
            revoked = "  revoked" if name in manifest.revoked else ""
            out.print(f"  {manifest.files[name]}  {name}{revoked}", markup=False)
        out.print(trouble.diagnostics() if trouble else "The folder is what was signed.")
    raise typer.Exit(1 if trouble else 0)


def _trouble(manifest: Manifest, folder: Path) -> SealgateError | None:
    try:
        check_files(manifest, signed_files(folder), str(folder))
    except SealgateError as error:
        return error
    if time.time() <= manifest.expires:
        return None
    message = f"the signature was good until {show_instant(manifest.expires)}"
    hint = "Sign the folder anew: sealgate trust sign --root FILE"
    return SealgateError(Reason.TRUST_EXPIRED, message, path=str(folder), hint=hint)


def _document(manifest: Manifest, trouble: SealgateError | None) -> dict[str, object]:
    return {
        "version": manifest.version,
        "expires": manifest.expires,
        "files": dict(manifest.files),
        "revoked": list(manifest.revoked),
        "error": None if trouble is None else trouble.document(),
    }


def _public_jwk(key: PrivateKey) -> dict[str, object]:
    return {**key.public_jwk(), "alg": key.algorithm.name}


def _json(value: object) -> bytes:
    return json.dumps(value, indent=2).encode() + b"\n"
