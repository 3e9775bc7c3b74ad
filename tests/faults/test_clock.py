"""The wall clock of the real process jumps: windows of keys follow it, and nothing else does."""

from __future__ import annotations

import os
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from gateway.errors import Reason
from tests.faults.stage import LAST, Stage, running, until, until_well
from tests.faults.witness import watched
from tests.support.process import Server

HOUR, YEAR = 3600, 31_536_000

# Imported by every Python that finds it on its path, before anything else.
SHIFTED = """
import time
from pathlib import Path
_true, _shift = time.time, Path({path!r})
def _wrong():
    return _true() + float(_shift.read_text() or 0)
time.time = _wrong
"""


class Clock:
    def __init__(self, base: Path) -> None:
        self.folder = base / "clock"
        self.folder.mkdir()
        self._shift = self.folder / "shift"
        self.jump(0)
        code = SHIFTED.format(path=str(self._shift))
        (self.folder / "sitecustomize.py").write_text(code, encoding="utf-8")

    def jump(self, seconds: int) -> None:
        """To so many seconds after the true time."""
        staged = self._shift.with_suffix(".new")
        staged.write_text(str(seconds), encoding="ascii")
        staged.replace(self._shift)


@pytest.fixture(scope="module")
def clock(shared: Stage) -> Clock:
    return Clock(shared.base)


@pytest.fixture(scope="module")
def server(shared: Stage, clock: Clock) -> Iterator[Server]:
    path = os.pathsep.join([str(clock.folder), os.environ.get("PYTHONPATH", "")])
    with running(shared, PYTHONPATH=path) as server:
        yield server


def told(server: Server) -> str:
    """What is said of the record: VERIFIED, or why it is withheld."""
    answer = server.post(f'{{article(path: "{LAST}") {{integrity {{status}}}}}}')
    if "errors" in answer:
        return str(answer["errors"][0]["extensions"]["reason"])
    return str(answer["data"]["article"]["integrity"]["status"])


JUMPS = [
    (10 * YEAR, Reason.KEY_EXPIRED),
    (2 * HOUR, Reason.KEY_EXPIRED),
    (-2 * HOUR, Reason.SIGNED_IN_FUTURE),
    (-10 * YEAR, Reason.SIGNED_IN_FUTURE),
]


@pytest.mark.parametrize(("seconds", "reason"), JUMPS)
def test_a_jump_out_of_a_keys_validity_withholds_and_one_back_brings_back(
    shared: Stage, server: Server, clock: Clock, seconds: int, reason: Reason
) -> None:
    assert told(server) == "VERIFIED"
    clock.jump(seconds)
    assert told(server) == reason
    clock.jump(0)
    assert told(server) == "VERIFIED"
    with watched(shared, server) as witness:
        witness.sees(shared.publish())
        until_well(server)


def test_a_clock_that_jumps_to_and_fro_within_the_validity_stalls_nothing(
    shared: Stage, server: Server, clock: Clock
) -> None:
    """Files are followed and answers come, though for the clock it is always another time."""
    with watched(shared, server) as witness:
        for seconds in (60, -60, 200, -200, 0):
            clock.jump(seconds)
            witness.sees(shared.publish())


def test_no_clock_revives_a_revoked_key(shared: Stage, server: Server, clock: Clock) -> None:
    revoked = {"revoked_at": int(time.time()), "reason": "stolen"}
    shared.folder.publisher.write_public(shared.keys, revoked=revoked)
    until(lambda: told(server) == Reason.KEY_REVOKED, "the revocation")
    for seconds in (-HOUR // 2, HOUR // 2, -10 * YEAR, 10 * YEAR, 0):
        clock.jump(seconds)
        assert told(server) != "VERIFIED"
    shared.folder.publisher.write_public(shared.keys)
    until(lambda: told(server) == "VERIFIED", "the end of it")
