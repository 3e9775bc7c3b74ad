"""The file that API keys are entered in, without their secrets."""

from __future__ import annotations

import fcntl
import json
import os
import re
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from gateway.access.api_key import ApiKey
from gateway.access.scope import Scope
from gateway.errors import FrontMatterError, Reason, SealgateError
from gateway.frontmatter.source import read_regular
from gateway.json_object import read_object
from gateway.replacement import replacing

MAX_BYTES = 1 << 20
_MEMBERS = frozenset({"id", "sha256", "scopes", "created", "expires", "note"})
_ID = re.compile(r"[0-9a-f]{12}")
_SHA256 = re.compile(r"[0-9a-f]{64}")
_MAX_TIME = 253_402_300_799  # 9999-12-31T23:59:59Z
_MAX_NOTE = 200


class TokenFileError(SealgateError):
    """A file of tokens, or of the keys that tokens are signed with, that cannot be used."""


def read_key_file(path: Path) -> tuple[ApiKey, ...]:
    """The keys that are entered. Raises TokenFileError."""
    try:
        data = read_regular(path, MAX_BYTES)
    except FrontMatterError as error:
        hint = "Make one: sealgate token new."
        raise TokenFileError(error.code, error.message, path=str(path), hint=hint) from None
    return parse_key_file(data, str(path))


def parse_key_file(data: bytes, path: str) -> tuple[ApiKey, ...]:
    """Raises TokenFileError naming `path`."""
    try:
        value = read_object(data)
    except ValueError as error:
        raise _bad(path, f"not readable: {error}", getattr(error, "lineno", None)) from None
    entries = value.get("tokens")
    if value.keys() != {"tokens"} or not isinstance(entries, list):
        raise _bad(path, "the only member must be tokens, a list")
    keys = tuple(_key(entry, path) for entry in entries)
    if len({key.id for key in keys}) != len(keys):
        raise _bad(path, "an id stands twice")
    return keys


def _key(entry: object, path: str) -> ApiKey:
    if not isinstance(entry, dict):
        raise _bad(path, "each of tokens must be an object")
    if unknown := sorted(entry.keys() - _MEMBERS):
        # A misspelt `expires` would be a token that never ends.
        raise _bad(path, f"{unknown[0]!r} is not a member of a token")
    return ApiKey(
        _text(entry, "id", _ID, path),
        _text(entry, "sha256", _SHA256, path),
        _scopes(entry.get("scopes"), path),
        _time(entry.get("created"), "created", path),
        None if entry.get("expires") is None else _time(entry["expires"], "expires", path),
        _note(entry.get("note", ""), path),
    )


def _text(entry: dict[str, Any], member: str, pattern: re.Pattern[str], path: str) -> str:
    value = entry.get(member)
    if not isinstance(value, str) or pattern.fullmatch(value) is None:
        raise _bad(path, f"{member} of a token is not what it should be")
    return value


def _scopes(value: object, path: str) -> frozenset[Scope]:
    if not isinstance(value, list) or not all(name in list(Scope) for name in value):
        raise _bad(path, f"scopes must be some of {', '.join(Scope)}")
    return frozenset(map(Scope, value))


def _time(value: object, member: str, path: str) -> int:
    if not isinstance(value, int) or isinstance(value, bool) or not 0 <= value <= _MAX_TIME:
        raise _bad(path, f"{member} must be whole seconds since 1970")
    return value


def _note(value: object, path: str) -> str:
    if not isinstance(value, str) or len(value) > _MAX_NOTE:
        raise _bad(path, f"note must be text of at most {_MAX_NOTE} characters")
    return value


def _bad(path: str, message: str, line: int | None = None) -> TokenFileError:
    hint = "See docs/access.md for what is in it."
    return TokenFileError(Reason.TOKEN_FILE, message, path=path, line=line, hint=hint)


@contextmanager
def changing(path: Path) -> Iterator[dict[str, ApiKey]]:
    """The keys by id, to be changed in the block and then written; nobody else changes them
    meanwhile. A file that is not there yet holds none. Raises TokenFileError."""
    try:
        lock = os.open(path.with_name(f".{path.name}.lock"), os.O_RDWR | os.O_CREAT, 0o600)
    except OSError as error:
        raise _unwritable(path, error) from None
    try:
        fcntl.flock(lock, fcntl.LOCK_EX)
        keys = {key.id: key for key in read_key_file(path)} if os.path.lexists(path) else {}
        yield keys
        _write(path, keys.values())
    finally:
        os.close(lock)


def _write(path: Path, keys: Iterable[ApiKey]) -> None:
    text = json.dumps({"tokens": [_entry(key) for key in keys]}, indent=2, ensure_ascii=False)
    try:
        with replacing(path, 0o600) as file:
            file.write(f"{text}\n".encode())
    except OSError as error:
        raise _unwritable(path, error) from None


def _unwritable(path: Path, error: OSError) -> TokenFileError:
    message = f"cannot be written: {os.strerror(error.errno or 0).lower()}"
    hint = "Give this user access to the folder that it is in."
    return TokenFileError(Reason.TOKEN_FILE, message, path=str(path), hint=hint)


def _entry(key: ApiKey) -> dict[str, object]:
    entry: dict[str, object] = {
        "id": key.id,
        "sha256": key.digest,
        "scopes": sorted(map(str, key.scopes)),
        "created": key.created,
    }
    if key.expires is not None:
        entry["expires"] = key.expires
    return {**entry, "note": key.note} if key.note else entry
