"""Real sites, sealed with a throw-away key, where the folder with them exists."""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest

from gateway.corpus.layout import record_paths
from tests.support.client import Client, serving
from tests.support.folder import Folder

CORPORA = Path(
    os.environ.get("SEALGATE_TEST_CORPORA", Path(__file__).parents[3] / "shared" / "corpus")
)


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Says loudly what was not tested."""
    if CORPORA.is_dir():
        return
    here = Path(__file__).parent
    skip = pytest.mark.skip(reason=f"NOT TESTED ON REAL RECORDS: no folder {CORPORA}")
    for item in items:
        if item.path.is_relative_to(here):
            item.add_marker(skip)


@pytest.fixture(scope="session")
def corpora() -> Path:
    return CORPORA


def _copied(name: str, base: Path) -> Folder:
    folder = Folder(base / name)
    shutil.copytree(CORPORA / name, folder.seeds, dirs_exist_ok=True)
    return folder


def _seal(folder: Folder) -> None:
    for path in record_paths(folder.seeds):
        folder.seal(path)


def _publish(file: Path) -> None:
    draft, published = b"published: false", b"published: true"
    file.write_bytes(file.read_bytes().replace(draft, published))


@pytest.fixture(scope="module")
def power_apps(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Client]:
    folder = _copied("power-apps", tmp_path_factory.mktemp("real"))
    _seal(folder)
    with serving(folder.settings) as client:
        yield client


@pytest.fixture(scope="module")
def ai(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Client]:
    """With its drafts published: the circles in this site lead through them. Three steps from all
    of its articles cost more than the default admits."""
    folder = _copied("ai", tmp_path_factory.mktemp("real"))
    for file in folder.seeds.glob("_news/*.md"):
        _publish(file)
    _seal(folder)
    with serving(folder.settings.model_copy(update={"max_cost": 60_000})) as client:
        yield client
