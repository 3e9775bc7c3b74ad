"""A file system of a known size, in memory."""

from __future__ import annotations

import os
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest


def mount(folder: Path, size: str) -> None:
    """A file system in memory. Skips where that needs rights that are not there."""
    command = ["mount", "-t", "tmpfs", "-o", f"size={size}", "tmpfs", str(folder)]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    if done.returncode != 0:
        pytest.skip(f"NOT TESTED: cannot mount: {done.stderr.strip()}")


def unmount(folder: Path) -> None:
    subprocess.run(["umount", "--lazy", str(folder)], check=True)


@contextmanager
def small_disk(folder: Path, size: str) -> Iterator[Path]:
    """A new file system below `folder`, for a block."""
    disk = folder / "disk"
    disk.mkdir()
    mount(disk, size)
    try:
        yield disk
    finally:
        unmount(disk)


def fill(folder: Path, free: int) -> Path:
    """A file that leaves so many bytes of the file system free, rounded down to whole pages."""
    status = os.statvfs(folder)
    size = status.f_bavail * status.f_frsize - free
    filler = folder / "filler"
    filler.write_bytes(bytes(max(0, size)))
    return filler
