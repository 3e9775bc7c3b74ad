"""Fixtures that every part of the suite may use."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path

import pytest

from gateway.memory import collect_rarely, settle
from tests.support.folder import Folder
from tests.support.postgresql import Postgres, running_postgres


def pytest_collection_finish() -> None:
    """All that was imported stays, and looking through it again and again took a sixth of the
    time. What a test leaves behind is still collected, only later."""
    settle()
    collect_rarely()


@pytest.fixture
def folder(tmp_path: Path) -> Folder:
    """An empty corpus named demo, and one trusted publisher for it."""
    return Folder(tmp_path)


@pytest.fixture(scope="session")
def postgres() -> Iterator[Postgres]:
    """One server for all tests that want one."""
    with running_postgres() as server:
        yield server


@pytest.fixture(autouse=True)
def own_settings(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """No test reads the settings of whoever runs it."""
    for name in os.environ:
        if name.startswith("SEALGATE_") and name != "SEALGATE_FUZZ_EXAMPLES":
            monkeypatch.delenv(name)
    monkeypatch.chdir(tmp_path)
