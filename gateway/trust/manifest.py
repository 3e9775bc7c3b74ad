"""What a root key says of a whole trust folder: `trust.jws`, after TUF's snapshot and timestamp.

A compact JWS (RFC 7515, section 7.1) whose payload names every file by its digest, has a number
that only grows, and comes to an end. Whoever can write to the folder, but is not the root, can then
neither add a key, nor bring an old policy back, nor keep a new one away for ever.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from gateway.base64url import decode_base64url, encode_base64url
from gateway.canonical.jcs import canonicalize
from gateway.envelope.jws import protected_header, read_header, signing_input
from gateway.errors import EnvelopeError, PolicyError, Reason
from gateway.json_object import read_object
from gateway.keys.jwk_file import KEY_SUFFIX, read_jwk
from gateway.keys.private_key import PrivateKey
from gateway.keys.public_key import PublicKey

MANIFEST_FILE = "trust.jws"
TYPE = "sealgate-trust+jws"
# Numbers that JSON readers agree on (RFC 7493, section 2.2).
_MAX_VERSION = 2**53 - 1


@dataclass(frozen=True)
class Manifest:
    """version: grows with every signature. expires: the last good second since 1970. root: the
    RFC 7638 thumbprint of the key that signed. digest: SHA-256 of the payload. files: digests of
    the folder's files by name, as `file_digest` makes them; revoked: names of revoked keys."""

    version: int
    expires: int
    files: Mapping[str, Any]
    revoked: tuple[Any, ...]
    root: str
    digest: str


def file_digest(name: str, data: bytes) -> str:
    """What a manifest says of a file's content.

    For a key it is over the JWK without its revocation: revoking must not wait for the root key,
    which lies in a safe. Taking a revocation back does: see `revoked` in the payload.
    """
    if name.endswith(KEY_SUFFIX):
        members = read_jwk(data, name)
        members.pop("revoked", None)
        data = canonicalize(members)
    return f"sha256:{hashlib.sha256(data).hexdigest()}"


def sign_manifest(
    root: PrivateKey, version: int, expires: int, files: Mapping[str, bytes], now: int
) -> str:
    """The content of `trust.jws` for a folder with these files; times are in Unix seconds."""
    payload = canonicalize(
        {
            "v": 1,
            "version": version,
            "expires": expires,
            "files": {name: file_digest(name, data) for name, data in files.items()},
            "revoked": sorted(name for name, data in files.items() if _is_revoked(name, data)),
        }
    )
    protected = protected_header(root.algorithm.name, root.kid, now, TYPE)
    signature = root.sign(signing_input(protected, payload))
    return f"{protected}.{encode_base64url(payload)}.{encode_base64url(signature)}\n"


def _is_revoked(name: str, data: bytes) -> bool:
    return name.endswith(KEY_SUFFIX) and "revoked" in read_jwk(data, name)


def read_manifest(text: str, root: PublicKey, name: str) -> Manifest:
    """The manifest that the root key signed; `name` is the file as errors call it.

    Raises PolicyError(MANIFEST_FILE).
    """
    try:
        payload = _open(text.strip(), root)
        return _manifest(read_object(payload), payload, root)
    except EnvelopeError as error:
        raise _bad(error.message, name) from None
    except ValueError as error:
        raise _bad(str(error), name) from None


def _bad(message: str, name: str) -> PolicyError:
    hint = "Sign the trust folder anew: sealgate trust sign --root FILE"
    return PolicyError(Reason.MANIFEST_FILE, message, path=name, hint=hint)


def _open(text: str, root: PublicKey) -> bytes:
    """The payload of a compact JWS. Raises ValueError or EnvelopeError."""
    parts = text.split(".")
    if len(parts) != 3:
        raise ValueError("not a compact JWS")
    protected, payload, signature = map(decode_base64url, parts)
    header = read_header(protected, TYPE)
    if header.kid != root.kid or not root.algorithm.accepts(header.alg):
        raise ValueError(f"not signed by the root key {root.kid!r}")
    if not root.verify(signature, signing_input(parts[0], payload)):
        raise ValueError("the signature is not the root key's, or what it signed was changed")
    return payload


def _manifest(members: Mapping[str, Any], payload: bytes, root: PublicKey) -> Manifest:
    match members:
        case {
            "v": 1,
            "version": int(version),
            "expires": int(expires),
            "files": dict(files),
            "revoked": list(revoked),
        } if 0 < version <= _MAX_VERSION and expires > 0:
            digest = hashlib.sha256(payload).hexdigest()
            return Manifest(version, expires, files, tuple(revoked), root.thumbprint, digest)
    raise ValueError("the payload lacks members, or has others than are known")


def check_files(manifest: Manifest, files: Mapping[str, bytes], folder: str) -> None:
    """Raises PolicyError(MANIFEST_MISMATCH) unless a folder holds what its manifest names.

    A key file may be missing, since less trust harms nobody; the policy may not, since without it
    another one is in force.
    """
    for name, data in files.items():
        if manifest.files.get(name) != file_digest(name, data):
            raise _mismatch(f"{name} is not as the root key signed it", folder)
        if name in manifest.revoked and not _is_revoked(name, data):
            raise _mismatch(f"{name} was revoked when the root key signed, and is not now", folder)
    for name in sorted(manifest.files.keys() - files.keys()):
        if not name.endswith(KEY_SUFFIX):
            raise _mismatch(f"{name} is missing, which the root key signed", folder)


def _mismatch(message: str, folder: str) -> PolicyError:
    hint = "Bring the files back, or sign the folder anew: sealgate trust sign --root FILE"
    return PolicyError(Reason.MANIFEST_MISMATCH, message, path=folder, hint=hint)
