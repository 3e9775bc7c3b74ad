"""Who has much to do takes turns with others who have; who has little waits for none of them."""

from __future__ import annotations

import asyncio

from gateway.execution.pace import Pace
from gateway.execution.rota import Rota


async def rounds(stop: asyncio.Event, counted: list[int]) -> None:
    while not stop.is_set():
        counted.append(0)
        await asyncio.sleep(0)


async def execution(pace: Pace, fields: int, counted: list[int]) -> None:
    """Fields that want to be completed one by one."""
    for _ in range(fields):
        turn = pace.take(1)
        if turn is not None:
            await turn
        counted[-1] += 1


def test_of_many_long_executions_one_gets_a_stretch_in_a_round() -> None:
    async def scene() -> None:
        rota, stop, counted = Rota(), asyncio.Event(), [0]
        watching = asyncio.create_task(rounds(stop, counted))
        paces = [Pace(10_000, 10, rota) for _ in range(16)]
        await asyncio.gather(*(execution(pace, 100, counted) for pace in paces))
        stop.set()
        await watching
        assert sum(counted) == 1600
        # Each has its first ten at once; a turn of the rota lets two rounds of tasks pass.
        assert max(counted[2:]) <= 20

    asyncio.run(scene())


def test_who_fits_into_one_stretch_waits_for_nobody() -> None:
    async def scene() -> None:
        rota, counted = Rota(), [0]
        paces = [Pace(100_000, 10, rota) for _ in range(16)]
        long = [asyncio.create_task(execution(pace, 5000, counted)) for pace in paces]
        await asyncio.sleep(0)
        before = sum(counted)
        await asyncio.wait_for(asyncio.create_task(execution(Pace(100, 10, rota), 10, counted)), 9)
        assert sum(counted) - before < 100
        for task in long:
            task.cancel()
        await asyncio.gather(*long, return_exceptions=True)

    asyncio.run(scene())


def test_turns_are_given_in_the_order_in_which_they_were_asked_for() -> None:
    async def scene() -> None:
        rota = Rota()
        order: list[int] = []

        async def one(number: int) -> None:
            await rota.turn()
            order.append(number)

        await asyncio.gather(*(one(number) for number in range(10)))
        assert order == list(range(10))
        await rota.turn()  # and it goes on after it came to rest

    asyncio.run(scene())


def test_who_does_not_wait_any_more_takes_nobodys_turn() -> None:
    async def scene() -> None:
        rota = Rota()
        gone = asyncio.create_task(rota.turn())
        await asyncio.sleep(0)
        gone.cancel()
        await rota.turn()
        assert gone.cancelled()

    asyncio.run(scene())
