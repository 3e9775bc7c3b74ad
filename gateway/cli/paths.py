"""From what a person types to paths inside the corpus."""

from __future__ import annotations

import os
from collections.abc import Sequence
from pathlib import Path

from gateway.corpus.layout import record_paths
from gateway.errors import Reason, SealgateError


def paths_in_corpus(root: Path, given: Sequence[Path]) -> list[str]:
    """Record paths relative to `root` for files and folders, sorted; all of them for none given.

    A file that does not exist is kept, so that it is reported and not skipped. Raises
    SealgateError(PATH_UNUSABLE) for what lies outside of the root.
    """
    chosen: set[str] = set()
    if not given:
        return record_paths(root)
    for path in given:
        inside = _inside(root, path)
        if path.is_dir():
            prefix = "" if inside == "." else f"{inside}/"
            chosen.update(name for name in record_paths(root) if name.startswith(prefix))
        else:
            chosen.add(inside)
    return sorted(chosen)


def _inside(root: Path, path: Path) -> str:
    # Not resolve(): a record that is a symbolic link must be seen as one, and refused.
    absolute, top = os.path.abspath(path), os.path.abspath(root)
    if absolute != top and not absolute.startswith(top + os.sep):
        raise SealgateError(
            Reason.PATH_UNUSABLE,
            f"not inside the corpus folder {root}",
            path=str(path),
            hint="A record's path inside its corpus is part of the seal; name the folder: --seeds.",
        )
    return Path(os.path.relpath(absolute, top)).as_posix()
