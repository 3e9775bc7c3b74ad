"""From what a resolver gave to what the answer holds (GraphQL specification, section 6.4.3).

Completions are expressions over a name that holds the value. They know the good case only: whatever
does not fit raises, and the reference executor says what it is that does not fit.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Any

from graphql import (
    GraphQLBoolean,
    GraphQLEnumType,
    GraphQLID,
    GraphQLLeafType,
    GraphQLString,
    GraphQLType,
    is_leaf_type,
    is_list_type,
    is_non_null_type,
)

from gateway.plan.source import Source
from gateway.plan.unsupported import Unsupported

# What these scalars hand on as it is, if it is exactly of this class.
_AS_IT_IS = {GraphQLString.name: str, GraphQLID.name: str, GraphQLBoolean.name: bool}


@dataclass(frozen=True)
class Completion:
    """expression: over the name {v}, which is not None; is_async: whether it is an awaitable;
    is_pure: whether the value alone decides what becomes of it; nullable: whether None is
    completed, too."""

    expression: str
    is_async: bool = False
    is_pure: bool = True
    nullable: bool = False

    def of(self, name: str) -> str:
        """The expression for this name; awaitables are left to whoever uses it."""
        return self._guarded(name, self.expression.replace("{v}", name))

    def awaited(self, name: str) -> str:
        keyword = "await " if self.is_async else ""
        return self._guarded(name, keyword + self.expression.replace("{v}", name))

    def _guarded(self, name: str, expression: str) -> str:
        return f"(None if {name} is None else {expression})" if self.nullable else expression


# The completion of a composite type that is not null, by that type.
Compose = Callable[[GraphQLType], Completion]


def completion(source: Source, of: GraphQLType, compose: Compose, depth: int = 0) -> Completion:
    """Raises Unsupported."""
    if is_non_null_type(of):
        return _not_null(source, of.of_type, compose, depth)
    return replace(_not_null(source, of, compose, depth), nullable=True)


def _not_null(source: Source, of: GraphQLType, compose: Compose, depth: int) -> Completion:
    if is_list_type(of):
        return _list(source, of.of_type, compose, depth)
    return _leaf(source, of) if is_leaf_type(of) else compose(of)


def _list(source: Source, of: GraphQLType, compose: Compose, depth: int) -> Completion:
    item = completion(source, of, compose, depth + 1)
    if item.is_async and depth:
        raise Unsupported("nested lists")
    name = f"i{depth}"
    items = f"[{item.of(name)} for {name} in {{v}}]"
    expression = f"x.all({items})" if item.is_async else items
    return Completion(expression, item.is_async, item.is_pure)


def _leaf(source: Source, of: GraphQLLeafType) -> Completion:
    if isinstance(of, GraphQLEnumType):
        return Completion(f"{source.bind('names', _Names(of))}[{{v}}]")
    convert = f"{source.bind('leaf', _converter(of))}({{v}})"
    exact = _AS_IT_IS.get(of.name)
    if exact is None:
        return Completion(convert)
    return Completion(f"({{v}} if type({{v}}) is {exact.__name__} else {convert})")


def _converter(of: GraphQLLeafType) -> Callable[[object], object]:
    def convert(value: object) -> object:
        if value is None:
            raise ValueError("null where the schema has none")
        return of.coerce_output_value(value)

    return convert


class _Names(dict[Any, str]):
    """The names of an enum's values, each looked up once."""

    def __init__(self, of: GraphQLEnumType) -> None:
        super().__init__()
        self._of = of

    def __missing__(self, value: object) -> str:
        name: str = self._of.coerce_output_value(value)
        self[value] = name
        return name
