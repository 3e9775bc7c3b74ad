"""A file is replaced as a whole, or stays as it was."""

from __future__ import annotations

import os
import stat
from pathlib import Path

import pytest

from gateway.replacement import replacing


def replace(path: Path, mode: int | None = 0o644, data: bytes = b"new") -> None:
    with replacing(path, mode) as file:
        file.write(data)


def mode_of(path: Path) -> int:
    return stat.S_IMODE(path.stat().st_mode)


@pytest.fixture
def old(tmp_path: Path) -> Path:
    path = tmp_path / "x"
    path.write_bytes(b"old")
    path.chmod(0o640)
    return path


def test_the_old_content_stands_until_the_block_has_ended(old: Path) -> None:
    with replacing(old, 0o644) as file:
        file.write(b"new")
        file.flush()
        assert old.read_bytes() == b"old"
    assert old.read_bytes() == b"new"
    assert list(old.parent.iterdir()) == [old]


@pytest.mark.parametrize("mode", [0o644, 0o600, None])
def test_a_file_that_was_there_leaves_its_mode(old: Path, mode: int | None) -> None:
    replace(old, mode)
    assert mode_of(old) == 0o640


@pytest.mark.parametrize("mode", [0o600, 0o644, 0o666])
def test_a_new_file_has_the_mode_that_was_wanted_whatever_the_umask(
    tmp_path: Path, mode: int
) -> None:
    before = os.umask(0o077)
    try:
        replace(tmp_path / "x", mode)
    finally:
        os.umask(before)
    assert mode_of(tmp_path / "x") == mode


def test_what_is_half_written_is_for_its_owner_alone(old: Path) -> None:
    old.chmod(0o666)
    with replacing(old, 0o666, ".half-"):
        (half,) = old.parent.glob(".half-*")
        assert mode_of(half) == 0o600


def test_a_file_that_must_be_there_is_not_made_anew(tmp_path: Path) -> None:
    with pytest.raises(FileNotFoundError):
        replace(tmp_path / "x", None)
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("failure", [KeyError, OSError, KeyboardInterrupt])
def test_a_block_that_fails_leaves_what_was_there_and_no_other(
    old: Path, failure: type[BaseException]
) -> None:
    with pytest.raises(failure):
        _half(old, failure)
    assert (old.read_bytes(), list(old.parent.iterdir())) == (b"old", [old])


def _half(path: Path, failure: type[BaseException]) -> None:
    with replacing(path, 0o644) as file:
        file.write(b"half")
        raise failure


@pytest.mark.parametrize("call", ["fsync", "fchmod", "replace"])
def test_a_system_that_refuses_leaves_what_was_there_and_no_other(
    old: Path, monkeypatch: pytest.MonkeyPatch, call: str
) -> None:
    def fail(*_: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(os, call, fail)
    with pytest.raises(OSError, match="No space"):
        replace(old)
    monkeypatch.undo()
    assert (old.read_bytes(), list(old.parent.iterdir())) == (b"old", [old])


def test_the_failure_is_told_also_where_the_half_is_gone_already(old: Path) -> None:
    with pytest.raises(KeyError):
        _lost(old)


def _lost(path: Path) -> None:
    with replacing(path, 0o644, ".half-"):
        next(path.parent.glob(".half-*")).unlink()
        raise KeyError


def test_the_content_is_on_the_disk_before_it_takes_the_name(
    old: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    done: list[tuple[str, int]] = []
    fsync, take = os.fsync, os.replace

    def synced(descriptor: int) -> None:
        done.append(("fsync", os.fstat(descriptor).st_size))
        fsync(descriptor)

    def taken(source: str, target: Path) -> None:
        done.append(("replace", os.stat(source).st_size))
        take(source, target)

    monkeypatch.setattr(os, "fsync", synced)
    monkeypatch.setattr(os, "replace", taken)
    replace(old, data=b"four")
    assert done == [("fsync", 4), ("replace", 4)]


def test_a_link_is_replaced_and_its_target_stays(old: Path) -> None:
    link = old.with_name("link")
    link.symlink_to(old)
    replace(link)
    assert not link.is_symlink()
    assert (link.read_bytes(), old.read_bytes()) == (b"new", b"old")
