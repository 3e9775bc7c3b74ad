"""Parsing, bounding, validating and executing one operation with graphql-core."""

from __future__ import annotations

import asyncio
import inspect
import time
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping, Sequence
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from dataclasses import dataclass
from typing import Any

from graphql import (
    DocumentNode,
    ExecutionResult,
    GraphQLSchema,
    OperationDefinitionNode,
    OperationType,
    execute,
)

from gateway.allowance import CURRENT, Allowance
from gateway.errors import QueryError, Reason, SealgateError, StoreError
from gateway.execution.checker import Checker, DocumentError
from gateway.execution.errors import error_document, format_error, mask
from gateway.execution.limits import Limits, too_large
from gateway.execution.pace import Pace, PacedExecutor
from gateway.execution.places import Places
from gateway.execution.rota import Rota
from gateway.execution.scale import check_variables
from gateway.execution.weight import check_weight
from gateway.plan.plans import Asked, Context, Plans

# Characters of a document that is read in a millisecond or two.
_LONG = 500

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
    its variables have; chosen: the operation of the document, if it is to be had as a plan.
    """

    document: DocumentNode
    operation: Operation
    type: OperationType
    cost: int = 0
    chosen: OperationDefinitionNode | None = None


class Executor:
    """Answers operations on one schema.

    deadline: seconds for one whole execution; index_time: seconds of processor time for which the
    index may work on it; places: where executions wait for each other.
    """

    def __init__(
        self,
        schema: GraphQLSchema,
        limits: Limits,
        deadline: float,
        *,
        index_time: float = 1.0,
        places: Places | None = None,
        introspection: bool = True,
        announce_cost: bool = False,
    ) -> None:
        self.schema = schema
        self.plans = Plans(schema)
        self._checker = Checker(schema, limits, introspection=introspection)
        self._limits = limits
        self._deadline = deadline
        self._index_time = index_time
        self._places = places or Places()
        self._rota = Rota()
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

    async def turn(self, text: str | None) -> None:
        """Before `prepare`, for a text that is long and not known yet: reading it may take some
        milliseconds, in which nobody else is served."""
        if text is not None and len(text) > _LONG and not self._checker.knows(text):
            await self._rota.turn()

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

    def answer_at_hand(
        self, operation: Operation, make_context: Callable[[], Context | None]
    ) -> Answer | None:
        """The answer to a query without errors, if it was checked before and all that it needs is
        at hand. None otherwise, and for whoever would have to wait for others.

        make_context: of a context that lets nobody wait; called at most once.
        """
        found = self._checker.known(operation.query, operation.name)
        if found is None or self._places.is_full:
            return None
        checked, chosen = found
        variables = operation.variables or {}
        try:
            check_variables(variables, self._limits)
        except QueryError:
            return None
        context = make_context()
        asked = Asked(operation.query, checked.document, chosen)
        data = (
            None if context is None else self.plans.at_hand(asked, variables, context, self._take)
        )
        if data is None:
            return None
        document = {"data": data, **self._announced(checked.cost)}
        try:
            self.weighed(document)
        except QueryError:
            return None
        self._checker.hits += 1
        return Answer(document, executed=True)

    def check(self, text: str) -> Answer | None:
        """Why not every operation of a document could be executed; None if each could."""
        try:
            self._checker.check_all(text)
        except Exception as error:  # noqa: BLE001  whatever it is, it is said in the same form
            return refused_by(error)
        return None

    def check_batch(self, batch: Sequence[Prepared | Answer]) -> Answer | None:
        """Why the operations of a batch cannot be executed together; None if they can."""
        cost = sum(one.cost for one in batch if isinstance(one, Prepared))
        most = self._limits.cost
        return refused_by(too_large("cost", cost, most)) if cost > most else None

    def _prepare(self, operation: Operation) -> Prepared:
        check_variables(operation.variables, self._limits)
        checked, chosen = self._checker.check(operation.query, operation.name)
        return Prepared(checked.document, operation, chosen.operation, checked.cost, chosen)

    async def execute(
        self, prepared: Prepared, make_context: MakeContext, root: object = None
    ) -> Answer:
        """The answer to a query, or to a subscription about the event `root`.

        Raises QueryError, DEADLINE_EXCEEDED or OVERLOADED, and what make_context raises.
        """
        # An event that is dropped would be a gap; who subscribed waits for its turn.
        async with self.hold(patient=root is not None), self.in_time():
            context = await make_context()
            if root is None and prepared.chosen is not None and isinstance(context, Context):
                data = await self._planned(prepared, prepared.chosen, context)
                if data is not None:
                    document = {"data": data, **self.announcement(prepared)}
                    return Answer(self.weighed(document), executed=True)
                context = context.afresh()
            pace = self.pace()
            result = execute(
                self.schema,
                prepared.document,
                root_value=root,
                context_value=context,
                **self.members(prepared, pace),
            )
            if inspect.isawaitable(result):
                result = await result
        if pace.refusal is not None:
            raise pace.refusal
        answer = _answered(result, self.announcement(prepared))
        self.weighed(answer.document)
        return answer

    async def _planned(
        self, prepared: Prepared, chosen: OperationDefinitionNode, context: Context
    ) -> dict[str, Any] | None:
        """The response's `data`, if there is a plan for it and nothing goes wrong."""
        asked = Asked(prepared.operation.query, prepared.document, chosen)
        pace = self.pace()
        variables = prepared.operation.variables or {}
        data = await self.plans.data(asked, variables, context, pace.take)
        if pace.refusal is not None:
            raise pace.refusal
        return data

    def weighed(self, document: dict[str, Any]) -> dict[str, Any]:
        """The document, or a part of one. Raises QueryError(OPERATION_TOO_LARGE) for one that is
        too long to be written."""
        check_weight(document, self._limits.answer)
        return document

    def releases(self, prepared: Prepared, part: dict[str, Any]) -> None:
        """Told of each part of an answer before it goes out. Raises QueryError to keep it back."""

    def hold(self, *, patient: bool = False) -> AbstractAsyncContextManager[None]:
        """The block around one execution. Raises QueryError(OVERLOADED)."""
        return self._places.hold(patient=patient)

    def pace(self) -> Pace:
        """For one execution. Estimates can be too low: lists may be longer than most."""
        return Pace(self._limits.cost, rota=self._rota)

    def _take(self, fields: int) -> Awaitable[None] | None:
        """A pace of its own for all that is taken at once: whoever is at hand never pauses."""
        return self.pace().take(fields)

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
        return self._announced(prepared.cost)

    def _announced(self, requested: int) -> dict[str, Any]:
        if not self._announce_cost:
            return {}
        cost = {"requested": requested, "limit": self._limits.cost}
        return {"extensions": {"cost": cost}}

    @asynccontextmanager
    async def in_time(self) -> AsyncIterator[None]:
        """Raises QueryError(DEADLINE_EXCEEDED) out of a block that takes too long.

        Threads that work for the block stop when it ends, however it ends.
        """
        allowance = Allowance(time.monotonic() + self._deadline, self._index_time)
        before = CURRENT.get()
        CURRENT.set(allowance)
        try:
            async with asyncio.timeout(self._deadline):
                yield
        except TimeoutError:
            message = f"not finished within {self._deadline:g} seconds"
            raise QueryError(Reason.DEADLINE_EXCEEDED, message) from None
        finally:
            allowance.end()
            # Not by a token: an answer in parts is resumed in other contexts than it began in.
            CURRENT.set(before)


def refused(errors: list[dict[str, Any]]) -> Answer:
    """A request error: nothing was executed, so there is no `data` (specification, 7.1)."""
    return Answer({"errors": errors}, executed=False)


def refused_by(error: Exception) -> Answer:
    """The request error for an exception; one that nobody foresaw is masked."""
    if isinstance(error, DocumentError):
        return refused(error.errors)
    return refused([error_document(error) if isinstance(error, SealgateError) else mask(error)])


def _answered(result: ExecutionResult, announcement: dict[str, Any]) -> Answer:
    for error in result.errors or ():
        if isinstance(error.original_error, StoreError):
            # Half an answer would be taken for a whole one by whoever reads only `data`, and caches
            # and proxies in front of us would not try again.
            raise error.original_error
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
