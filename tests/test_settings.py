"""Settings that cannot be read are refused as settings, whatever is wrong with them."""

from __future__ import annotations

from pathlib import Path

import pytest

from gateway.errors import Reason, SettingsError
from gateway.settings import read_settings


@pytest.mark.parametrize("name", ["a" * 5000, "nowhere/sealgate.toml", "."])
def test_a_file_that_cannot_be_is_not_there(monkeypatch: pytest.MonkeyPatch, name: str) -> None:
    monkeypatch.setenv("SEALGATE_CONFIG", name)
    with pytest.raises(SettingsError, match="names no file") as caught:
        read_settings()
    assert caught.value.code is Reason.SETTINGS


@pytest.mark.parametrize("text", ["port =", "port = 1\nport = 2", f"corpus = {'[' * 5000}"])
def test_a_file_that_is_not_toml_is_refused(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, text: str
) -> None:
    path = tmp_path / "sealgate.toml"
    path.write_text(text, encoding="utf-8")
    monkeypatch.setenv("SEALGATE_CONFIG", str(path))
    with pytest.raises(SettingsError, match="unreadable settings"):
        read_settings()
