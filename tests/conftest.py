"""Fixtures that every part of the suite may use."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.support.folder import Folder
from tests.support.postgresql import Postgres, running_postgres


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
