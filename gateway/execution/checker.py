"""From the text of a document to one that may be executed."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any

from cachetools import LRUCache
from graphql import (
    DocumentNode,
    GraphQLDeferDirective,
    GraphQLError,
    GraphQLSchema,
    GraphQLStreamDirective,
    OperationDefinitionNode,
    OperationType,
    OverlappingFieldsCanBeMergedRule,
    parse,
    specified_rules,
    validate,
)
from graphql.validation import ASTValidationRule

from gateway.errors import QueryError, Reason
from gateway.execution.errors import format_error
from gateway.execution.limits import Limits, too_large
from gateway.execution.overlap import overlap
from gateway.execution.scale import weigh

# Memory for documents that need not be parsed and validated again, in bytes, and what a token of
# one weighs there, rounded up.
_REMEMBERED = 1 << 25
_TOKEN = 600

# More would only say the same once more, and each may take milliseconds for suggestions.
_MAX_ERRORS = 5

# Comparisons of fields that share a name and differ somewhere; some 20 microseconds each.
_MAX_PAIRS = 1000
_WITHOUT_OVERLAP = tuple(
    rule for rule in specified_rules if rule is not OverlappingFieldsCanBeMergedRule
)

# What graphql-core says where it stopped to count; it has no other mark for it.
_TOO_MANY_TOKENS = "Syntax Error: Document contains more than"


class DocumentError(Exception):
    """Errors of GraphQL's own in a document, as members of `errors`."""

    def __init__(self, errors: list[dict[str, Any]]) -> None:
        super().__init__(f"{len(errors)} errors")
        self.errors = errors


@dataclass(frozen=True)
class Checked:
    """A document that parses, keeps the limits and fits the schema. cost: of its dearest operation,
    at most, whatever values its variables have."""

    document: DocumentNode
    cost: int

    @cached_property
    def queries(self) -> Mapping[str | None, OperationDefinitionNode]:
        """The queries in it, by what a request can call them."""
        found = {
            None if node.name is None else node.name.value: node
            for node in self.document.definitions
            if isinstance(node, OperationDefinitionNode)
        }
        if len(found) == 1:
            found[None] = next(iter(found.values()))
        return {name: node for name, node in found.items() if node.operation is OperationType.QUERY}


class Checker:
    """Checks documents against one schema, and remembers those that passed.

    introspection: whether the schema may be asked for, and errors may suggest names in it.
    """

    def __init__(self, schema: GraphQLSchema, limits: Limits, *, introspection: bool) -> None:
        # A schema with @defer and @stream is refused by everything that graphql-core executes at
        # once, so documents are validated against another one than most are executed on.
        self.incremental_schema = _with_incremental_directives(schema)
        self._limits = limits
        self._introspection = introspection
        self._known: LRUCache[str, Checked] = LRUCache(_REMEMBERED, getsizeof=_weight)
        self.hits = 0
        self.misses = 0

    def check(self, text: str, name: str | None) -> tuple[Checked, OperationDefinitionNode]:
        """The document, and the operation in it that is meant.

        Raises DocumentError and QueryError: OPERATION_TOO_LARGE, OPERATION_NOT_FOUND,
        INTROSPECTION_DISABLED.
        """
        known = self._known.get(text)
        if known is not None:
            self.hits += 1
            return known, _select(known.document, name)
        self.misses += 1
        checked = self._weigh(text)
        chosen = _select(checked.document, name)
        self._validate(checked.document)
        self._remember(text, checked)
        return checked, chosen

    def known(self, text: str, name: str | None) -> tuple[Checked, OperationDefinitionNode] | None:
        """The same for a query of a document that passed before; None for all others."""
        known = self._known.get(text)
        chosen = None if known is None else known.queries.get(name)
        return None if known is None or chosen is None else (known, chosen)

    def knows(self, text: str) -> bool:
        """Whether a document passed before, and is remembered."""
        return text in self._known

    def check_all(self, text: str) -> None:
        """Raises what `check` does, if any operation of the document cannot be executed."""
        checked = self._weigh(text)
        for name in _names(checked.document) or [None]:
            _select(checked.document, name)
        self._validate(checked.document)
        self._remember(text, checked)

    def _weigh(self, text: str) -> Checked:
        document = self._parse(text)
        weighed = weigh(self.incremental_schema, document, self._limits)
        if weighed.introspects and not self._introspection:
            message = "the schema cannot be asked for here"
            hint = "Ask whoever runs the gateway for its schema."
            raise QueryError(Reason.INTROSPECTION_DISABLED, message, hint=hint)
        return Checked(document, weighed.cost)

    def _remember(self, text: str, checked: Checked) -> None:
        if _weight(checked) <= self._known.maxsize:
            _unlink(checked.document)
            self._known[text] = checked

    def _parse(self, text: str) -> DocumentNode:
        tokens = self._limits.tokens
        try:
            return parse(text, max_tokens=tokens, allow_empty_selection_sets=False)
        except GraphQLError as error:
            if error.message.startswith(_TOO_MANY_TOKENS):
                raise too_large("tokens", tokens + 1, tokens) from None
            raise DocumentError([format_error(error, Reason.GRAPHQL_PARSE_FAILED)]) from None
        except RecursionError:
            raise QueryError(Reason.OPERATION_TOO_LARGE, "nested too deeply to parse") from None

    def _validate(self, document: DocumentNode) -> None:
        errors = validate(
            self.incremental_schema,
            document,
            self._rules(document),
            max_errors=_MAX_ERRORS,
            hide_suggestions=not self._introspection,
            allow_empty_selection_sets=False,
        )
        if errors:
            code = Reason.GRAPHQL_VALIDATION_FAILED
            raise DocumentError([format_error(error, code) for error in errors])

    def _rules(self, document: DocumentNode) -> Sequence[type[ASTValidationRule]]:
        """Those that have something to find. Raises QueryError(OPERATION_TOO_LARGE)."""
        found = overlap(self.incremental_schema, document)
        if found.is_harmless:
            return _WITHOUT_OVERLAP
        if found.pairs > _MAX_PAIRS:
            raise too_large("repetition of fields", found.pairs, _MAX_PAIRS)
        return specified_rules


def _unlink(document: DocumentNode) -> None:
    """Tokens that know their neighbours on both sides keep each other alive once the document is
    forgotten, until all objects are looked at, which is rare (gateway.memory). Only the parser
    looks back."""
    token = None if document.loc is None else document.loc.start_token
    while token is not None:
        token.prev = None
        token = token.next


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


def _weight(checked: Checked) -> int:
    """What a parsed document takes in memory, in bytes, rounded up."""
    document = checked.document
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
