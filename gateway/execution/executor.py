"""Parsing, bounding, validating and executing one operation with graphql-core."""

from __future__ import annotations

import asyncio
import inspect
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Any

from cachetools import LRUCache
from graphql import (
    DocumentNode,
    ExecutionResult,
    GraphQLDeferDirective,
    GraphQLError,
    GraphQLSchema,
    GraphQLStreamDirective,
    OperationDefinitionNode,
    OperationType,
    execute,
    parse,
    validate,
)

from gateway.errors import QueryError, Reason, SealgateError
from gateway.execution.errors import error_document, format_error, mask
from gateway.execution.limits import Limits, check_limits, check_variables

MakeContext = Callable[[], Awaitable[object]]

# Memory for documents that need not be parsed and validated again, in bytes, and what a token of
# one weighs there, rounded up.
_REMEMBERED = 1 << 25
_TOKEN = 600


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
    """An operation that was parsed, weighed and validated; type: what kind of operation it is."""

    document: DocumentNode
    operation: Operation
    type: OperationType


class Executor:
    """Answers operations on one schema. deadline is in seconds, for one whole execution."""

    def __init__(self, schema: GraphQLSchema, limits: Limits, deadline: float) -> None:
        self.schema = schema
        # What documents are validated against, and what answers in parts are executed on: a schema
        # with @defer and @stream is refused by everything else that graphql-core executes.
        self.incremental_schema = _with_incremental_directives(schema)
        self._limits = limits
        self._deadline = deadline
        self._documents: LRUCache[str, DocumentNode] = LRUCache(_REMEMBERED, getsizeof=_weight)

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
            document = self._parse(text)
            if isinstance(document, Answer):
                return document
            for name in _names(document) or [None]:
                prepared = self._prepare(Operation(text, None, name))
                if isinstance(prepared, Answer):
                    return prepared
        except Exception as error:  # noqa: BLE001  whatever it is, it is said in the same form
            return refused_by(error)
        return None

    def _prepare(self, operation: Operation) -> Prepared | Answer:
        document = self._documents.get(operation.query) or self._parse(operation.query)
        if isinstance(document, Answer):
            return document
        check_variables(operation.variables)
        chosen = _select(document, operation.name)
        if operation.query not in self._documents:
            errors = self._validate(document)
            if errors is not None:
                return errors
            self._remember(operation.query, document)
        return Prepared(document, operation, chosen.operation)

    def _parse(self, text: str) -> DocumentNode | Answer:
        """Raises QueryError(OPERATION_TOO_LARGE)."""
        try:
            document = parse(text, max_tokens=self._limits.tokens, allow_empty_selection_sets=False)
        except GraphQLError as error:
            return refused([format_error(error, Reason.GRAPHQL_PARSE_FAILED)])
        except RecursionError:
            raise QueryError(Reason.OPERATION_TOO_LARGE, "nested too deeply to parse") from None
        check_limits(document, self._limits)
        return document

    def _validate(self, document: DocumentNode) -> Answer | None:
        schema = self.incremental_schema
        errors = validate(schema, document, max_errors=20, allow_empty_selection_sets=False)
        code = Reason.GRAPHQL_VALIDATION_FAILED
        return refused([format_error(error, code) for error in errors]) if errors else None

    def _remember(self, text: str, document: DocumentNode) -> None:
        if _weight(document) <= self._documents.maxsize:
            self._documents[text] = document

    async def execute(
        self, prepared: Prepared, make_context: MakeContext, root: object = None
    ) -> Answer:
        """The answer to a query, or to a subscription about the event `root`.

        Raises QueryError(DEADLINE_EXCEEDED) and what make_context raises.
        """
        async with self.in_time():
            result = execute(
                self.schema,
                prepared.document,
                root_value=root,
                context_value=await make_context(),
                variable_values=dict(prepared.operation.variables or {}),
                operation_name=prepared.operation.name,
            )
            if inspect.isawaitable(result):
                result = await result
        return _answered(result)

    @asynccontextmanager
    async def in_time(self) -> AsyncIterator[None]:
        """Raises QueryError(DEADLINE_EXCEEDED) out of a block that waits for too long."""
        try:
            async with asyncio.timeout(self._deadline):
                yield
        except TimeoutError:
            message = f"not finished within {self._deadline:g} seconds"
            raise QueryError(Reason.DEADLINE_EXCEEDED, message) from None


def _weight(document: DocumentNode) -> int:
    """What a parsed document takes in memory, in bytes, rounded up."""
    if document.loc is None:
        return _REMEMBERED + 1
    tokens, token = 0, document.loc.start_token.next
    while token is not None:
        tokens, token = tokens + 1, token.next
    return _TOKEN * (tokens + 1) + 4 * len(document.loc.source.body)


def _with_incremental_directives(schema: GraphQLSchema) -> GraphQLSchema:
    """The same schema, down to its types."""
    members = schema.to_kwargs()
    members["directives"] = (*schema.directives, GraphQLDeferDirective, GraphQLStreamDirective)
    return GraphQLSchema(**members)


def refused(errors: list[dict[str, Any]]) -> Answer:
    """A request error: nothing was executed, so there is no `data` (specification, 7.1)."""
    return Answer({"errors": errors}, executed=False)


def refused_by(error: Exception) -> Answer:
    """The request error for an exception; one that nobody foresaw is masked."""
    return refused([error_document(error) if isinstance(error, SealgateError) else mask(error)])


def _answered(result: ExecutionResult) -> Answer:
    errors = [format_error(error, Reason.BAD_USER_INPUT) for error in result.errors or ()]
    if result.data is None and errors and all("path" not in error for error in errors):
        # Variables that could not be coerced: execution never began.
        return refused(errors)
    # `errors` first, as the specification recommends: people reading it should see it.
    document = {"errors": errors} if errors else {}
    return Answer({**document, "data": result.data}, executed=True)


def _names(document: DocumentNode) -> list[str | None]:
    found = [node for node in document.definitions if isinstance(node, OperationDefinitionNode)]
    return [None if node.name is None else node.name.value for node in found]


def _select(document: DocumentNode, name: str | None) -> OperationDefinitionNode:
    """The operation to execute (specification, section 6.1). Raises QueryError."""
    found = [node for node in document.definitions if isinstance(node, OperationDefinitionNode)]
    if name is not None:
        found = [node for node in found if node.name is not None and node.name.value == name]
    if len(found) != 1:
        message = "name one of the document's operations in operationName"
        raise QueryError(Reason.OPERATION_NOT_FOUND, message)
    if found[0].operation is OperationType.MUTATION:
        raise QueryError(Reason.OPERATION_NOT_FOUND, "mutation operations are not served")
    return found[0]


def _not_one_answer(found: OperationType) -> QueryError:
    return QueryError(
        Reason.OPERATION_NOT_FOUND,
        f"{found.value} operations have more than one answer",
        hint="Use a WebSocket with graphql-transport-ws, or send Accept: text/event-stream.",
    )
