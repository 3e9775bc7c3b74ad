"""Results go where they are wanted, and nothing else is lost on the way."""

from __future__ import annotations

import os
import stat
from pathlib import Path

import pytest

from gateway.cli.output import opened, write_new
from gateway.errors import SealgateError


def write(path: Path, data: bytes = b"new") -> None:
    with opened(path) as file:
        file.write(data)


def test_a_file_that_was_there_is_replaced_and_keeps_its_mode(tmp_path: Path) -> None:
    path = tmp_path / "x"
    path.write_bytes(b"old")
    path.chmod(0o600)
    write(path)
    assert path.read_bytes() == b"new"
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert list(tmp_path.iterdir()) == [path]


def test_a_failure_in_the_middle_leaves_what_was_there(tmp_path: Path) -> None:
    path = tmp_path / "x"
    path.write_bytes(b"old")
    with pytest.raises(KeyError):
        _half(path)
    assert path.read_bytes() == b"old"
    assert list(tmp_path.iterdir()) == [path]


def _half(path: Path) -> None:
    with opened(path) as file:
        file.write(b"half")
        raise KeyError


def test_a_link_is_followed_and_stays_a_link(tmp_path: Path) -> None:
    target, link = tmp_path / "target", tmp_path / "link"
    target.write_bytes(b"old")
    link.symlink_to(target)
    write(link)
    assert link.is_symlink()
    assert target.read_bytes() == b"new"


def test_a_pipe_is_written_into_and_stays_a_pipe(tmp_path: Path) -> None:
    pipe = tmp_path / "pipe"
    os.mkfifo(pipe)
    reader = os.open(pipe, os.O_RDONLY | os.O_NONBLOCK)
    try:
        write(pipe)
        assert os.read(reader, 10) == b"new"
    finally:
        os.close(reader)
    assert stat.S_ISFIFO(pipe.stat().st_mode)


def test_what_cannot_be_written_is_an_error_that_names_it(tmp_path: Path) -> None:
    with pytest.raises(SealgateError) as caught:
        write(tmp_path / "no" / "x")
    assert caught.value.path == str(tmp_path / "no" / "x")


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="NOT TESTED: there is no full device")
def test_a_full_disk_is_an_error() -> None:
    with pytest.raises(SealgateError, match="no space"):
        write(Path("/dev/full"), b"x" * 100_000)
    assert stat.S_ISCHR(Path("/dev/full").stat().st_mode)


def test_a_new_file_is_never_written_over_another(tmp_path: Path) -> None:
    path = tmp_path / "secret"
    write_new(path, b"1", 0o600)
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    with pytest.raises(SealgateError):
        write_new(path, b"2")
    assert path.read_bytes() == b"1"
