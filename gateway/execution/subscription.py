"""Subscriptions: one execution for each event of a source (GraphQL specification, section 6.2.3).

Each event brings the context in which its fields are resolved, so that nothing is carried over
from one event to the next.
"""

from __future__ import annotations

import inspect
from collections.abc import AsyncGenerator, AsyncIterable
from contextlib import aclosing
from dataclasses import dataclass
from typing import Protocol, cast

from graphql import ExecutionResult, create_source_event_stream
from graphql import Executor as SourceExecutor

from gateway.errors import Reason
from gateway.execution.errors import format_error
from gateway.execution.executor import (
    Answer,
    Executor,
    MakeContext,
    Prepared,
    refused,
    refused_by,
)


class Event(Protocol):
    """What the field of a subscription yields.

    claim: called at the moment of handing over; after False nothing may be sent, and the source
    yields the event anew, as it is by then.
    """

    context: object
    value: object

    def claim(self) -> bool: ...


@dataclass(frozen=True)
class Delivery:
    """An answer that is ready to be sent, if `claim` allows it at that moment."""

    answer: Answer
    event: Event | None = None

    def claim(self) -> bool:
        """False: what it says was judged by keys or at a time that no longer hold; drop it."""
        return self.event is None or self.event.claim()


Deliveries = AsyncGenerator[Delivery, None]


async def one(answer: Answer) -> Deliveries:
    """The deliveries of an operation that has a single answer."""
    yield Delivery(answer)


async def subscribe(
    executor: Executor, prepared: Prepared, make_context: MakeContext
) -> Deliveries | Answer:
    """Begin a subscription; what happens after this has returned is told.

    An Answer says why it did not begin. The deliveries end with an answer that was not executed
    if the source fails. Never raises but for cancellation.
    """
    try:
        async with executor.in_time():
            source = await _source(executor, prepared, await make_context())
    except Exception as error:  # noqa: BLE001  whatever it is, no client may see it
        return refused_by(error)
    if isinstance(source, ExecutionResult):
        errors = source.errors or ()
        return refused([format_error(error, Reason.BAD_USER_INPUT) for error in errors])
    return _deliveries(executor, prepared, cast("AsyncGenerator[Event, None]", source))


async def _source(
    executor: Executor, prepared: Prepared, context: object
) -> AsyncIterable[object] | ExecutionResult:
    built = SourceExecutor.build(
        executor.schema,
        prepared.document,
        context_value=context,
        raw_variable_values=dict(prepared.operation.variables or {}),
        operation_name=prepared.operation.name,
    )
    if isinstance(built, list):
        return ExecutionResult(None, built)
    found = create_source_event_stream(built)
    return await found if inspect.isawaitable(found) else found


async def _deliveries(
    executor: Executor, prepared: Prepared, source: AsyncGenerator[Event, None]
) -> Deliveries:
    async with aclosing(source):
        try:
            async for event in source:
                yield Delivery(await _execute(executor, prepared, event), event)
        except Exception as error:  # noqa: BLE001  whatever it is, no client may see it
            yield Delivery(refused_by(error))


async def _execute(executor: Executor, prepared: Prepared, event: Event) -> Answer:
    async def context() -> object:
        return event.context

    return await executor.execute(prepared, context, event.value)
