"""Replacing a file: whoever reads it finds the old content or the new, after a crash too."""

from __future__ import annotations

import os
import stat
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import IO


@contextmanager
def replacing(path: Path, mode: int | None, prefix: str = ".write-") -> Iterator[IO[bytes]]:
    """A file beside `path`, for its owner alone, that takes its place once the block has ended.

    A file that was there leaves its mode to the new one; mode: where there was none, and None where
    there must be one. prefix: of the name until then, by which what a kill left behind is found.
    Links are not followed. Raises OSError, and what the block raises; the new file is gone then.
    """
    mode = _mode_of(path, mode)
    descriptor, name = tempfile.mkstemp(prefix=prefix, dir=path.parent)
    try:
        with os.fdopen(descriptor, "wb") as file:
            yield file
            file.flush()
            # Last, since a write takes some bits of a mode away.
            os.fchmod(descriptor, mode)
            os.fsync(descriptor)
        os.replace(name, path)
    except BaseException:
        with suppress(OSError):
            os.unlink(name)
        raise


def _mode_of(path: Path, otherwise: int | None) -> int:
    try:
        return stat.S_IMODE(path.stat().st_mode)
    except FileNotFoundError:
        if otherwise is None:
            raise
        return otherwise
