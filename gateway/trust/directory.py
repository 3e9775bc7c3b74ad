"""A trust directory on disk: `*.jwk` key files, `policy.yaml` and `trust.jws` if there are any.

It may be a volume of Kubernetes (gateway.trust.volume).
"""

from __future__ import annotations

import os
from pathlib import Path

from gateway.errors import FrontMatterError, KeyFileError, PolicyError, Reason
from gateway.frontmatter.source import read_regular
from gateway.keys.jwk_file import KEY_SUFFIX, MAX_BYTES
from gateway.keys.public_key import PublicKey, parse_public_key
from gateway.trust.manifest import MANIFEST_FILE, Manifest, check_files, read_manifest
from gateway.trust.policy import Policy, parse_policy
from gateway.trust.trust import Trust
from gateway.trust.volume import current_folder

POLICY_FILE = "policy.yaml"


def key_files(directory: Path) -> list[Path]:
    """Key files in the order of their names. Raises KeyFileError when the folder is not there."""
    directory = current_folder(directory)
    try:
        names = sorted(os.listdir(directory))
    except OSError as error:
        raise KeyFileError(
            Reason.TRUST_EMPTY,
            f"cannot list the trust directory: {os.strerror(error.errno or 0).lower()}",
            path=str(directory),
            hint="Name the folder with your public keys: --keys DIR or SEALGATE_KEYS=DIR.",
        ) from None
    return [directory / name for name in names if name.endswith(KEY_SUFFIX)]


def read_public_key(path: Path) -> PublicKey:
    """Raises KeyFileError."""
    return parse_public_key(_read_key_file(path), str(path))


def read_policy(directory: Path) -> Policy:
    """The directory's policy, or the default one where there is no file. Raises PolicyError."""
    data = _read_optional(current_folder(directory) / POLICY_FILE, Reason.POLICY_FILE)
    return Policy() if data is None else _policy(data, directory)


def _policy(data: bytes, directory: Path) -> Policy:
    path = str(directory / POLICY_FILE)
    try:
        text = data.decode("utf-8")
    except UnicodeDecodeError:
        raise PolicyError(Reason.POLICY_FILE, "not UTF-8", path=path) from None
    return parse_policy(text, path)


def _read_optional(path: Path, code: Reason) -> bytes | None:
    try:
        return read_regular(path, MAX_BYTES)
    except FrontMatterError as error:
        if error.code is Reason.FILE_NOT_FOUND:
            return None
        raise PolicyError(code, error.message, path=str(path)) from None


def signed_files(directory: Path) -> dict[str, bytes]:
    """The content of every file that a manifest speaks of, by name.

    Raises KeyFileError or PolicyError.
    """
    directory = current_folder(directory)
    files = {path.name: _read_key_file(path) for path in key_files(directory)}
    policy = _read_optional(directory / POLICY_FILE, Reason.POLICY_FILE)
    return files if policy is None else {**files, POLICY_FILE: policy}


def _read_key_file(path: Path) -> bytes:
    try:
        return read_regular(path, MAX_BYTES)
    except FrontMatterError as error:
        raise KeyFileError(Reason.KEY_FILE, error.message, path=str(path)) from None


def read_manifest_file(directory: Path, root: PublicKey) -> Manifest:
    """What the root key says of the directory. Raises PolicyError(MANIFEST_FILE), KeyFileError."""
    path = current_folder(directory) / MANIFEST_FILE
    data = _read_optional(path, Reason.MANIFEST_FILE)
    if data is None:
        message = "no manifest, though a root key is configured"
        hint = "Sign the trust folder: sealgate trust sign --root FILE"
        raise PolicyError(Reason.MANIFEST_FILE, message, path=str(path), hint=hint)
    return read_manifest(data.decode("utf-8", "replace"), root, str(path))


def read_legacy_key(path: Path | None) -> bytes | None:
    """The AES key that opens legacy envelopes: a file of 16, 24 or 32 raw bytes."""
    if path is None:
        return None
    try:
        key = read_regular(path, 32)
    except FrontMatterError as error:
        raise KeyFileError(Reason.KEY_FILE, error.message, path=str(path)) from None
    if len(key) not in (16, 24, 32):
        message = "a legacy key file holds 16, 24 or 32 raw bytes"
        raise KeyFileError(Reason.KEY_FILE, message, path=str(path))
    return key


def read_trust(
    directory: Path, legacy_key_file: Path | None = None, root_key: Path | None = None
) -> Trust:
    """Everything in the directory as one Trust.

    One unusable file refuses the whole directory: a revocation that is skipped because its file
    is damaged would be trust nobody meant to give. With a root key its manifest must name each file
    as it is. Raises KeyFileError or PolicyError.
    """
    directory = current_folder(directory)
    files = signed_files(directory)
    manifest = None
    if root_key is not None:
        manifest = read_manifest_file(directory, read_public_key(root_key))
        check_files(manifest, files, str(directory))
    keys = [
        parse_public_key(data, str(directory / name))
        for name, data in files.items()
        if name.endswith(KEY_SUFFIX)
    ]
    if not keys:
        raise KeyFileError(
            Reason.TRUST_EMPTY,
            "no key files (*.jwk) in the trust directory",
            path=str(directory),
            hint="Make a key with: sealgate keys generate --corpus NAME --public DIR",
        )
    policy = _policy(files[POLICY_FILE], directory) if POLICY_FILE in files else Policy()
    return Trust.of(keys, policy, read_legacy_key(legacy_key_file), manifest)
