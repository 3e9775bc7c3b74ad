"""Tokens that are taken back, and files that cannot be read any more."""

from __future__ import annotations

from pathlib import Path

import pytest

from gateway.access.access import Access, read_access
from gateway.access.api_key import ApiKey, digest_of, new_key_text
from gateway.access.guard import Guard
from gateway.access.key_file import TokenFileError, changing
from gateway.access.refusal import TokenError
from gateway.access.scope import Scope

NOW = 100


def add(path: Path, *scopes: Scope, expires: int | None = None) -> tuple[str, str]:
    key_id, text = new_key_text()
    with changing(path) as keys:
        keys[key_id] = ApiKey(key_id, digest_of(text), frozenset(scopes), 0, expires)
    return key_id, text


class Watched:
    """A guard over one file, and what it told."""

    def __init__(self, path: Path) -> None:
        self.told: list[TokenFileError | None] = []
        open_scopes = (Scope.READ,)
        self.guard = Guard(
            lambda: read_access(open_scopes, path, None, None, None),
            Access(open_scopes),
            [path],
            self.told.append,
        )

    def scopes(self, token: str | None) -> frozenset[Scope]:
        return self.guard.access.caller(token, NOW).scopes


def test_a_token_adds_to_what_everybody_may(tmp_path: Path) -> None:
    _, text = add(tmp_path / "t.json", Scope.DRAFTS)
    watched = Watched(tmp_path / "t.json")
    assert watched.scopes(text) == {Scope.READ, Scope.DRAFTS}
    assert watched.scopes(None) == {Scope.READ}


def test_a_token_that_does_not_count_is_never_taken_for_none(tmp_path: Path) -> None:
    add(tmp_path / "t.json", Scope.DRAFTS)
    watched = Watched(tmp_path / "t.json")
    for token in (new_key_text()[1], "x", "a.b.c"):
        with pytest.raises(TokenError):
            watched.scopes(token)


def test_the_id_of_another_token_helps_nobody(tmp_path: Path) -> None:
    key_id, _ = add(tmp_path / "t.json", Scope.DRAFTS)
    secret = new_key_text()[1].removeprefix("sealgate_").partition("_")[2]
    with pytest.raises(TokenError):
        Watched(tmp_path / "t.json").scopes(f"sealgate_{key_id}_{secret}")


def test_a_token_ends_at_its_second(tmp_path: Path) -> None:
    _, text = add(tmp_path / "t.json", Scope.DRAFTS, expires=NOW + 1)
    access = Watched(tmp_path / "t.json").guard.access
    caller = access.caller(text, NOW)
    assert access.stands(caller, NOW)
    assert not access.stands(caller, NOW + 1)
    with pytest.raises(TokenError) as ended:
        access.caller(text, NOW + 1)
    assert ended.value.why == "expired"


def test_a_token_that_was_taken_back_ends_for_those_who_are_in_already(tmp_path: Path) -> None:
    path = tmp_path / "t.json"
    key_id, text = add(path, Scope.DRAFTS)
    _, other = add(path, Scope.AUDIT)
    guard = Watched(path).guard
    caller, another = guard.access.caller(text, NOW), guard.access.caller(other, NOW)
    with changing(path) as keys:
        del keys[key_id]
    guard.refresh()
    assert not guard.access.stands(caller, NOW)
    assert guard.access.stands(another, NOW)


def test_scopes_that_were_taken_away_are_gone_at_once(tmp_path: Path) -> None:
    path = tmp_path / "t.json"
    key_id, text = add(path, Scope.DRAFTS)
    guard = Watched(path).guard
    caller = guard.access.caller(text, NOW)
    with changing(path) as keys:
        key = keys[key_id]
        keys[key_id] = ApiKey(key.id, key.digest, frozenset(), key.created)
    guard.refresh()
    assert not guard.access.stands(caller, NOW)
    assert guard.access.caller(text, NOW).scopes == {Scope.READ}


@pytest.mark.parametrize("spoil", ["remove", "garble"])
def test_while_the_file_cannot_be_read_no_token_counts(tmp_path: Path, spoil: str) -> None:
    path = tmp_path / "t.json"
    _, text = add(path, Scope.DRAFTS)
    watched, good = Watched(path), path.read_bytes()
    path.unlink() if spoil == "remove" else path.write_bytes(b"{")
    watched.guard.refresh()
    assert [type(told) for told in watched.told] == [TokenFileError]
    assert watched.scopes(None) == {Scope.READ}
    with pytest.raises(TokenError):
        watched.scopes(text)
    path.write_bytes(good)
    watched.guard.refresh()
    assert watched.told[1:] == [None]
    assert Scope.DRAFTS in watched.scopes(text)


def test_a_file_that_did_not_change_is_not_read_again(tmp_path: Path) -> None:
    add(tmp_path / "t.json", Scope.DRAFTS)
    watched = Watched(tmp_path / "t.json")
    access = watched.guard.access
    watched.guard.refresh()
    assert watched.guard.access is access
    assert watched.told == []
