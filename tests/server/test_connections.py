"""Many connections at once."""

from __future__ import annotations

import resource
import select
from pathlib import Path

import pytest

from tests.support.folder import Folder
from tests.support.wire import GET, POST, Wire, answers, bounded, only, open_files

HELD = 20


def test_five_hundred_connections_on_which_nothing_is_asked_hurt_nobody(folder: Folder) -> None:
    with bounded(folder) as server:
        wires = [Wire(server) for _ in range(500)]
        for wire in wires[::2]:
            wire.send(POST)
            assert wire.reply().status == 200
        assert answers(server)
        for wire in wires:
            wire.send(POST)
            assert wire.reply().status == 200
            wire.socket.close()


def test_who_asks_nothing_makes_room_for_who_does(folder: Folder) -> None:
    """However many come, and however often: some of those that have waited longest are closed."""
    with bounded(folder, max_connections=HELD, rate_limit=0) as server:
        wires = [Wire(server) for _ in range(4 * HELD)]
        for _ in range(2 * HELD):
            assert answers(server)
        closed, _, _ = select.select([wire.socket for wire in wires], [], [], 0)
        assert len(closed) >= 3 * HELD
        for wire in wires:
            wire.socket.close()


def test_where_all_are_at_work_a_further_one_gets_503(folder: Folder) -> None:
    half = POST[:-1]
    with bounded(folder, max_connections=HELD) as server:
        wires = [Wire(server) for _ in range(HELD)]
        for wire in wires:
            wire.send(half.replace(b"\r\n\r\n", b"\r\nexpect: 100-continue\r\n\r\n"))
            assert wire.reply().status == 100  # so it is at work
        with Wire(server) as wire:
            (reply,) = wire.replies()
            assert only([reply]) == (503, "OVERLOADED")
            assert reply.headers["retry-after"] == "1"
        for wire in wires:
            wire.send(POST[-1:])
            assert wire.reply().status == 200
            wire.socket.close()
        assert answers(server)


def test_as_many_files_may_be_open_as_there_may_be_connections(folder: Folder) -> None:
    with bounded(folder, max_connections=5000) as server:
        soft, _ = resource.prlimit(server.process.pid, resource.RLIMIT_NOFILE)
        assert soft > 5000


@pytest.mark.skipif(not Path("/proc/self/fd").exists(), reason="NOT TESTED: no /proc")
def test_no_file_stays_open_for_connections_that_ended(folder: Folder) -> None:
    with bounded(folder) as server:
        with Wire(server) as wire:
            wire.send(GET)
            assert wire.reply().status == 200
        before = open_files(server)
        for _ in range(50):
            for data in (b"", b"GET / HT", POST[:-3], b"\x16\r\n\r\n", GET):
                with Wire(server) as wire:
                    wire.send(data)
        # A request is answered on a later turn of the loop than what came before it.
        assert answers(server)
        assert answers(server)
        assert open_files(server) <= before + 2
