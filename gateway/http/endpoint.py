"""The endpoint `/graphql`."""

from __future__ import annotations

from collections.abc import Awaitable, Callable

from starlette.requests import Request
from starlette.responses import Response

from gateway.errors import QueryError, Reason
from gateway.execution.executor import Executor
from gateway.http.graphiql import page, wants_page
from gateway.http.request import read_operation
from gateway.http.response import JSON, media_type, refuse, respond

# An operation's name is the client's text; the log takes this much of it.
_MAX_NAME = 100

MakeContext = Callable[[], Awaitable[object]]


class GraphQLEndpoint:
    """GET and POST of operations; GET of a browser shows GraphiQL."""

    def __init__(
        self, executor: Executor, make_context: MakeContext, max_body: int, graphiql: bool
    ) -> None:
        self._executor = executor
        self._make_context = make_context
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
            return refuse(error, response_type)
        request.state.operation_name = operation.name and operation.name[:_MAX_NAME]
        answer = await self._executor.answer(operation, self._make_context)
        response = respond(answer, response_type)
        # What is visible can change with a key, at any moment.
        response.headers["cache-control"] = "no-cache"
        response.headers["vary"] = "Accept"
        return response
