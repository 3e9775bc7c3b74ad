"""Which files of a folder are records, and what their paths are."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path

from gateway.errors import Reason, SealgateError

RECORD_SUFFIX = ".md"
DATA_FOLDER = "_data/"
DATA_SUFFIX = ".yaml"


def record_paths(root: Path) -> list[str]:
    """Paths of all record files below `root`, relative to it, with `/`, sorted.

    Directory links are not followed, so that a loop of links ends the walk nowhere. Names that
    start with a dot are no records, and YAML files only below the top folder `_data`. Raises
    SealgateError(SEEDS_MISSING) when `root` is no folder.
    """
    if not root.is_dir():
        raise SealgateError(
            Reason.SEEDS_MISSING,
            "not a folder",
            path=str(root),
            hint="Name the folder with your records: --seeds DIR or SEALGATE_SEEDS=DIR.",
        )
    return sorted(_walk(root))


def _walk(root: Path) -> Iterator[str]:
    for folder, folders, names in os.walk(root, followlinks=False):
        folders[:] = [name for name in folders if not name.startswith(".")]
        inside = Path(folder).relative_to(root).as_posix()
        start = "" if inside == "." else f"{inside}/"
        yield from filter(is_record_path, [f"{start}{name}" for name in names])


def printable_path(path: str) -> str:
    """The path as it is stored and shown: bytes of a name that are not UTF-8 become \\xNN."""
    return path.encode("utf-8", "surrogateescape").decode("utf-8", "backslashreplace")


def is_record_path(path: str) -> bool:
    """Whether a changed file below the root is one that `record_paths` would list."""
    hidden = any(part.startswith(".") for part in path.split("/"))
    return not hidden and (path.endswith(RECORD_SUFFIX) or is_data_path(path))


def is_data_path(path: str) -> bool:
    """Whether a record of this path is a data file: YAML alone, without a body."""
    return path.startswith(DATA_FOLDER) and path.endswith(DATA_SUFFIX)
