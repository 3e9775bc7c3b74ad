"""Whether fields under one name are the same field (specification, 5.3.2), in linear time.

The rule of graphql-core compares each two fields that share a name: three hundred times the same
one in a document of six kilobytes keep it busy for a second, with the event loop. Nearly every
document repeats a field only as it is, and that can be seen without comparing pairs.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass

from graphql import (
    DocumentNode,
    FieldNode,
    FragmentDefinitionNode,
    FragmentSpreadNode,
    GraphQLCompositeType,
    GraphQLField,
    GraphQLSchema,
    InlineFragmentNode,
    NamedTypeNode,
    OperationDefinitionNode,
    SelectionSetNode,
    get_named_type,
    is_composite_type,
    print_ast,
)

# More than limits allow in a document that is going to be executed.
_MAX_FIELDS = 5000
_MAX_DEPTH = 40


@dataclass(frozen=True, slots=True)
class _Place:
    """A field where it is selected. field: what the schema knows of it."""

    node: FieldNode
    field: GraphQLField | None


_Groups = dict[str, list[_Place]]


@dataclass(frozen=True)
class Overlap:
    """is_harmless: whether nothing under one name differs at all, or leads to what differs. pairs:
    how many comparisons graphql-core would make at least, to find out exactly."""

    is_harmless: bool
    pairs: int


def overlap(schema: GraphQLSchema, document: DocumentNode) -> Overlap:
    """What is said of all operations of a document, with the fragments that they spread."""
    look = _Look(schema, document)
    for definition in document.definitions:
        if isinstance(definition, OperationDefinitionNode):
            root = schema.get_root_type(definition.operation)
            look.at(look.collected([(root, definition.selection_set)]), 0)
    return Overlap(look.is_harmless, look.pairs)


class _Look:
    def __init__(self, schema: GraphQLSchema, document: DocumentNode) -> None:
        self.is_harmless = True
        self.pairs = 0
        self._left = _MAX_FIELDS
        self._schema = schema
        self._fragments = {
            node.name.value: node
            for node in document.definitions
            if isinstance(node, FragmentDefinitionNode)
        }

    def at(self, groups: _Groups, depth: int) -> None:
        """Groups of fields that end up in one object of the answer, or in several."""
        if depth > _MAX_DEPTH or self._left < 0:
            self.is_harmless = False
            return
        for places in groups.values():
            self.pairs += len(places) * (len(places) - 1) // 2
            if len(places) > 1 and len({_identity(place) for place in places}) > 1:
                self.is_harmless = False
            below = self.collected((_type_of(place), place.node.selection_set) for place in places)
            if below:
                self.at(below, depth + 1)

    def collected(
        self, sets: Iterable[tuple[GraphQLCompositeType | None, SelectionSetNode | None]]
    ) -> _Groups:
        """The fields of these selection sets by the names that they have in the answer."""
        found: _Groups = defaultdict(list)
        spread: set[str] = set()
        for parent, selections in sets:
            self._collect(parent, selections, found, spread)
        return found

    def _collect(
        self,
        parent: GraphQLCompositeType | None,
        node: SelectionSetNode | None,
        found: _Groups,
        spread: set[str],
    ) -> None:
        for selection in () if node is None else node.selections:
            self._left -= 1
            if isinstance(selection, FieldNode):
                self._add(parent, selection, found)
            elif isinstance(selection, InlineFragmentNode):
                condition = selection.type_condition
                inner = parent if condition is None else self._type(condition)
                self._collect(inner, selection.selection_set, found, spread)
            elif isinstance(selection, FragmentSpreadNode) and selection.name.value not in spread:
                # Once is enough: it would bring the same nodes again, which are what they are.
                spread.add(selection.name.value)
                fragment = self._fragments.get(selection.name.value)
                if fragment is not None:
                    inner = self._type(fragment.type_condition)
                    self._collect(inner, fragment.selection_set, found, spread)

    def _add(self, parent: GraphQLCompositeType | None, node: FieldNode, found: _Groups) -> None:
        name = node.name.value
        field = None if parent is None else self._schema.get_field(parent, name)
        found[name if node.alias is None else node.alias.value].append(_Place(node, field))

    def _type(self, node: NamedTypeNode) -> GraphQLCompositeType | None:
        found = self._schema.get_type(node.name.value)
        return found if is_composite_type(found) else None


def _type_of(place: _Place) -> GraphQLCompositeType | None:
    found = None if place.field is None else get_named_type(place.field.type)
    return found if is_composite_type(found) else None


def _identity(place: _Place) -> tuple[object, ...]:
    """What all fields under one name have in common, or they may conflict."""
    node = place.node
    if any(directive.name.value == "stream" for directive in node.directives or ()):
        return (id(node),)  # no two fields may be streamed, not even alike
    arguments = sorted((each.name.value, print_ast(each.value)) for each in node.arguments or ())
    shape = None if place.field is None else str(place.field.type)
    return (node.name.value, shape, *arguments)
