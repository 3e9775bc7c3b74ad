"""The file of the audit trail: whole lines, in one order, each bound to the one before."""

from __future__ import annotations

import os
import resource
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from hashlib import sha256
from pathlib import Path

import orjson
import pytest
from hypothesis import given
from hypothesis import strategies as st
from structlog.testing import capture_logs

from gateway.observe.chain import MAX_LINE, NO_LINE, ChainFile, Head
from gateway.observe.proof import Proof, prove
from tests.support.fuzz import fuzz

ROOT = Path(__file__).parents[2]


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "audit.jsonl"


def write(path: Path, count: int, name: str = "x") -> Head:
    file = ChainFile(path)
    for number in range(count):
        file.append({"event": name, "number": number})
    file.close()
    return file.head


@contextmanager
def no_file_larger_than(size: int) -> Iterator[None]:
    """The kernel takes what fits and refuses the rest, as a full disk does. Logs are captured:
    they may go to a file, too."""
    before = resource.getrlimit(resource.RLIMIT_FSIZE)
    ignored = signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
    resource.setrlimit(resource.RLIMIT_FSIZE, (size, before[1]))
    try:
        with capture_logs():
            yield
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, before)
        signal.signal(signal.SIGXFSZ, ignored)


def test_each_line_names_the_digest_of_the_one_before(path: Path) -> None:
    head = write(path, 3)
    lines = path.read_bytes().splitlines()
    entries = [orjson.loads(line) for line in lines]
    assert [entry["seq"] for entry in entries] == [1, 2, 3]
    digests = [sha256(line).hexdigest() for line in lines]
    assert [entry["previous"] for entry in entries] == [NO_LINE, *digests[:2]]
    assert head == Head(3, digests[2])
    assert prove([path]) == Proof(3, 1, continues=False, head=head)
    assert path.stat().st_mode & 0o777 == 0o600


def test_another_process_goes_on_where_this_one_was(path: Path) -> None:
    first, second = ChainFile(path), ChainFile(path)
    for _ in range(3):
        first.append({"event": "a"})
        second.append({"event": "b"})
    assert prove([path]).holds
    assert second.head.seq == 6


def test_processes_that_write_at_once_make_one_chain(path: Path) -> None:
    program = (
        "import sys; from pathlib import Path; from gateway.observe.chain import ChainFile\n"
        "file = ChainFile(Path(sys.argv[1]))\n"
        "for n in range(200): file.append({'event': sys.argv[2], 'n': n})"
    )
    command = [sys.executable, "-c", program, str(path)]
    writers = [subprocess.Popen([*command, name], cwd=ROOT) for name in "abc"]
    assert [writer.wait(60) for writer in writers] == [0, 0, 0]
    proof = prove([path])
    assert proof.holds
    assert proof.lines == proof.head.seq == 600


def test_a_process_that_is_killed_while_it_writes_leaves_a_chain(path: Path) -> None:
    program = (
        "import sys; from pathlib import Path; from gateway.observe.chain import ChainFile\n"
        "file = ChainFile(Path(sys.argv[1]))\n"
        "while True: print(file.append({'event': 'x' * 3000}).seq, flush=True)"
    )
    command = [sys.executable, "-c", program, str(path)]
    told = 0
    for _ in range(3):
        with subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, text=True) as writer:
            assert writer.stdout is not None
            lines = [writer.stdout.readline() for _ in range(50)]
            writer.kill()
            lines += writer.stdout.read().splitlines(keepends=True)
        told = max(int(line) for line in lines if line.endswith("\n"))
        write(path, 1)
        proof = prove([path])
        assert proof.holds
        assert proof.head.seq == proof.lines > told


@pytest.mark.parametrize("room", [0, 1, 40, 150, 151])
def test_a_full_disk_leaves_no_half_line(path: Path, room: int) -> None:
    head = write(path, 2)
    whole = path.read_bytes()
    file = ChainFile(path)
    with no_file_larger_than(len(whole) + room), pytest.raises(OSError):
        file.append({"event": "y" * 500})
    assert path.read_bytes() == whole
    file.append({"event": "z"})
    assert prove([path], head).holds
    assert file.head.seq == 3


