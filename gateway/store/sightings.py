"""How files stood when their bytes were read, so that not every look reads them all again."""

from __future__ import annotations

import os
import struct
import time
from collections.abc import Set as AbstractSet
from pathlib import Path

# What is younger may have been written again within one tick of the file system's clock, which on
# some is two seconds long.
_SETTLED = 5 * 10**9

_FORM = struct.Struct("=QQqqq")


class Sightings:
    """By path: what the system said of a file before it was read, and the digest of what was read.

    The system dates every change of a file by itself (st_ctime), and no program can date it back.
    So a file that stands as it did has the bytes that it had. Nothing of this is ever written down:
    a gateway that starts reads every file once. 140 bytes a file.
    """

    def __init__(self) -> None:
        self._seen: dict[str, bytes] = {}

    def is_same(self, path: str, stand: bytes | None, sha256: bytes) -> bool:
        """Whether a file that stands like this is known to have the bytes of this digest."""
        return stand is not None and self._seen.get(path) == stand + sha256

    def note(self, path: str, stand: bytes | None, sha256: bytes) -> None:
        """stand: before the bytes of this digest were read."""
        if stand is None:
            self._seen.pop(path, None)
        else:
            self._seen[path] = stand + sha256

    def keep(self, paths: AbstractSet[str]) -> None:
        """Forget all other paths."""
        for path in self._seen.keys() - paths:
            del self._seen[path]


def stand_of(root: Path, path: str) -> bytes | None:
    """What the system says of a file now; None for one that was changed only just, or that cannot
    be looked at."""
    try:
        status = os.lstat(f"{root}/{path}")
    except (OSError, ValueError):
        return None
    if status.st_ctime_ns > time.time_ns() - _SETTLED:
        return None
    dates = (status.st_mtime_ns, status.st_ctime_ns)
    return _FORM.pack(status.st_dev, status.st_ino, status.st_size, *dates)
