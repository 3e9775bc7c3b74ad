"""A volume as the kubelet writes it: `..data` leads to a folder, every name leads to `..data`."""

from __future__ import annotations

import os
import shutil
from collections.abc import Mapping
from itertools import count
from pathlib import Path

_VERSIONS = count()


def publish(volume: Path, files: Mapping[str, bytes]) -> None:
    """In the order of AtomicWriter: another folder, the link, the names, and away with the old."""
    volume.mkdir(exist_ok=True)
    old = volume / os.readlink(volume / "..data") if (volume / "..data").is_symlink() else None
    fresh = volume / f"..2026_11_29_12_00_00.{next(_VERSIONS)}"
    fresh.mkdir()
    for name, content in files.items():
        (fresh / name).write_bytes(content)
    (volume / "..data_tmp").symlink_to(fresh.name)
    os.rename(volume / "..data_tmp", volume / "..data")
    for name in files:
        if not (volume / name).is_symlink():
            (volume / name).symlink_to(f"..data/{name}")
    for name in os.listdir(volume):
        if not name.startswith("..") and name not in files:
            (volume / name).unlink()
    if old is not None:
        shutil.rmtree(old)
