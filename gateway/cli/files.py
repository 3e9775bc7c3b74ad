"""Files that appear as a whole or not at all."""

from __future__ import annotations

import os
import tempfile
from pathlib import Path

from gateway.errors import Reason, SealgateError


def write_whole(path: Path, data: bytes, mode: int = 0o644, *, replace: bool = True) -> None:
    """Write a file under its name at once. Raises SealgateError, also when one is there already
    that must not be replaced."""
    if not replace and os.path.lexists(path):
        hint = "Choose another name; it is never overwritten."
        raise SealgateError(Reason.FILE_UNREADABLE, "there is a file", path=str(path), hint=hint)
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        descriptor, name = tempfile.mkstemp(dir=path.parent, prefix=".write-")
        try:
            with os.fdopen(descriptor, "wb") as file:
                file.write(data)
                file.flush()
                os.fsync(descriptor)
            os.chmod(name, mode)
            os.replace(name, path)
        except BaseException:
            os.unlink(name)
            raise
    except OSError as error:
        message = f"cannot write: {os.strerror(error.errno or 0).lower()}"
        raise SealgateError(Reason.FILE_UNREADABLE, message, path=str(path)) from None
