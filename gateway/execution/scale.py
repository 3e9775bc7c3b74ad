"""What a document asks for, found in one pass before validation.

Validation itself is quadratic in places and expands fragments, so a document of two kilobytes can
keep stock rules busy for half a minute. This pass visits every node of the document once: what a
fragment weighs is remembered, not expanded again at every spread.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

from graphql import (
    DirectiveNode,
    DocumentNode,
    FieldNode,
    FragmentDefinitionNode,
    FragmentSpreadNode,
    GraphQLCompositeType,
    GraphQLField,
    GraphQLSchema,
    InlineFragmentNode,
    ListValueNode,
    NamedTypeNode,
    ObjectValueNode,
    OperationDefinitionNode,
    SelectionSetNode,
    get_named_type,
    is_composite_type,
)

from gateway.execution.limits import (
    MAX_DIRECTIVES_AT_ONE_PLACE,
    MAX_VALUE_DEPTH,
    Limits,
    too_large,
)
from gateway.execution.sizes import PLAIN, QUESTION, UNBOUNDED, is_paged, size_of


@dataclass(frozen=True)
class Weight:
    """What a selection set comes to, fragments spread.

    roots: fields directly in it; cost: fields times the lists they stand in; paged: the same for
    those lists whose length the page around them decides, for one item of it; questions: to the
    index, which are asked once for all of a list.
    """

    depth: int = 0
    roots: int = 0
    fields: int = 0
    cost: int = 0
    paged: int = 0
    questions: int = 0

    def beside(self, other: Weight) -> Weight:
        """Two selections in one selection set."""
        return Weight(
            max(self.depth, other.depth),
            self.roots + other.roots,
            self.fields + other.fields,
            self.cost + other.cost,
            self.paged + other.paged,
            self.questions + other.questions,
        )

    def on_page(self, length: int) -> int:
        """The whole cost, where lists that the page bounds have this length."""
        return self.cost + length * self.paged


_NOTHING = Weight()
_INTROSPECTION = frozenset({"__schema", "__type"})
_MEASURES = ("depth", "fields", "cost")


@dataclass(frozen=True)
class Weighed:
    """cost: of the dearest operation of a document; introspects: whether it asks for the schema."""

    cost: int
    introspects: bool


class _Counts:
    """What is counted over the whole text, and refused as soon as there is too much of it."""

    def __init__(self, limits: Limits) -> None:
        self._limits = limits
        self._found: dict[str, int] = {}

    def add(self, name: str, number: int = 1) -> None:
        found = self._found[name] = self._found.get(name, 0) + number
        allowed = getattr(self._limits, name)
        if found > allowed:
            raise too_large(name, found, allowed)


class _Scale:
    def __init__(self, schema: GraphQLSchema, document: DocumentNode, limits: Limits) -> None:
        self._schema = schema
        self._limits = limits
        self._counts = _Counts(limits)
        self._fragments = {
            node.name.value: node
            for node in document.definitions
            if isinstance(node, FragmentDefinitionNode)
        }
        self._known: dict[str, Weight] = {}
        self._open: set[str] = set()
        self.introspects = False

    def definition(self, node: OperationDefinitionNode | FragmentDefinitionNode) -> Weight:
        for variable in node.variable_definitions or ():
            self._value(variable.default_value, 0)
            self._directives(variable.directives)
        if isinstance(node, FragmentDefinitionNode):
            self._counts.add("fragments")
            return self._fragment(node.name.value)
        self._directives(node.directives)
        root = self._schema.get_root_type(node.operation)
        weight = self._selections(node.selection_set, root, 1)
        cost = weight.on_page(UNBOUNDED) + QUESTION * weight.questions
        weight = replace(weight, cost=cost)
        if weight.roots > self._limits.roots:
            raise too_large("roots", weight.roots, self._limits.roots)
        return weight

    def _selections(
        self, node: SelectionSetNode | None, parent: GraphQLCompositeType | None, depth: int
    ) -> Weight:
        if node is None:
            return _NOTHING
        # The text's own nesting is bounded here, so that this recursion is, too.
        if depth > self._limits.depth:
            raise too_large("depth", depth, self._limits.depth)
        total = _NOTHING
        for selection in node.selections:
            self._directives(selection.directives)
            total = total.beside(self._selection(selection, parent, depth))
        return total

    def _selection(self, node: object, parent: GraphQLCompositeType | None, depth: int) -> Weight:
        if isinstance(node, FieldNode):
            return self._field(node, parent, depth)
        if isinstance(node, InlineFragmentNode):
            inner = self._type(node.type_condition) if node.type_condition else parent
            return self._selections(node.selection_set, inner, depth + 1)
        if isinstance(node, FragmentSpreadNode):
            self._counts.add("spreads")
            return self._fragment(node.name.value)
        return _NOTHING

    def _field(self, node: FieldNode, parent: GraphQLCompositeType | None, depth: int) -> Weight:
        if node.alias is not None:
            self._counts.add("aliases")
        self._arguments(node.arguments)
        self.introspects |= node.name.value in _INTROSPECTION
        # A field that does not exist is for validation to report.
        field = None if parent is None else self._schema.get_field(parent, node.name.value)
        inner = self._selections(node.selection_set, _composite(field), depth + 1)
        size = PLAIN if field is None else size_of(field, node, self._limits.page)
        below = size.times * inner.on_page(size.page)
        waits = inner.fields > 0 and field is not None and is_paged(field)
        return Weight(
            inner.depth + 1,
            1,
            inner.fields + 1,
            size.own if waits else size.own + below,
            below if waits else 0,
            inner.questions + size.questions,
        )

    def _fragment(self, name: str) -> Weight:
        fragment = self._fragments.get(name)
        # Unknown fragments and cycles are for validation to report.
        if fragment is None or name in self._open:
            return _NOTHING
        if name not in self._known:
            self._open.add(name)
            if len(self._open) > self._limits.depth:
                raise too_large("depth", len(self._open), self._limits.depth)
            self._directives(fragment.directives)
            inner = self._type(fragment.type_condition)
            self._known[name] = self._selections(fragment.selection_set, inner, 0)
            self._open.discard(name)
        return self._known[name]

    def _type(self, node: NamedTypeNode) -> GraphQLCompositeType | None:
        found: Any = self._schema.get_type(node.name.value)
        return found if is_composite_type(found) else None

    def _directives(self, nodes: tuple[DirectiveNode, ...] | None) -> None:
        if not nodes:
            return
        if len(nodes) > MAX_DIRECTIVES_AT_ONE_PLACE:
            raise too_large("directives at one place", len(nodes), MAX_DIRECTIVES_AT_ONE_PLACE)
        self._counts.add("directives", len(nodes))
        for node in nodes:
            self._arguments(node.arguments)

    def _arguments(self, nodes: Any) -> None:
        for argument in nodes or ():
            self._counts.add("arguments")
            self._value(argument.value, 0)

    def _value(self, value: object, depth: int) -> None:
        if value is None:
            return
        if depth > MAX_VALUE_DEPTH:
            raise too_large("value depth", depth, MAX_VALUE_DEPTH)
        self._counts.add("values")
        if isinstance(value, ListValueNode):
            for item in value.values:
                self._value(item, depth + 1)
        elif isinstance(value, ObjectValueNode):
            for field in value.fields:
                self._value(field.value, depth + 1)


def _composite(field: GraphQLField | None) -> GraphQLCompositeType | None:
    found: Any = None if field is None else get_named_type(field.type)
    return found if is_composite_type(found) else None


def weigh(schema: GraphQLSchema, document: DocumentNode, limits: Limits) -> Weighed:
    """The weight of a document that keeps the limits.

    Raises QueryError(OPERATION_TOO_LARGE) naming the bound and how far the document is over it.
    """
    scale = _Scale(schema, document, limits)
    dearest = 0
    for definition in document.definitions:
        if isinstance(definition, OperationDefinitionNode | FragmentDefinitionNode):
            weight = scale.definition(definition)
            for name in _MEASURES:
                found, allowed = getattr(weight, name), getattr(limits, name)
                if found > allowed:
                    raise too_large(name, found, allowed)
            if isinstance(definition, OperationDefinitionNode):
                dearest = max(dearest, weight.cost)
    return Weighed(dearest, scale.introspects)


def check_variables(variables: Mapping[str, Any] | None, limits: Limits) -> None:
    """Raises QueryError(OPERATION_TOO_LARGE) for variables that hold too much or are too deep."""
    found = 0
    # The map of the variables is a level of its own.
    waiting: list[tuple[object, int]] = [(value, 0) for value in (variables or {}).values()]
    while waiting:
        value, depth = waiting.pop()
        found += 1
        if depth > MAX_VALUE_DEPTH:
            raise too_large("value depth", depth, MAX_VALUE_DEPTH)
        if isinstance(value, Mapping):
            waiting += [(item, depth + 1) for item in value.values()]
        elif isinstance(value, list):
            waiting += [(item, depth + 1) for item in value]
    if found > limits.values:
        raise too_large("values", found, limits.values)
