"""What is looked up once in a round of the event loop."""

from __future__ import annotations

import asyncio
from itertools import count

from gateway.moment import Moment


def test_in_one_round_it_is_asked_once() -> None:
    moment = Moment(count().__next__)

    async def ask() -> list[int]:
        return [moment(), moment(), moment()]

    assert asyncio.run(ask()) == [0, 0, 0]


def test_in_the_next_round_it_is_asked_again() -> None:
    moment = Moment(count().__next__)

    async def ask() -> list[int]:
        found = [moment()]
        await asyncio.sleep(0)
        return [*found, moment()]

    assert asyncio.run(ask()) == [0, 1]


def test_another_loop_has_rounds_of_its_own() -> None:
    """Even where the first one was stopped before its round was over."""
    moment = Moment(count().__next__)

    async def ask() -> int:
        return moment()

    assert [asyncio.run(ask()) for _ in range(3)] == [0, 1, 2]
