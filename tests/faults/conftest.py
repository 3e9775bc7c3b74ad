from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.faults.stage import Stage, running
from tests.support.process import Server


@pytest.fixture(scope="module")
def shared(tmp_path_factory: pytest.TempPathFactory) -> Stage:
    """One for a whole module: each test leaves it as it was."""
    return Stage(tmp_path_factory.mktemp("stage"))


@pytest.fixture(scope="module")
def server(shared: Stage) -> Iterator[Server]:
    with running(shared) as server:
        yield server


@pytest.fixture
def stage(tmp_path: Path) -> Stage:
    return Stage(tmp_path)
