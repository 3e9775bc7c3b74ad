"""Answers in parts: what stands under @defer comes after the rest, as soon as it is ready.

The directive is a proposal for the GraphQL specification. Two forms of its answers are in use: the
present one, which names pending parts by id, and that of August 2022, which repeats their paths.
@stream is understood and answered at once, which the proposal leaves to the server.
"""

from __future__ import annotations

import inspect
from collections.abc import AsyncGenerator, Iterable
from contextlib import aclosing
from dataclasses import replace
from enum import StrEnum
from typing import Any

from graphql import REMOVE, DirectiveNode, GraphQLError, Visitor, visit
from graphql.execution import experimental_execute_incrementally
from graphql.execution.types import (
    CompletedResult,
    ExperimentalIncrementalExecutionResults,
    IncrementalDeferResult,
    PendingResult,
    SubsequentIncrementalExecutionResult,
)

from gateway.errors import Reason
from gateway.execution.errors import format_error
from gateway.execution.executor import Answer, Executor, MakeContext, Prepared, refused_by
from gateway.execution.pace import Pace
from gateway.execution.subscription import Deliveries, Delivery

Part = dict[str, Any]

DEFER, STREAM = "defer", "stream"


class Form(StrEnum):
    """The forms, by the parameter with which clients ask for them."""

    PRESENT = "incrementalspec=v0.2"
    AUGUST_2022 = "deferspec=20220824"


class _Without(Visitor):
    def __init__(self, names: frozenset[str]) -> None:
        super().__init__()
        self._names = names
        self.found: set[str] = set()

    def enter_directive(self, node: DirectiveNode, *_: object) -> Any:
        if node.name.value not in self._names:
            return None
        self.found.add(node.name.value)
        return REMOVE


def whole(prepared: Prepared) -> Prepared:
    """The same operation, to be answered at once."""
    return _without(prepared, DEFER, STREAM)[0]


def defers(prepared: Prepared) -> bool:
    """Whether the operation leaves something for later."""
    return DEFER in _without(prepared, DEFER)[1]


def _without(prepared: Prepared, *names: str) -> tuple[Prepared, set[str]]:
    if not any(f"@{name}" in prepared.operation.query.replace(" ", "") for name in names):
        return prepared, set()
    visitor = _Without(frozenset(names))
    document = visit(prepared.document, visitor)
    return replace(prepared, document=document, chosen=None), visitor.found


async def deliver(
    executor: Executor, prepared: Prepared, make_context: MakeContext, form: Form
) -> Deliveries:
    """The parts of the answer to a query. One deadline holds for all of them."""
    prepared = _without(prepared, STREAM)[0]
    try:
        async with executor.hold(), executor.in_time():
            pace = executor.pace()
            async for part in _parts(executor, prepared, await make_context(), form, pace):
                if pace.refusal is not None:
                    raise pace.refusal
                executor.releases(prepared, executor.weighed(part))
                yield Delivery(Answer(part, executed=True))
    except Exception as error:  # noqa: BLE001  whatever it is, no client may see it
        yield Delivery(Answer({**refused_by(error).document, "hasNext": False}, executed=True))


async def _parts(
    executor: Executor, prepared: Prepared, context: object, form: Form, pace: Pace
) -> AsyncGenerator[Part, None]:
    result = experimental_execute_incrementally(
        executor.incremental_schema,
        prepared.document,
        context_value=context,
        **executor.members(prepared, pace),
    )
    announcement = executor.announcement(prepared)
    if inspect.isawaitable(result):
        result = await result
    if not isinstance(result, ExperimentalIncrementalExecutionResults):
        yield {**_errors(result.errors), "data": result.data, **announcement, "hasNext": False}
        return
    writer = _Present() if form is Form.PRESENT else _August2022()
    first = result.initial_result
    pending = writer.pending(first.pending)
    yield {**_errors(first.errors), "data": first.data, **pending, **announcement, "hasNext": True}
    async with aclosing(result.subsequent_results) as following:
        async for later in following:
            yield writer.later(later)


def _errors(errors: Iterable[GraphQLError] | None) -> Part:
    formatted = [format_error(error, Reason.BAD_USER_INPUT) for error in errors or ()]
    return {"errors": formatted} if formatted else {}


class _Present:
    """Parts as graphql-core has them, but for how errors are formatted."""

    def pending(self, pending: Iterable[PendingResult] | None) -> Part:
        found = [_leave_out(id=p.id, path=p.path, label=p.label) for p in pending or ()]
        return {"pending": found} if found else {}

    def later(self, result: SubsequentIncrementalExecutionResult) -> Part:
        incremental = [
            {
                **_leave_out(id=item.id, subPath=item.sub_path or None),
                "data": item.data,
                **_errors(item.errors),
            }
            for item in result.incremental or ()
            if isinstance(item, IncrementalDeferResult)
        ]
        completed = [{"id": item.id, **_errors(item.errors)} for item in result.completed or ()]
        return {
            **self.pending(result.pending),
            **({"incremental": incremental} if incremental else {}),
            **({"completed": completed} if completed else {}),
            "hasNext": result.has_next,
        }


class _August2022:
    """Each part says where it belongs; that one is complete is not told."""

    def __init__(self) -> None:
        self._pending: dict[str, PendingResult] = {}

    def pending(self, pending: Iterable[PendingResult] | None) -> Part:
        self._pending |= {item.id: item for item in pending or ()}
        return {}

    def later(self, result: SubsequentIncrementalExecutionResult) -> Part:
        self.pending(result.pending)
        parts = [
            self._part(item.id, item.data, item.errors, item.sub_path or [])
            for item in result.incremental or ()
            if isinstance(item, IncrementalDeferResult)
        ]
        parts += [self._failed(item) for item in result.completed or () if item.errors]
        return {**({"incremental": parts} if parts else {}), "hasNext": result.has_next}

    def _part(
        self, pending: str, data: Any, errors: list[GraphQLError] | None, below: list[str | int]
    ) -> Part:
        place = self._pending[pending]
        path = [*place.path, *below]
        return {**_leave_out(label=place.label), "path": path, "data": data, **_errors(errors)}

    def _failed(self, item: CompletedResult) -> Part:
        return self._part(item.id, None, item.errors, [])


def _leave_out(**members: object) -> Part:
    return {name: value for name, value in members.items() if value is not None}
