"""The endpoint `/graphql`."""

from __future__ import annotations

from graphql import OperationType
from starlette.requests import Request
from starlette.responses import Response

from gateway.errors import QueryError, Reason
from gateway.execution.executor import Answer, Executor, MakeContext, Prepared
from gateway.execution.subscription import Deliveries, one, subscribe
from gateway.http.graphiql import page, wants_page
from gateway.http.request import read_operation
from gateway.http.response import (
    EVENT_STREAM,
    JSON,
    media_type,
    refuse,
    respond,
    takes_events,
)
from gateway.http.sse import EventStream
from gateway.http.streams import StreamLimits, Streams

# An operation's name is the client's text; the log takes this much of it.
_MAX_NAME = 100


class GraphQLEndpoint:
    """GET and POST of operations; GET of a browser shows GraphiQL."""

    def __init__(
        self,
        executor: Executor,
        query_context: MakeContext,
        subscription_context: MakeContext,
        streams: Streams,
        limits: StreamLimits,
        max_body: int,
        graphiql: bool,
    ) -> None:
        self._executor = executor
        self._query_context = query_context
        self._subscription_context = subscription_context
        self._streams = streams
        self._limits = limits
        self._max_body = max_body
        self._graphiql = graphiql

    async def handle(self, request: Request) -> Response:
        if self._graphiql and wants_page(request):
            return page()
        response_type = JSON
        try:
            response_type = media_type(request)
            if request.method not in {"GET", "POST"}:
                raise QueryError(Reason.METHOD_NOT_ALLOWED, "use GET or POST")
            operation = await read_operation(request, self._max_body)
        except QueryError as error:
            # Not even an operation: a status says it better than an event.
            return refuse(error, JSON if response_type == EVENT_STREAM else response_type)
        request.state.operation_name = operation.name and operation.name[:_MAX_NAME]
        prepared = self._executor.prepare(operation)
        if response_type == EVENT_STREAM or (_is_subscription(prepared) and takes_events(request)):
            deliveries = await self._deliveries(prepared)
            return EventStream(deliveries, self._streams, self._limits)
        answer = await self._answer(prepared)
        response = respond(answer, response_type)
        # What is visible can change with a key, at any moment.
        response.headers["cache-control"] = "no-cache"
        response.headers["vary"] = "Accept"
        return response

    async def _answer(self, prepared: Prepared | Answer) -> Answer:
        if isinstance(prepared, Answer):
            return prepared
        return await self._executor.answer(prepared, self._query_context)

    async def _deliveries(self, prepared: Prepared | Answer) -> Deliveries:
        """The answers of a subscription; of anything else, the one that there is."""
        if isinstance(prepared, Prepared) and _is_subscription(prepared):
            found = await subscribe(self._executor, prepared, self._subscription_context)
            return one(found) if isinstance(found, Answer) else found
        return one(await self._answer(prepared))


def _is_subscription(prepared: Prepared | Answer) -> bool:
    return isinstance(prepared, Prepared) and prepared.type is OperationType.SUBSCRIPTION
