"""The private folder, what is swept, and what is left alone."""

from __future__ import annotations

import os
import stat
import subprocess
import sys
import tempfile
from pathlib import Path

import pytest

from gateway.errors import Reason, StoreError
from gateway.index import folder as module
from gateway.index.folder import PREFIX, Folder, new_name

KILLED = """
import os, sys
from pathlib import Path
from gateway.index.folder import Folder
folder = Folder(Path(sys.argv[1]))
folder.new_name().write_bytes(b"left")
print(folder.path, flush=True)
sys.stdin.read()
"""


@pytest.fixture(autouse=True)
def _place() -> None:
    """Once is enough: nothing here is about an index."""


@pytest.fixture
def fresh(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Path:
    """A place for temporary files, of a process that made none yet."""
    monkeypatch.setattr(module, "_PRESENT", module._Present())
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    return tmp_path


def left_behind(parent: Path, name: str = "x") -> Path:
    """What a process leaves that is killed."""
    folder = parent / f"{PREFIX}{name}"
    folder.mkdir(mode=0o700)
    (folder / "1.db").write_bytes(b"left")
    (folder / "1.db-wal").write_bytes(b"left")
    return folder


def test_nobody_else_may_enter_it(tmp_path: Path) -> None:
    folder = Folder(tmp_path)
    status = folder.path.stat()
    assert stat.S_IMODE(status.st_mode) == 0o700
    assert status.st_uid == os.geteuid()


def test_it_is_gone_with_what_is_in_it_when_it_is_done_with(tmp_path: Path) -> None:
    folder = Folder(tmp_path)
    folder.new_name().write_bytes(b"some")
    del folder
    assert list(tmp_path.iterdir()) == []


def test_what_a_killed_process_left_behind_is_removed_by_the_next(tmp_path: Path) -> None:
    command = [sys.executable, "-c", KILLED, str(tmp_path)]
    with subprocess.Popen(command, stdin=-1, stdout=-1, text=True) as process:
        assert process.stdout is not None
        name = Path(process.stdout.readline().strip())
        living = Folder(tmp_path)
        assert list(name.iterdir()) == [name / "1.db"], "its process lives"
        process.kill()
    mine = Folder(tmp_path)
    assert not name.exists()
    assert sorted(tmp_path.iterdir()) == sorted([living.path, mine.path])


def test_links_are_not_followed(tmp_path: Path) -> None:
    other, parent = tmp_path / "other", tmp_path / "parent"
    for path in (other, parent):
        path.mkdir()
    (other / "kept").write_bytes(b"kept")
    (parent / f"{PREFIX}link").symlink_to(other)
    folder = left_behind(parent)
    (folder / "2.db").symlink_to(other / "kept")
    (parent / f"{PREFIX}file").write_bytes(b"no folder")
    Folder(parent).remove()
    assert (other / "kept").read_bytes() == b"kept"
    assert {path.name for path in parent.iterdir()} == {f"{PREFIX}link", f"{PREFIX}file"}


def test_what_another_user_left_is_left_alone(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = left_behind(tmp_path)
    monkeypatch.setattr(os, "geteuid", lambda: os.getuid() + 1)
    Folder(tmp_path).remove()
    assert len(list(folder.iterdir())) == 2


def test_folders_in_it_are_nothing_of_ours_and_do_not_stop_anybody(tmp_path: Path) -> None:
    folder = left_behind(tmp_path)
    (folder / "folder").mkdir()
    (folder / "folder" / "kept").write_bytes(b"kept")
    Folder(tmp_path).remove()
    assert (folder / "folder" / "kept").exists()


def test_one_that_was_swept_before_it_was_locked_is_made_again(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    mkdtemp, made = tempfile.mkdtemp, list[str]()

    def swept(**options: str) -> str:
        made.append(mkdtemp(**options))
        if len(made) == 1:
            os.rmdir(made[0])
        return made[-1]

    monkeypatch.setattr(tempfile, "mkdtemp", swept)
    assert Folder(tmp_path).path == Path(made[1])


def test_a_forked_process_takes_nothing_away(tmp_path: Path) -> None:
    folder = Folder(tmp_path)
    module._remove(folder.path, os.dup(2), os.getpid() + 1)
    assert folder.path.is_dir()


def test_names_are_never_the_same(fresh: Path) -> None:
    names = [new_name() for _ in range(3)]
    assert len(set(names)) == 3
    assert {name.parent.parent for name in names} == {fresh}


def test_a_folder_that_somebody_removed_is_made_again(fresh: Path) -> None:
    first = new_name().parent
    first.rmdir()
    assert new_name().parent.is_dir()
    assert fresh.is_dir()


def test_without_a_place_for_it_the_error_says_what_to_do(
    fresh: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(tempfile, "tempdir", str(fresh / "nowhere"))
    with pytest.raises(StoreError) as caught:
        new_name()
    assert caught.value.code is Reason.STORE_UNAVAILABLE
    assert "TMPDIR" in caught.value.hint