def test_a_disk_that_is_full_from_the_start_leaves_nothing(path: Path) -> None:
    file = ChainFile(path)
    with no_file_larger_than(10), pytest.raises(OSError):
        file.append({"event": "x"})
    assert path.read_bytes() == b""
    assert file.append({"event": "x"}).seq == 1


@given(st.data())
@fuzz
def test_half_a_line_of_somebody_who_died_is_cut_off(
    tmp_path_factory: pytest.TempPathFactory, data: st.DataObject
) -> None:
    path = tmp_path_factory.mktemp("chain") / "audit.jsonl"
    write(path, 3)
    whole = path.read_bytes()
    start = whole.rindex(b"\n", 0, -1) + 1
    path.write_bytes(whole[: data.draw(st.integers(start + 1, len(whole) - 1))])
    assert not prove([path]).holds
    write(path, 1, "after")
    proof = prove([path])
    assert proof.holds
    assert proof.head.seq == 3


@pytest.mark.parametrize("tail", [b"127.0.0.1 localhost", b"x" * 3 * MAX_LINE, b"{}"])
def test_what_is_not_ours_is_never_cut(path: Path, tail: bytes) -> None:
    path.write_bytes(tail)
    write(path, 1)
    assert path.read_bytes().startswith(tail + b"\n")
    assert not prove([path]).holds


@given(st.data())
@fuzz
def test_any_byte_that_is_changed_shows(
    tmp_path_factory: pytest.TempPathFactory, data: st.DataObject
) -> None:
    path = tmp_path_factory.mktemp("chain") / "audit.jsonl"
    head = write(path, 4)
    content = bytearray(path.read_bytes())
    place = data.draw(st.integers(0, len(content) - 1))
    content[place] = (content[place] + data.draw(st.integers(1, 255))) % 256
    path.write_bytes(content)
    assert not prove([path], head).holds


@given(st.permutations(range(5)), st.integers(0, 5))
@fuzz
def test_lines_that_are_moved_or_missing_show(
    tmp_path_factory: pytest.TempPathFactory, order: list[int], count: int
) -> None:
    path = tmp_path_factory.mktemp("chain") / "audit.jsonl"
    head = write(path, 5)
    lines = path.read_bytes().splitlines(keepends=True)
    path.write_bytes(b"".join(lines[number] for number in order[:count]))
    proof = prove([path], head)
    is_whole = proof.holds and not proof.continues
    assert is_whole == (order[:count] == list(range(5)))


def test_rotation_goes_on_with_the_chain(path: Path) -> None:
    writers = [ChainFile(path), ChainFile(path)]
    older = path.with_suffix(".1")
    for writer in writers:
        writer.append({"event": "before"})
    path.rename(older)
    for writer in reversed(writers):
        writer.append({"event": "after"})
    assert prove([older, path]).holds
    alone = prove([path])
    assert alone.holds
    assert (alone.first, alone.continues) == (3, True)
    assert not prove([path, older]).holds


def test_a_file_that_was_emptied_shows(path: Path) -> None:
    file = ChainFile(path)
    head = file.append({"event": "x"})
    os.truncate(path, 0)
    assert file.append({"event": "y"}).seq == 2
    assert not prove([path], head).holds


def test_somebody_who_holds_the_lock_does_not_stop_us_for_ever(path: Path) -> None:
    import fcntl  # noqa: PLC0415

    write(path, 1)
    with path.open("rb") as held:
        fcntl.flock(held, fcntl.LOCK_EX)
        with pytest.raises(TimeoutError):
            ChainFile(path).append({"event": "x"})
    write(path, 1)
    assert prove([path]).lines == 2


def test_what_is_no_file_is_refused(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe")
    for path in (tmp_path, tmp_path / "pipe", tmp_path / "none" / "a"):
        with pytest.raises(OSError):
            ChainFile(path).append({"event": "x"})
