"""The files of keys, as `sealgate keys` changes them."""

from __future__ import annotations

import json
import os
import stat
from pathlib import Path

import pytest

from gateway.cli.keys import _revoke
from gateway.errors import KeyFileError, Reason


@pytest.fixture
def key(tmp_path: Path) -> Path:
    path = tmp_path / "k1.jwk.json"
    path.write_text('{"kid": "k1"}', encoding="utf-8")
    path.chmod(0o640)
    return path


def test_a_revoked_key_keeps_all_that_it_had_and_the_mode_of_its_file(key: Path) -> None:
    _revoke(key, "lost")
    jwk = json.loads(key.read_bytes())
    assert (jwk["kid"], jwk["revoked"]["reason"]) == ("k1", "lost")
    assert stat.S_IMODE(key.stat().st_mode) == 0o640


def test_a_revocation_that_cannot_be_written_is_told_and_leaves_no_other_file(
    key: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(*_: object) -> None:
        raise OSError(28, "No space left on device")

    before = key.read_bytes()
    monkeypatch.setattr(os, "replace", fail)
    with pytest.raises(KeyFileError, match="no space") as refused:
        _revoke(key, "lost")
    assert (refused.value.code, refused.value.hint) == (Reason.KEY_FILE, "")
    assert (key.read_bytes(), list(key.parent.iterdir())) == (before, [key])
