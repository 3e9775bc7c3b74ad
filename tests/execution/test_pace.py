"""Executions take turns with everything else, and end where they come to too much."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest
from graphql import GraphQLSchema, build_schema, execute, parse
from graphql.pyutils import is_awaitable

from gateway.errors import QueryError
from gateway.execution.pace import Pace, PacedExecutor

SCHEMA = build_schema("type Query {items: [Item!]!} type Item {a: Int b: Int}")
DOCUMENT = parse("{items {a b}}")


def items(number: int) -> dict[str, Any]:
    return {"items": [{"a": each, "b": -each} for each in range(number)]}


async def run(number: int, pace: Pace, schema: GraphQLSchema = SCHEMA) -> Any:
    found = execute(schema, DOCUMENT, items(number), executor_class=PacedExecutor, pace=pace)
    return await found if is_awaitable(found) else found


def test_answers_are_the_same_at_any_pace() -> None:
    async def scene() -> None:
        for number in (0, 1, 4, 5, 6, 100):
            result = await run(number, Pace(10_000, stretch=10))
            assert (result.data, result.errors) == (items(number), None)

    asyncio.run(scene())


def test_what_fits_into_a_stretch_is_done_in_one_go() -> None:
    async def scene() -> None:
        pace = Pace(10_000, stretch=100)
        found = execute(SCHEMA, DOCUMENT, items(40), executor_class=PacedExecutor, pace=pace)
        assert not is_awaitable(found)

    asyncio.run(scene())


def test_others_have_a_turn_after_every_stretch() -> None:
    async def scene() -> None:
        turns = 0

        async def others() -> None:
            nonlocal turns
            while True:
                await asyncio.sleep(0)
                turns += 1

        watching = asyncio.create_task(others())
        await run(500, Pace(10_000, stretch=10))
        watching.cancel()
        assert turns >= 1000 / 10

    asyncio.run(scene())


def test_a_deadline_strikes_between_two_stretches() -> None:
    async def scene() -> None:
        ended = asyncio.create_task(run(5000, Pace(100_000, stretch=10)))
        for _ in range(5):
            await asyncio.sleep(0)
        ended.cancel()
        with pytest.raises(asyncio.CancelledError):
            await ended

    asyncio.run(scene())


def test_an_answer_that_is_longer_than_was_reckoned_with_is_refused() -> None:
    async def scene() -> None:
        pace = Pace(100, stretch=10)
        await run(49, pace)
        assert pace.refusal is None
        pace = Pace(100, stretch=10)
        await run(50, pace)
        assert isinstance(pace.refusal, QueryError)
        assert pace.refusal.details == {"limit": "cost", "found": 101, "allowed": 100}

    asyncio.run(scene())
