"""A subscription in process, taken as the transports take it."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import aclosing, asynccontextmanager
from typing import Any

from gateway.app import Gateway
from gateway.execution.executor import Answer, Operation, Prepared
from gateway.execution.subscription import Deliveries, Delivery, subscribe
from gateway.front import executor_for

PATIENCE = 30.0


class Subscriber:
    def __init__(self, deliveries: Deliveries) -> None:
        self._deliveries = deliveries

    async def prepared(self) -> Delivery:
        """The next answer, not claimed yet; the bound keeps a failure from hanging."""
        async with asyncio.timeout(PATIENCE):
            return await anext(self._deliveries)

    async def document(self) -> dict[str, Any]:
        """The next answer that could be sent."""
        while not (delivery := await self.prepared()).claim():
            pass
        return delivery.answer.document

    async def next(self) -> Any:
        """The value of the only field of the next answer."""
        document = await self.document()
        assert "errors" not in document, document
        (value,) = document["data"].values()
        return value


async def begin(gateway: Gateway, query: str, **variables: Any) -> Deliveries | Answer:
    executor = executor_for(gateway.settings, gateway.observation)
    prepared = executor.prepare(Operation(query, variables))
    assert isinstance(prepared, Prepared), prepared
    return await subscribe(executor, prepared, gateway.subscription_context)


@asynccontextmanager
async def subscribed(gateway: Gateway, query: str, **variables: Any) -> AsyncIterator[Subscriber]:
    begun = await begin(gateway, query, **variables)
    assert not isinstance(begun, Answer), begun
    async with aclosing(begun):
        yield Subscriber(begun)
