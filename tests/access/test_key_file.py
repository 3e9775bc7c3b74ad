"""The file of API keys: read strictly, changed as a whole."""

from __future__ import annotations

import json
import os
import stat
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest

from gateway.access.api_key import ApiKey
from gateway.access.key_file import TokenFileError, changing, read_key_file
from gateway.access.scope import Scope
from gateway.errors import Reason

ENTRY: dict[str, Any] = {
    "id": "0123456789ab",
    "sha256": "ab" * 32,
    "scopes": ["read"],
    "created": 1,
}


def written(path: Path, *entries: object) -> Path:
    path.write_text(json.dumps({"tokens": entries}), encoding="utf-8")
    return path


def add(path: Path, number: int) -> None:
    with changing(path) as keys:
        key_id = f"{number:012x}"
        keys[key_id] = ApiKey(key_id, "ab" * 32, frozenset({Scope.AUDIT}), 5, 9, "of Ada")


def test_what_was_written_is_read_again(tmp_path: Path) -> None:
    add(tmp_path / "t.json", 1)
    (key,) = read_key_file(tmp_path / "t.json")
    assert key == ApiKey(f"{1:012x}", "ab" * 32, frozenset({Scope.AUDIT}), 5, 9, "of Ada")


def test_a_new_file_is_for_its_owner_and_one_that_was_there_keeps_its_mode(tmp_path: Path) -> None:
    path = tmp_path / "t.json"
    add(path, 1)
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    path.chmod(0o640)
    add(path, 2)
    assert stat.S_IMODE(path.stat().st_mode) == 0o640


def test_nobody_loses_a_key_when_several_change_it_at_once(tmp_path: Path) -> None:
    path = tmp_path / "t.json"
    with ThreadPoolExecutor(8) as pool:
        list(pool.map(lambda number: add(path, number), range(24)))
    assert len(read_key_file(path)) == 24


def test_a_change_that_fails_leaves_the_file_as_it_was(tmp_path: Path) -> None:
    path = tmp_path / "t.json"
    add(path, 1)
    before = path.read_bytes()
    with pytest.raises(TypeError), changing(path) as keys:
        keys["x"] = ApiKey("x", "", frozenset(), 0, note=b"no text")  # type: ignore[arg-type]
    assert path.read_bytes() == before
    assert {name for name in os.listdir(tmp_path) if not name.endswith(".lock")} == {"t.json"}


BAD: dict[str, Callable[[dict[str, Any]], object]] = {
    "no object": lambda _: 5,
    "an id that is none": lambda entry: entry | {"id": "x"},
    "a digest that is none": lambda entry: entry | {"sha256": "AB" * 32},
    "a scope that is none": lambda entry: entry | {"scopes": ["root"]},
    "scopes as text": lambda entry: entry | {"scopes": "read"},
    "a list as a scope": lambda entry: entry | {"scopes": [["read"]]},
    "no time": lambda entry: entry | {"created": "now"},
    "an end that is true": lambda entry: entry | {"expires": True},
    "an end beyond all calendars": lambda entry: entry | {"expires": 10**15},
    "a misspelt end": lambda entry: entry | {"expire": 5},
    "a long note": lambda entry: entry | {"note": "a" * 201},
    "no digest": lambda entry: {name: entry[name] for name in entry if name != "sha256"},
}


@pytest.mark.parametrize("spoil", BAD.values(), ids=BAD)
def test_an_entry_that_is_not_what_it_should_be_makes_no_file_of_tokens(
    tmp_path: Path, spoil: Callable[[dict[str, Any]], object]
) -> None:
    read_key_file(written(tmp_path / "good.json", ENTRY))
    with pytest.raises(TokenFileError) as refused:
        read_key_file(written(tmp_path / "bad.json", spoil(dict(ENTRY))))
    assert refused.value.code is Reason.TOKEN_FILE
    assert refused.value.path == str(tmp_path / "bad.json")


def test_one_id_stands_for_one_key(tmp_path: Path) -> None:
    with pytest.raises(TokenFileError, match="twice"):
        read_key_file(written(tmp_path / "t.json", ENTRY, ENTRY))


def test_a_file_that_is_not_there_says_how_to_make_one(tmp_path: Path) -> None:
    with pytest.raises(TokenFileError) as refused:
        read_key_file(tmp_path / "t.json")
    assert refused.value.code is Reason.FILE_NOT_FOUND
    assert "sealgate token new" in refused.value.hint


def test_a_folder_that_takes_no_file_is_named(tmp_path: Path) -> None:
    with pytest.raises(TokenFileError, match="cannot be written"):
        add(tmp_path / "nowhere" / "t.json", 1)
