"""Programs of the Node.js world, installed as their lock files say."""

from __future__ import annotations

import shutil
import subprocess
from pathlib import Path

import pytest

# npm writes a whole tree of small files; two cores and a cold cache take their time.
_INSTALL_SECONDS = 300.0


def need(program: str) -> str:
    """The program's path. Skips the test, loudly, where it is not installed."""
    found = shutil.which(program)
    if found is None:
        pytest.skip(f"NOT TRIED WITH THE PROGRAMS OF OTHERS: {program} is not installed")
    return found


def install(packages: Path, into: Path) -> Path:
    """A copy of the folder `packages`, with what its package-lock.json names installed."""
    need("node")
    npm = need("npm")
    shutil.copytree(
        packages, into, dirs_exist_ok=True, ignore=shutil.ignore_patterns("node_modules")
    )
    done = subprocess.run(
        # What the lock file says has one hash, wherever it was fetched.
        [npm, "ci", "--silent", "--prefer-offline"],
        cwd=into,
        capture_output=True,
        text=True,
        timeout=_INSTALL_SECONDS,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    return into
