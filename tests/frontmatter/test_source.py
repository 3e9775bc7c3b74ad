"""Opening files that may be anything."""

from __future__ import annotations

import errno
import os
from pathlib import Path

import pytest

from gateway.errors import FrontMatterError, Reason
from gateway.frontmatter.source import read_regular


def reason(path: Path, limit: int = 100) -> Reason:
    with pytest.raises(FrontMatterError) as caught:
        read_regular(path, limit)
    assert caught.value.path == str(path)
    return caught.value.code


def test_a_regular_file_is_read_up_to_the_limit(tmp_path: Path) -> None:
    file = tmp_path / "a"
    file.write_bytes(b"x" * 100)
    assert read_regular(file, 100) == b"x" * 100
    assert reason(file, 99) is Reason.FILE_TOO_LARGE


def test_a_file_that_grows_while_it_is_read_is_still_bounded(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    file = tmp_path / "a"
    file.write_bytes(b"x")
    read = os.read
    monkeypatch.setattr(os, "read", lambda fd, size: read(fd, 0) or b"x" * size)
    assert reason(file, 10) is Reason.FILE_TOO_LARGE


def test_a_pipe_without_a_writer_is_refused_at_once(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "fifo")
    assert reason(tmp_path / "fifo") is Reason.FILE_NOT_REGULAR


def test_folders_links_loops_and_devices_are_refused(tmp_path: Path) -> None:
    (tmp_path / "file").write_bytes(b"x")
    (tmp_path / "link").symlink_to("file")
    (tmp_path / "dangling").symlink_to("nowhere")
    (tmp_path / "loop").symlink_to("loop")
    for name in ("link", "dangling", "loop", "."):
        assert reason(tmp_path / name) is Reason.FILE_NOT_REGULAR
    assert reason(Path("/dev/zero")) is Reason.FILE_NOT_REGULAR
    assert reason(tmp_path / "file" / "below") is Reason.FILE_NOT_REGULAR


def test_a_missing_file_and_an_impossible_name_are_told_apart(tmp_path: Path) -> None:
    assert reason(tmp_path / "none") is Reason.FILE_NOT_FOUND
    assert reason(Path("a\0b")) is Reason.PATH_UNUSABLE


def test_a_file_without_permission_is_unreadable(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(*_: object) -> int:
        raise PermissionError(errno.EACCES, "no")

    monkeypatch.setattr(os, "open", refuse)
    assert reason(tmp_path / "a") is Reason.FILE_UNREADABLE
