"""One execution of a plan."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Coroutine, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Generic, TypeVar

from graphql.execution.values import VariableValues

from gateway.plan.arguments import Arguments
from gateway.plan.fragments import Kept

C = TypeVar("C")

Spawn = Callable[[Coroutine[Any, Any, Any]], Any]
# Told of fields that are about to be completed; what to wait for first, if anything.
Take = Callable[[int], Awaitable[None] | None]

# What it takes to wait for a field, in fields that are there at once.
AWAITED = 2


# A plan does not let go of the event loop while it has values, so it leaves long answers to the
# reference executor, which does. A field takes up to a microsecond.
MAX_FIELDS = 20_000


@dataclass(frozen=True)
class Info(Generic[C]):
    """What resolvers may know of the operation: its context, and nothing else."""

    context: C


class Run:
    """What the functions of a plan share: they know it as `x`.

    left: how many more fields of objects may be completed before it is too much for one stretch.
    """

    def __init__(
        self, context: object, variables: VariableValues, fragments: Kept, take: Take, spawn: Spawn
    ) -> None:
        self.info = Info(context)
        self.fragments = fragments
        self.left = MAX_FIELDS
        self._variables = variables
        self._take = take
        self._spawn = spawn
        self._given: dict[str, Mapping[str, Any]] = {}

    def given(self, name: str, arguments: Arguments) -> Mapping[str, Any]:
        """The arguments of a field that variables decide: the same for every object it is asked
        of, so that they are read once."""
        found = self._given.get(name)
        if found is None:
            found = self._given[name] = arguments.values(self._variables)
        return found

    async def all(self, awaited: Sequence[Coroutine[Any, Any, Any] | None]) -> list[Any]:
        """The results, in order; side by side, so that look-ups of one level meet in a batch."""
        tasks = []
        for one in awaited:
            turn = self._take(AWAITED)
            if turn is not None:
                await turn
            tasks.append(None if one is None else self._spawn(one))
        return [None if task is None else await task for task in tasks]
