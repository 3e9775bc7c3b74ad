"""Whether a client takes its bytes: what counts as taking."""

from __future__ import annotations

import asyncio

import pytest

from gateway.server.limits import LEAST_TAKEN
from gateway.server.outflow import Outflow

PATIENCE = 10.0


class Waiting(asyncio.Transport):
    """A transport of which all that matters is how many bytes wait."""

    def __init__(self) -> None:
        super().__init__()
        self.size = 0

    def get_write_buffer_size(self) -> int:
        return self.size


@pytest.mark.parametrize(
    ("sizes", "stuck"),
    [
        ([0] * 30, False),
        ([100_000] * 30, True),
        ([100_000 - n for n in range(30)], True),
        ([100_000 + 1000 * n for n in range(30)], True),
        ([1_000_000 - n * LEAST_TAKEN for n in range(30)], False),
        ([100_000] * 8 + [90_000] * 8, False),
        ([100_000] * 8 + [0] + [100_000] * 8, False),
    ],
    ids=["idle", "nothing", "a_byte", "more_waits", "enough", "late", "another_answer"],
)
def test_a_client_is_stuck_when_it_took_next_to_nothing(sizes: list[int], stuck: bool) -> None:
    transport = Waiting()
    outflow = Outflow(transport, 0.0)
    found = []
    for second, transport.size in enumerate(sizes):
        found.append(outflow.is_stuck(float(second), PATIENCE))
    assert any(found) is stuck
