"""The corpus that is attacked."""

from __future__ import annotations

import pytest

from tests.attacks.scene import Scene
from tests.support.folder import Folder


@pytest.fixture
def scene(folder: Folder) -> Scene:
    return Scene(folder)
