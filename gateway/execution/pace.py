"""What one execution may take of the process: fields in all, and fields before others have a turn.

graphql-core completes whatever it has values for in one go, and until it is through, no other
client is served and no deadline can strike. Here an execution lets go of the event loop after
some fields, and goes on when everybody else had a turn.
"""

from __future__ import annotations

import asyncio
import inspect
from collections import deque
from typing import Any

from graphql import GraphQLObjectType
from graphql.execution.incremental import IncrementalExecutor
from graphql.pyutils import AwaitableOrValue, Path

from gateway.errors import QueryError
from gateway.execution.limits import too_large
from gateway.execution.rota import Rota

# Fields that are completed in one go. A field takes some 3 to 30 microseconds.
STRETCH = 1000


class Pace:
    """Counts the fields of one execution. most: how many there may be, whatever was estimated;
    rota: where executions wait for each other after their first stretch.

    refusal: why the execution must not go on; None as long as it may.
    """

    def __init__(self, most: int, stretch: int = STRETCH, rota: Rota | None = None) -> None:
        self.refusal: QueryError | None = None
        self._most = most
        self._stretch = stretch
        self._spent = 0
        self._left = stretch
        self._waiting: deque[tuple[int, asyncio.Future[None]]] = deque()
        self._loop = asyncio.get_running_loop()
        self._rota = rota or Rota()

    def take(self, fields: int) -> asyncio.Future[None] | None:
        """None if so many fields may be completed now, or what to wait for first.

        Raises QueryError(OPERATION_TOO_LARGE) once there were more of them than there may be.
        """
        self._spent += fields
        if self._spent > self._most:
            self.refusal = too_large("cost", self._spent, self._most)
            raise self.refusal
        if self._left > 0 and not self._waiting:
            if self._left == self._stretch:
                self._rota.enter(self._next)
            self._left -= fields
            return None
        turn = self._loop.create_future()
        self._waiting.append((fields, turn))
        return turn

    def _next(self) -> bool:
        """Called when it is this execution's turn, as long as something was done in the last."""
        self._left = self._stretch
        while self._waiting and self._left > 0:
            fields, turn = self._waiting.popleft()
            if not turn.done():
                self._left -= fields
                turn.set_result(None)
        if self._left == self._stretch:
            return False
        self._rota.enter(self._next)
        return True


class PacedExecutor(IncrementalExecutor):
    """graphql-core's own executor, at the pace that is handed to `execute`."""

    def __init__(self, *args: Any, pace: Pace, **members: Any) -> None:
        super().__init__(*args, **members)
        self._pace = pace

    def execute_fields(
        self,
        parent_type: GraphQLObjectType,
        source_value: Any,
        path: Path | None,
        grouped_field_set: Any,
        position_context: Any,
    ) -> AwaitableOrValue[dict[str, Any]]:
        turn = self._pace.take(len(grouped_field_set))
        members = (parent_type, source_value, path, grouped_field_set, position_context)
        return super().execute_fields(*members) if turn is None else self._later(turn, *members)

    async def _later(self, turn: asyncio.Future[None], *members: Any) -> dict[str, Any]:
        await turn
        found = super().execute_fields(*members)
        return await found if inspect.isawaitable(found) else found
