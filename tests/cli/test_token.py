"""Tokens on the command line."""

from __future__ import annotations

import json
import re
import time
from pathlib import Path

import pytest

from tests.support.command import output, sealgate


def test_a_token_is_printed_once_and_not_kept(tmp_path: Path) -> None:
    made = sealgate("token", "new", "--scope", "read", "--file", "t.json", cwd=tmp_path)
    token = made.stdout.strip()
    assert re.fullmatch(r"sealgate_[0-9a-f]{12}_[A-Za-z0-9_-]{43}", token)
    assert token not in (tmp_path / "t.json").read_text(encoding="utf-8")
    assert token.split("_", 2)[2] not in str(
        output("token", "list", "--file", "t.json", cwd=tmp_path)
    )


def test_scripts_read_what_a_token_may_do_and_until_when(tmp_path: Path) -> None:
    words = ("--scope", "drafts", "--scope", "read", "--days", "2", "--note", "Ada's")
    made = output("token", "new", *words, "--file", "t.json", cwd=tmp_path)
    assert made["scopes"] == ["drafts", "read"]
    assert (made["note"], made["state"]) == ("Ada's", "good")
    assert made["expires"] - made["created"] == 2 * 86_400
    assert abs(made["created"] - time.time()) < 3600
    (listed,) = output("token", "list", "--file", "t.json", cwd=tmp_path)
    assert listed == {name: made[name] for name in made if name != "token"}


def test_a_token_that_is_not_there_cannot_be_taken_back(tmp_path: Path) -> None:
    output("token", "new", "--scope", "read", "--file", "t.json", cwd=tmp_path)
    done = sealgate("token", "revoke", "0" * 12, "--file", "t.json", cwd=tmp_path)
    assert done.returncode == 2
    assert "TOKEN_FILE" in done.stderr
    assert "sealgate token list" in done.stderr


def test_the_setting_names_the_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    assert "SEALGATE_TOKEN_FILE" in sealgate("token", "list", cwd=tmp_path).stderr
    monkeypatch.setenv("SEALGATE_TOKEN_FILE", str(tmp_path / "t.json"))
    key_id = output("token", "new", "--scope", "audit", cwd=tmp_path)["id"]
    assert key_id in sealgate("token", "list", cwd=tmp_path).stdout
    assert sealgate("token", "revoke", key_id, cwd=tmp_path).returncode == 0
    assert json.loads((tmp_path / "t.json").read_text(encoding="utf-8")) == {"tokens": []}


def test_a_gateway_does_not_begin_with_tokens_that_it_cannot_read(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SEALGATE_TOKEN_FILE", str(tmp_path / "none.json"))
    (tmp_path / "keys").mkdir()
    (tmp_path / "seeds").mkdir()
    done = sealgate("serve", "--port", "0", cwd=tmp_path)
    assert done.returncode == 2
    assert "Traceback" not in done.stderr
