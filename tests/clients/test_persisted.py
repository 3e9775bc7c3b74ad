"""Persisted queries as Apollo Client speaks them."""

from __future__ import annotations

import json
import subprocess
from pathlib import Path
from typing import Any

import pytest

from tests.support.folder import Folder
from tests.support.node import install, need
from tests.support.process import PATIENCE, seal_now, serve

NODE = Path(__file__).parent / "persisted"


@pytest.fixture(scope="module")
def packages(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return install(NODE, tmp_path_factory.mktemp("persisted"))


def ask(packages: Path, url: str, method: str) -> list[Any]:
    command = [need("node"), "ask.mjs", url, method]
    done = subprocess.run(
        command, cwd=packages, capture_output=True, text=True, check=True, timeout=PATIENCE
    )
    return [json.loads(line) for line in done.stdout.splitlines()]


@pytest.mark.parametrize("method", ["GET", "POST"])
def test_apollo_client_sends_a_text_once_and_its_hash_from_then_on(
    folder: Folder, packages: Path, method: str
) -> None:
    seal_now(folder)
    with serve(folder.base) as server:
        first, second = (ask(packages, server.url, method) for _ in range(2))
    hashed = {"method": method, "text": False, "status": 200}
    # The media type that Apollo Client prefers has a status for what was not executed.
    unknown = {**hashed, "status": 400}
    assert first == [unknown, {"method": "POST", "text": True, "status": 200}, 1, hashed, 1]
    assert second == [hashed, 1, hashed, 1]


def test_apollo_client_does_without_where_nothing_is_remembered(
    folder: Folder, packages: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SEALGATE_PERSISTED_BYTES", "0")
    seal_now(folder)
    with serve(folder.base) as server:
        _, *rest = ask(packages, server.url, "POST")
    text = {"method": "POST", "text": True, "status": 200}
    assert rest == [text, 1, text, 1]
