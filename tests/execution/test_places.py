"""How many operations are executed at once."""

from __future__ import annotations

import asyncio

import pytest

from gateway.errors import QueryError, Reason
from gateway.execution.places import Places


def run(test: object) -> None:
    asyncio.run(asyncio.wait_for(test, 10))  # type: ignore[arg-type]


async def ready() -> None:
    """Let everybody else go as far as they get."""
    for _ in range(10):
        await asyncio.sleep(0)


async def stay(places: Places, leave: asyncio.Event, *, patient: bool = False) -> None:
    async with places.hold(patient=patient):
        await leave.wait()


def test_who_comes_later_waits_in_order() -> None:
    async def scene() -> None:
        places, order = Places(1, 10, 10), []
        leave = asyncio.Event()

        async def one(name: str) -> None:
            async with places.hold():
                order.append(name)
                await leave.wait()

        tasks = [asyncio.create_task(one(name)) for name in "abc"]
        await ready()
        assert order == ["a"]
        leave.set()
        await asyncio.gather(*tasks)
        assert order == ["a", "b", "c"]

    run(scene())


def test_beyond_the_queue_there_is_a_refusal_at_once() -> None:
    async def scene() -> None:
        places, leave = Places(1, 1, 10), asyncio.Event()
        tasks = [asyncio.create_task(stay(places, leave)) for _ in range(2)]
        await ready()
        with pytest.raises(QueryError) as caught:
            await stay(places, leave)
        assert caught.value.code is Reason.OVERLOADED
        promised = asyncio.create_task(stay(places, leave, patient=True))
        await ready()
        leave.set()
        await asyncio.gather(*tasks, promised)

    run(scene())


def test_nobody_waits_for_longer_than_they_may() -> None:
    async def scene() -> None:
        places, leave = Places(1, 1, 0.001), asyncio.Event()
        task = asyncio.create_task(stay(places, leave))
        await ready()
        with pytest.raises(QueryError) as caught:
            await stay(places, leave)
        assert caught.value.code is Reason.OVERLOADED
        leave.set()
        await task

    run(scene())


def test_who_is_cancelled_leaves_place_and_queue() -> None:
    async def scene() -> None:
        places, never, leave = Places(1, 1, 10), asyncio.Event(), asyncio.Event()
        leave.set()
        for _ in range(3):
            tasks = [asyncio.create_task(stay(places, never)) for _ in range(2)]
            await ready()
            for task in tasks:
                task.cancel()
            await asyncio.gather(*tasks, return_exceptions=True)
        await stay(places, leave)

    run(scene())
