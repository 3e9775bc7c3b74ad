"""Plans that nobody waits for."""

from __future__ import annotations

import asyncio
from collections.abc import Coroutine
from typing import Any

import pytest
from graphql.execution.values import VariableValues

from gateway.plan.at_hand import RunAtHand, WaitsError, at_once
from gateway.plan.fragments import Kept
from gateway.plan.run import Take

ENDED: list[str] = []


async def value(number: int) -> int:
    return number


async def pausing() -> None:
    try:
        await asyncio.sleep(0)
    finally:
        ENDED.append("pausing")


async def failing() -> None:
    raise KeyError("a")


def run(take: Take = lambda _: None) -> RunAtHand:
    return RunAtHand(None, VariableValues({}, {}), Kept(0), take, lambda _: None)


def test_what_does_not_pause_returns_at_once() -> None:
    assert at_once(value(7)) == 7


def test_what_pauses_is_given_up_in_order() -> None:
    ENDED.clear()
    with pytest.raises(WaitsError):
        at_once(pausing())
    assert ENDED == ["pausing"]


def test_what_fails_fails() -> None:
    with pytest.raises(KeyError):
        at_once(failing())


def test_what_would_be_done_side_by_side_is_done_in_order() -> None:
    assert at_once(run().all([value(1), None, value(2)])) == [1, None, 2]


@pytest.mark.parametrize(("bad", "error"), [(failing, KeyError), (pausing, WaitsError)])
def test_no_coroutine_is_left_over_where_one_does_not_return(
    bad: Any, error: type[Exception]
) -> None:
    """Python would warn of it, and warnings are errors here."""
    work: list[Coroutine[Any, Any, Any]] = [value(1), bad(), value(2)]
    with pytest.raises(error):
        at_once(run().all(work))


def test_whoever_has_taken_too_much_would_have_to_wait() -> None:
    async def turn() -> None:
        """Never comes."""

    waiting = turn()
    with pytest.raises(WaitsError):
        at_once(run(lambda _: waiting).all([value(1)]))
    waiting.close()
