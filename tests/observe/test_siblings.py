"""Where workers meet, and what becomes of those that do not come."""

from __future__ import annotations

import asyncio
import socket
import stat
import tempfile
from pathlib import Path

import pytest
from structlog.testing import capture_logs

from gateway.observe import siblings
from gateway.observe.siblings import Siblings, meeting_place


async def gather(first: Siblings, *others: Siblings) -> dict[str, bytes]:
    if not others:
        return await first.gather()
    async with others[0].listening():
        return await gather(first, *others[1:])


def test_each_finds_all_that_listen(tmp_path: Path) -> None:
    one, two, three = (Siblings(n, f"[{n}]".encode, tmp_path) for n in range(3))
    found = asyncio.run(gather(one, two, three))
    assert found == {"0": b"[0]", "1": b"[1]", "2": b"[2]"}
    assert list(tmp_path.iterdir()) == []


def test_a_name_that_nobody_answers_to_any_more_is_left_out(tmp_path: Path) -> None:
    with socket.socket(socket.AF_UNIX) as dead:
        dead.bind(str(tmp_path / "1.sock"))
    one = Siblings(0, b"[]".__bytes__, tmp_path)
    assert asyncio.run(gather(one)) == {"0": b"[]"}
    # Whoever comes in its place takes the name over.
    again = Siblings(1, b"[1]".__bytes__, tmp_path)
    assert asyncio.run(gather(one, again)) == {"0": b"[]", "1": b"[1]"}


def test_one_that_accepts_and_says_nothing_is_left_out(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(siblings, "_PATIENCE", 0.05)
    with socket.socket(socket.AF_UNIX) as stuck:
        stuck.bind(str(tmp_path / "1.sock"))
        stuck.listen()
        assert asyncio.run(gather(Siblings(0, b"[]".__bytes__, tmp_path))) == {"0": b"[]"}


def test_a_name_too_long_for_a_socket_leaves_each_to_itself(tmp_path: Path) -> None:
    deep = tmp_path / ("d" * 120)
    deep.mkdir()
    one, two = (Siblings(n, b"[]".__bytes__, deep) for n in range(2))
    with capture_logs() as logs:
        assert asyncio.run(gather(one, two)) == {"0": b"[]"}
    assert [line["event"] for line in logs] == ["metrics_not_shared"]


def test_nobody_else_may_enter_where_they_meet_and_it_is_gone_afterwards() -> None:
    with meeting_place() as folder:
        assert folder is not None
        assert stat.S_IMODE(folder.stat().st_mode) == 0o700
    assert not folder.exists()


def test_without_any_place_to_meet_they_serve_all_the_same(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(tempfile, "tempdir", "/proc/nowhere")
    with capture_logs() as logs, meeting_place() as folder:
        assert folder is None
    assert [line["event"] for line in logs] == ["metrics_not_shared"]
