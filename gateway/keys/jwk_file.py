"""The JSON of a JWK file, read strictly."""

from __future__ import annotations

from typing import Any

from gateway.errors import KeyFileError, Reason
from gateway.json_object import read_object

MAX_BYTES = 65_536
KEY_SUFFIX = ".jwk"


def read_jwk(data: bytes, name: str) -> dict[str, Any]:
    """The members of the one JWK in `data`. Raises KeyFileError naming the file `name`."""
    try:
        value = read_object(data)
    except ValueError as error:
        line = getattr(error, "lineno", None)
        raise KeyFileError(Reason.KEY_FILE, f"not a JWK: {error}", path=name, line=line) from None
    if "keys" in value:
        message = "a JWK set; put each key into a file of its own"
        raise KeyFileError(Reason.KEY_FILE, message, path=name)
    return value
