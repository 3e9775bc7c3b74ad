"""What one field hands to its resolver (GraphQL specification, section 6.4.1)."""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Any

from graphql import (
    ArgumentNode,
    FieldNode,
    GraphQLField,
    GraphQLSchema,
    VariableNode,
    Visitor,
    is_non_null_type,
    visit,
)
from graphql.execution.values import VariableValues, get_argument_values
from strawberry.schema.schema_converter import GraphQLCoreConverter
from strawberry.types.arguments import convert_arguments
from strawberry.types.field import StrawberryField

from gateway.plan.variables import is_plain

BACKREF = GraphQLCoreConverter.DEFINITION_BACKREF


class _Variables(Visitor):
    def __init__(self) -> None:
        super().__init__()
        self.found = False

    def enter_variable(self, _node: VariableNode, *_: object) -> None:
        self.found = True


@dataclass(frozen=True, slots=True)
class _Slot:
    """An argument whose value is a variable's, as it is."""

    argument: str
    variable: str
    nullable: bool


@dataclass(frozen=True)
class Arguments:
    """What one field node hands to its resolver, by the names that the resolver gives it."""

    schema: GraphQLSchema
    field: GraphQLField
    definition: StrawberryField
    node: FieldNode
    # What was handed over once with a value in each slot: only the slots differ the next time.
    _before: list[Mapping[str, Any]] = dataclasses.field(default_factory=list, compare=False)

    @cached_property
    def names_variables(self) -> bool:
        return any(_names_variables(argument) for argument in self.node.arguments or ())

    def values(self, variables: VariableValues) -> Mapping[str, Any]:
        """Raises GraphQLError and whatever conversion raises."""
        slots, coerced = self._slots, variables.coerced
        if slots is None or not all(_fits(slot, coerced) for slot in slots):
            return self._read(variables)
        if not self._before:
            found = self._read(variables)
            # To be sure that neither graphql-core nor Strawberry makes anything else of them.
            if all(found[slot.argument] is coerced[slot.variable] for slot in slots):
                self._before.append(found)
            return found
        return {**self._before[0], **{slot.argument: coerced[slot.variable] for slot in slots}}

    def _read(self, variables: VariableValues) -> Mapping[str, Any]:
        given = get_argument_values(self.field, self.node, variables)
        return convert_arguments(
            given,
            self.definition.arguments,
            scalar_registry=self._converter.scalar_registry,
            config=self._converter.config,
        )

    @property
    def _converter(self) -> GraphQLCoreConverter:
        converter: GraphQLCoreConverter = self.schema.extensions[BACKREF].schema_converter
        return converter

    @cached_property
    def _slots(self) -> tuple[_Slot, ...] | None:
        """None where variables stand in other places than these."""
        name_of = self._converter.config.name_converter.from_argument
        names = {name_of(argument): argument.python_name for argument in self.definition.arguments}
        found: list[_Slot] = []
        for node in self.node.arguments or ():
            if isinstance(node.value, VariableNode):
                of = self.field.args[node.name.value].type
                if not is_plain(of):
                    return None
                variable = node.value.name.value
                found.append(_Slot(names[node.name.value], variable, not is_non_null_type(of)))
            elif _names_variables(node):
                return None
        return tuple(found)


def _fits(slot: _Slot, coerced: Mapping[str, Any]) -> bool:
    return slot.variable in coerced and (slot.nullable or coerced[slot.variable] is not None)


def _names_variables(node: ArgumentNode) -> bool:
    visitor = _Variables()
    visit(node, visitor)
    return visitor.found
