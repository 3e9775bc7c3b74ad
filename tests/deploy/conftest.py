"""One image for all tests of it: to make it takes a while."""

from __future__ import annotations

import fcntl
import os
from pathlib import Path

import pytest

from tests.deploy.image import Image, build


@pytest.fixture(scope="session")
def image(tmp_path_factory: pytest.TempPathFactory) -> Image:
    """Made once, also where several processes test, each of which has a session of its own."""
    base = tmp_path_factory.getbasetemp()
    if "PYTEST_XDIST_WORKER" in os.environ:
        base = base.parent
    return _made_once(base / "image")


def _made_once(base: Path) -> Image:
    base.mkdir(exist_ok=True)
    made = base / "made"
    with (base / "lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not made.exists():
            build(base)
            made.touch()
    return Image(base)
