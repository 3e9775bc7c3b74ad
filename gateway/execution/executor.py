"""Parsing, bounding, validating and executing one operation with graphql-core."""

from __future__ import annotations

import asyncio
import inspect
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Any

from graphql import (
    DocumentNode,
    ExecutionResult,
    GraphQLSchema,
    OperationType,
    execute,
)

from gateway.errors import QueryError, Reason, SealgateError
from gateway.execution.checker import Checker, DocumentError
from gateway.execution.errors import error_document, format_error, mask
from gateway.execution.limits import Limits
from gateway.execution.pace import Pace, PacedExecutor
from gateway.execution.scale import check_variables

MakeContext = Callable[[], Awaitable[object]]


@dataclass(frozen=True)
class Operation:
    """A GraphQL request, whatever carried it (GraphQL over HTTP, section 5.1)."""

    query: str
    variables: Mapping[str, Any] | None = None
    name: str | None = None


@dataclass(frozen=True)
class Answer:
    """document: the response map; executed: False for request errors, which have no data."""

    document: dict[str, Any]
    executed: bool


@dataclass(frozen=True)
class Prepared:
    """An operation that was parsed, weighed and validated.

    type: what kind of operation it is; cost: what the document comes to at most, whatever values
    its variables have.
    """

    document: DocumentNode
    operation: Operation
    type: OperationType
    cost: int = 0


class Executor:
    """Answers operations on one schema. deadline is in seconds, for one whole execution."""

    def __init__(
        self,
        schema: GraphQLSchema,
        limits: Limits,
        deadline: float,
        *,
        introspection: bool = True,
        announce_cost: bool = False,
    ) -> None:
        self.schema = schema
        self._checker = Checker(schema, limits, introspection=introspection)
        self._limits = limits
        self._deadline = deadline
        self._introspection = introspection
        self._announce_cost = announce_cost

    @property
    def incremental_schema(self) -> GraphQLSchema:
        """What answers in parts are executed on: the schema, and @defer and @stream."""
        return self._checker.incremental_schema

    def prepare(self, operation: Operation) -> Prepared | Answer:
        """Never raises: what cannot be executed has been answered with `errors`."""
        try:
            return self._prepare(operation)
        except Exception as error:  # noqa: BLE001  whatever it is, no client may see it
            return refused_by(error)

    async def answer(self, prepared: Prepared, make_context: MakeContext) -> Answer:
        """Never raises but for cancellation: every failure is an answer with `errors`.

        make_context is called once, and only for an operation that is going to be executed.
        """
        try:
            if prepared.type is not OperationType.QUERY:
                raise _not_one_answer(prepared.type)
            return await self.execute(prepared, make_context)
        except Exception as error:  # noqa: BLE001  whatever it is, no client may see it
            return refused_by(error)

    def check(self, text: str) -> Answer | None:
        """Why not every operation of a document could be executed; None if each could."""
        try:
            self._checker.check_all(text)
        except Exception as error:  # noqa: BLE001  whatever it is, it is said in the same form
            return refused_by(error)
        return None

    def _prepare(self, operation: Operation) -> Prepared:
        check_variables(operation.variables, self._limits)
        checked, chosen = self._checker.check(operation.query, operation.name)
        return Prepared(checked.document, operation, chosen.operation, checked.cost)

    async def execute(
        self, prepared: Prepared, make_context: MakeContext, root: object = None
    ) -> Answer:
        """The answer to a query, or to a subscription about the event `root`.

        Raises QueryError(DEADLINE_EXCEEDED) and what make_context raises.
        """
        async with self.in_time():
            pace = self.pace()
            result = execute(
                self.schema,
                prepared.document,
                root_value=root,
                context_value=await make_context(),
                **self.members(prepared, pace),
            )
            if inspect.isawaitable(result):
                result = await result
        if pace.refusal is not None:
            raise pace.refusal
        return _answered(result, self.announcement(prepared))

    def pace(self) -> Pace:
        """For one execution. Estimates can be too low: lists may be longer than most."""
        return Pace(self._limits.cost)

    def members(self, prepared: Prepared, pace: Pace) -> dict[str, Any]:
        """What every way of executing hands to graphql-core."""
        return {
            "variable_values": dict(prepared.operation.variables or {}),
            "operation_name": prepared.operation.name,
            "executor_class": PacedExecutor,
            "hide_suggestions": not self._introspection,
            "pace": pace,
        }

    def announcement(self, prepared: Prepared) -> dict[str, Any]:
        """The members of an answer that say what its operation came to."""
        if not self._announce_cost:
            return {}
        cost = {"requested": prepared.cost, "limit": self._limits.cost}
        return {"extensions": {"cost": cost}}

    @asynccontextmanager
    async def in_time(self) -> AsyncIterator[None]:
        """Raises QueryError(DEADLINE_EXCEEDED) out of a block that waits for too long."""
        try:
            async with asyncio.timeout(self._deadline):
                yield
        except TimeoutError:
            message = f"not finished within {self._deadline:g} seconds"
            raise QueryError(Reason.DEADLINE_EXCEEDED, message) from None


def refused(errors: list[dict[str, Any]]) -> Answer:
    """A request error: nothing was executed, so there is no `data` (specification, 7.1)."""
    return Answer({"errors": errors}, executed=False)


def refused_by(error: Exception) -> Answer:
    """The request error for an exception; one that nobody foresaw is masked."""
    if isinstance(error, DocumentError):
        return refused(error.errors)
    return refused([error_document(error) if isinstance(error, SealgateError) else mask(error)])


def _answered(result: ExecutionResult, announcement: dict[str, Any]) -> Answer:
    errors = [format_error(error, Reason.BAD_USER_INPUT) for error in result.errors or ()]
    if result.data is None and errors and all("path" not in error for error in errors):
        # Variables that could not be coerced: execution never began.
        return refused(errors)
    # `errors` first, as the specification recommends: people reading it should see it.
    document = {"errors": errors} if errors else {}
    return Answer({**document, "data": result.data, **announcement}, executed=True)


def _not_one_answer(found: OperationType) -> QueryError:
    return QueryError(
        Reason.OPERATION_NOT_FOUND,
        f"{found.value} operations have more than one answer",
        hint="Use a WebSocket with graphql-transport-ws, or send Accept: text/event-stream.",
    )
