"""What the variables of one operation are given (GraphQL specification, section 6.1.2)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, cast

from graphql import (
    GraphQLError,
    GraphQLInputType,
    GraphQLSchema,
    VariableDefinitionNode,
    is_non_null_type,
)
from graphql.execution.get_variable_signature import (
    GraphQLVariableSignature,
    get_variable_signature,
)
from graphql.execution.values import VariableValues, VariableValueSource, get_variable_values

from gateway.plan.unsupported import Unsupported

NO_VARIABLES = VariableValues({}, {})

# Scalars that take what is exactly of this class as it is; integers only of 32 bits.
_PLAIN = {"String": str, "ID": str, "Boolean": bool, "Int": int}
_MOST = 2**31


def is_plain(of: GraphQLInputType) -> bool:
    """Whether what a variable of this type holds is what a resolver gets."""
    return _plain_class(of) is not None


def _plain_class(of: GraphQLInputType) -> type[Any] | None:
    named = of.of_type if is_non_null_type(of) else of
    return _PLAIN.get(getattr(named, "name", ""))


@dataclass(frozen=True, slots=True)
class _Plain:
    """A variable without a default, of a type that takes values as they are."""

    signature: GraphQLVariableSignature
    expected: type[Any]
    nullable: bool

    def takes(self, value: object) -> bool:
        if value is None:
            return self.nullable
        if type(value) is not self.expected:
            return False
        return self.expected is not int or -_MOST <= cast("int", value) < _MOST


class Variables:
    """Coerces as graphql-core does; without its detours where all types are plain ones."""

    def __init__(self, schema: GraphQLSchema, declared: Sequence[VariableDefinitionNode]) -> None:
        self._schema = schema
        self._declared = declared
        self._plain = [_plain(schema, node) for node in declared]

    def values(self, given: Mapping[str, Any]) -> VariableValues:
        """Raises Unsupported for values that do not fit."""
        if not self._declared:
            return NO_VARIABLES
        found = self._taken_as_they_are(given)
        if found is not None:
            return found
        coerced = get_variable_values(self._schema, self._declared, dict(given))
        if isinstance(coerced, VariableValues):
            return coerced
        raise Unsupported("variables")

    def _taken_as_they_are(self, given: Mapping[str, Any]) -> VariableValues | None:
        """None where somebody has to look closer."""
        sources: dict[str, VariableValueSource] = {}
        coerced: dict[str, Any] = {}
        for plain in self._plain:
            if plain is None:
                return None
            name = plain.signature.name
            if name not in given:
                if not plain.nullable:
                    return None
                sources[name] = VariableValueSource(plain.signature)
                continue
            value = given[name]
            if not plain.takes(value):
                return None
            sources[name] = VariableValueSource(plain.signature, value)
            coerced[name] = value
        return VariableValues(sources, coerced)


def _plain(schema: GraphQLSchema, node: VariableDefinitionNode) -> _Plain | None:
    signature = get_variable_signature(schema, node)
    if isinstance(signature, GraphQLError) or node.default_value is not None:
        return None
    expected = _plain_class(signature.type)
    nullable = not is_non_null_type(signature.type)
    return None if expected is None else _Plain(signature, expected, nullable)
