"""Which fields a selection set asks of an object type (GraphQL specification, section 6.3.2)."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from graphql import (
    BooleanValueNode,
    DirectiveNode,
    DocumentNode,
    FieldNode,
    FragmentDefinitionNode,
    FragmentSpreadNode,
    GraphQLObjectType,
    GraphQLSchema,
    InlineFragmentNode,
    SelectionNode,
    SelectionSetNode,
    VariableNode,
    Visitor,
    is_abstract_type,
    is_object_type,
    visit,
)

from gateway.plan.unsupported import Unsupported

Fields = Mapping[str, Sequence[FieldNode]]


@dataclass(frozen=True)
class Selections:
    """The document's fragments, and the variables that its conditions name.

    switches: the value of each variable that a @skip or @include names.
    """

    schema: GraphQLSchema
    fragments: Mapping[str, FragmentDefinitionNode]
    switches: Mapping[str, bool]

    def collect(self, of: GraphQLObjectType, sets: Iterable[SelectionSetNode]) -> Fields:
        """The field nodes by response name, in the order of the answer. Raises Unsupported."""
        found: dict[str, list[FieldNode]] = {}
        visited: set[str] = set()
        for selection_set in sets:
            self._collect(of, selection_set, found, visited)
        return found

    def _collect(
        self,
        of: GraphQLObjectType,
        selection_set: SelectionSetNode,
        found: dict[str, list[FieldNode]],
        visited: set[str],
    ) -> None:
        for node in selection_set.selections:
            if not self._is_included(node):
                continue
            if isinstance(node, FieldNode):
                name = node.alias.value if node.alias else node.name.value
                found.setdefault(name, []).append(node)
                continue
            fragment = self._fragment(node, visited)
            if fragment is not None and self._applies(fragment, of):
                self._collect(of, fragment.selection_set, found, visited)

    def _fragment(
        self, node: SelectionNode, visited: set[str]
    ) -> FragmentDefinitionNode | InlineFragmentNode | None:
        if isinstance(node, FragmentSpreadNode):
            name = node.name.value
            if name in visited:
                return None
            visited.add(name)
            return self.fragments[name]
        if isinstance(node, InlineFragmentNode):
            return node
        raise Unsupported("selection")

    def _applies(
        self, fragment: FragmentDefinitionNode | InlineFragmentNode, of: GraphQLObjectType
    ) -> bool:
        if fragment.type_condition is None:
            return True
        condition = self.schema.get_type(fragment.type_condition.name.value)
        if is_object_type(condition):
            return condition is of
        return is_abstract_type(condition) and self.schema.is_sub_type(condition, of)

    def _is_included(self, node: SelectionNode) -> bool:
        included = True
        for directive in node.directives or ():
            match directive.name.value:
                case "skip":
                    included &= not self._condition(directive)
                case "include":
                    included &= self._condition(directive)
                case _:
                    raise Unsupported("directive")
        return included

    def _condition(self, directive: DirectiveNode) -> bool:
        (argument,) = directive.arguments or ()
        if isinstance(argument.value, VariableNode):
            return self.switches[argument.value.name.value]
        if isinstance(argument.value, BooleanValueNode):
            return argument.value.value
        raise Unsupported("condition")


def fragments_of(document: DocumentNode) -> dict[str, FragmentDefinitionNode]:
    return {
        node.name.value: node
        for node in document.definitions
        if isinstance(node, FragmentDefinitionNode)
    }


class _Switches(Visitor):
    def __init__(self) -> None:
        super().__init__()
        self.names: set[str] = set()

    def enter_directive(self, node: DirectiveNode, *_: object) -> None:
        for argument in node.arguments or ():
            if isinstance(argument.value, VariableNode):
                self.names.add(argument.value.name.value)


def switches_of(document: DocumentNode) -> tuple[str, ...]:
    """The variables that directives name: with other values, other fields are asked."""
    visitor = _Switches()
    visit(document, visitor)
    return tuple(sorted(visitor.names))
