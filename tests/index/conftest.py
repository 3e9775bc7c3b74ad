"""Indexes in memory and in files: whatever holds of the one holds of the other."""

from __future__ import annotations

import pytest

from gateway.index import index


@pytest.fixture(params=[index.FILE_BYTES, 0], ids=["memory", "file"], autouse=True)
def _place(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(index, "FILE_BYTES", request.param)
