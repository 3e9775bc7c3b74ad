"""The endpoint `/graphql`."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from functools import partial

from graphql import OperationType
from starlette.requests import Request
from starlette.responses import Response

from gateway.access.caller import Caller
from gateway.errors import QueryError, Reason
from gateway.execution.executor import Answer, Executor, MakeContext, Prepared
from gateway.execution.incremental import defers, deliver, whole
from gateway.execution.subscription import Deliveries, one, subscribe
from gateway.http.abandoned import while_connected
from gateway.http.caching import Conditional, Freshness, Origin, not_stored
from gateway.http.graphiql import page, wants_page
from gateway.http.identity import caller_of
from gateway.http.multipart import form_asked_for, framing
from gateway.http.persisted import Documents
from gateway.http.request import MAX_NAME, Asked, read_request
from gateway.http.response import (
    EVENT_STREAM,
    JSON,
    media_type,
    refuse,
    respond,
    respond_to_batch,
    takes_events,
)
from gateway.http.sse import EVENTS
from gateway.http.streaming import Framing, StreamedAnswer
from gateway.http.streams import StreamLimits, Streams, full
from schema.context import Context


@dataclass(frozen=True)
class Bounds:
    """Of one request. body: in bytes; batch: operations that may be sent in one."""

    body: int = 1 << 17
    batch: int = 1


class GraphQLEndpoint:
    """GET, HEAD and POST of operations; GET of a browser shows GraphiQL."""

    def __init__(
        self,
        executor: Executor,
        documents: Documents,
        query_context: Callable[[Caller | None], Awaitable[Context]],
        subscription_context: Callable[[Caller | None], Awaitable[object]],
        streams: Streams,
        limits: StreamLimits,
        bounds: Bounds,
        graphiql: bool,
        freshness: Freshness,
    ) -> None:
        self._executor = executor
        self._documents = documents
        self._conditional = Conditional(executor, query_context, freshness)
        self._query_context = query_context
        self._subscription_context = subscription_context
        self._streams = streams
        self._limits = limits
        self._bounds = bounds
        self._graphiql = graphiql

    async def handle(self, request: Request) -> Response:
        response = (
            page() if self._graphiql and wants_page(request) else await self._respond(request)
        )
        if request.method == "HEAD":
            response.body = b""  # the headers still say how long it would be
        return response

    async def _respond(self, request: Request) -> Response:
        response_type = JSON
        try:
            response_type = media_type(request)
            if request.method not in {"GET", "HEAD", "POST"}:
                raise QueryError(Reason.METHOD_NOT_ALLOWED, "use GET or POST")
            asked = await read_request(request, self._bounds.body, self._bounds.batch)
        except QueryError as error:
            # Not even an operation: a status says it better than an event.
            return not_stored(refuse(error, _without_events(response_type)))
        work = (
            self._answer_batch(caller_of(request), asked, response_type)
            if isinstance(asked, list)
            else self._answer_one(request, asked, response_type)
        )
        return await while_connected(request, work)

    async def _answer_batch(
        self, caller: Caller | None, asked: list[Asked], response_type: str
    ) -> Response:
        """One answer for each operation; together they may cost what one may alone."""
        prepared = [self._documents.prepare(one) for one in asked]
        refusal = self._executor.check_batch(prepared)
        if refusal is not None:
            return not_stored(respond(refusal, response_type))
        context = partial(self._query_context, caller)
        answers = await asyncio.gather(*(self._answer(one, context) for one in prepared))
        return not_stored(respond_to_batch(answers, _without_events(response_type)))

    async def _answer_one(self, request: Request, asked: Asked, response_type: str) -> Response:
        request.state.operation_name = asked.name and asked.name[:MAX_NAME]
        await self._executor.turn(asked.query)
        prepared, caller = self._documents.prepare(asked), caller_of(request)
        if response_type == EVENT_STREAM or (_is_subscription(prepared) and takes_events(request)):
            if request.method == "HEAD":
                return _without_head()
            if self._streams.is_full:
                return not_stored(refuse(full()))
            return self._streamed(await self._deliveries(caller, prepared), EVENTS)
        form = form_asked_for(request)
        if form is not None and isinstance(prepared, Prepared) and _is_deferred(prepared):
            if request.method == "HEAD":
                return _without_head()
            context = partial(self._query_context, caller)
            parts = deliver(self._executor, prepared, context, form)
            return self._streamed(parts, framing(form))
        if isinstance(prepared, Prepared) and _is_conditional(request, prepared):
            query = whole(prepared)
            return await self._conditional.respond(request, query, response_type, caller)
        return not_stored(respond(await self._answer_once(request, prepared), response_type))

    async def _answer_once(self, request: Request, prepared: Prepared | Answer) -> Answer:
        """The answer; where it would be the same another time, the request's state says so."""
        if isinstance(prepared, Answer):
            return prepared
        origins: list[Origin] = []

        async def held() -> Context:
            context = await self._query_context(caller_of(request))
            origins.append(Origin(context.records.reading))
            return context

        answer = await self._executor.answer(whole(prepared), held)
        if origins and "errors" not in answer.document:
            origins[0].note(request)
        return answer

    def _streamed(self, deliveries: Deliveries, framing: Framing) -> Response:
        return StreamedAnswer(deliveries, framing, self._streams, self._limits)

    async def _answer(self, prepared: Prepared | Answer, make_context: MakeContext) -> Answer:
        if isinstance(prepared, Answer):
            return prepared
        return await self._executor.answer(whole(prepared), make_context)

    async def _deliveries(self, caller: Caller | None, prepared: Prepared | Answer) -> Deliveries:
        """The answers of a subscription; of anything else, the one that there is."""
        if isinstance(prepared, Prepared) and _is_subscription(prepared):
            context = partial(self._subscription_context, caller)
            found = await subscribe(self._executor, whole(prepared), context)
            return one(found) if isinstance(found, Answer) else found
        return one(await self._answer(prepared, partial(self._query_context, caller)))


def _without_events(response_type: str) -> str:
    return JSON if response_type == EVENT_STREAM else response_type


def _without_head() -> Response:
    """For HEAD of a stream: nothing may begin that has nobody to end it."""
    return not_stored(refuse(QueryError(Reason.METHOD_NOT_ALLOWED, "streams have no HEAD")))


def _is_conditional(request: Request, prepared: Prepared) -> bool:
    """Whether caches may keep the answer: it is a query, and the URL says all of it."""
    return request.method != "POST" and prepared.type is OperationType.QUERY


def _is_deferred(prepared: Prepared) -> bool:
    return prepared.type is OperationType.QUERY and defers(prepared)


def _is_subscription(prepared: Prepared | Answer) -> bool:
    return isinstance(prepared, Prepared) and prepared.type is OperationType.SUBSCRIPTION
