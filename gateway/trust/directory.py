"""A trust directory on disk: `*.jwk` key files and an optional `policy.yaml`."""

from __future__ import annotations

import os
from pathlib import Path

from gateway.errors import FrontMatterError, KeyFileError, PolicyError, Reason
from gateway.frontmatter.source import read_regular
from gateway.keys.jwk_file import MAX_BYTES
from gateway.keys.public_key import PublicKey, parse_public_key
from gateway.trust.policy import Policy, parse_policy
from gateway.trust.trust import Trust

POLICY_FILE = "policy.yaml"
KEY_SUFFIX = ".jwk"


def key_files(directory: Path) -> list[Path]:
    """Key files in the order of their names. Raises KeyFileError when the folder is not there."""
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
    try:
        data = read_regular(path, MAX_BYTES)
    except FrontMatterError as error:
        raise KeyFileError(Reason.KEY_FILE, error.message, path=str(path)) from None
    return parse_public_key(data, str(path))


def read_policy(directory: Path) -> Policy:
    """The directory's policy, or the default one where there is no file. Raises PolicyError."""
    path = directory / POLICY_FILE
    try:
        text = read_regular(path, MAX_BYTES).decode("utf-8")
    except FrontMatterError as error:
        if error.code is Reason.FILE_NOT_FOUND:
            return Policy()
        raise PolicyError(Reason.POLICY_FILE, error.message, path=str(path)) from None
    except UnicodeDecodeError:
        raise PolicyError(Reason.POLICY_FILE, "not UTF-8", path=str(path)) from None
    return parse_policy(text, str(path))


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


def read_trust(directory: Path, legacy_key_file: Path | None = None) -> Trust:
    """Everything in the directory as one Trust.

    One unusable file refuses the whole directory: a revocation that is skipped because its file
    is damaged would be trust nobody meant to give. Raises KeyFileError or PolicyError.
    """
    keys = [read_public_key(path) for path in key_files(directory)]
    if not keys:
        raise KeyFileError(
            Reason.TRUST_EMPTY,
            "no key files (*.jwk) in the trust directory",
            path=str(directory),
            hint="Make a key with: sealgate keys generate --corpus NAME --public DIR",
        )
    return Trust.of(keys, read_policy(directory), read_legacy_key(legacy_key_file))
