"""From a validated operation to the source of its plan."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from itertools import count
from typing import NamedTuple

from graphql import (
    DocumentNode,
    FieldNode,
    GraphQLError,
    GraphQLObjectType,
    GraphQLSchema,
    GraphQLType,
    OperationDefinitionNode,
    SelectionSetNode,
    is_abstract_type,
    is_object_type,
)
from graphql.execution.values import VariableValues

from gateway.plan.arguments import Arguments
from gateway.plan.completion import Completion, completion
from gateway.plan.resolver import Resolver, class_of, resolver_of
from gateway.plan.selection import Selections, fragments_of
from gateway.plan.source import Source
from gateway.plan.unsupported import Unsupported

_NO_VARIABLES = VariableValues({}, {})
_NUMBERS = count()


class _Written(NamedTuple):
    """A function of `o` and `x`."""

    name: str
    is_async: bool
    is_pure: bool

    @property
    def completion(self) -> Completion:
        return Completion(f"{self.name}({{v}}, x)", self.is_async, self.is_pure)

    def awaited(self, name: str) -> str:
        return self.completion.awaited(name)


class _Value(NamedTuple):
    """Where a field's value comes from, and what becomes of it. key: an expression for what decides
    all of that, if it is the same whenever that is the same."""

    call: str
    resolver: Resolver
    completed: Completion
    key: str | None

    @property
    def is_async(self) -> bool:
        return self.resolver.is_async or self.completed.is_async

    @property
    def is_pure(self) -> bool:
        return self.resolver.is_pure and self.completed.is_pure

    def into(self, name: str) -> list[str]:
        """Statements that leave the completed value in a name."""
        call = f"await {self.call}" if self.resolver.is_async else self.call
        completed = self.completed.awaited("v")
        if self.key is None:
            return [f"v = {call}", f"{name} = {completed}"]
        return [
            f"k = {self.key}",
            f"{name} = x.fragments.get(k)",
            f"if {name} is None:",
            f"    v = {call}",
            f"    {name} = x.fragments.put(k, {completed})",
        ]


class Compiler:
    """Writes one function for each object type that a selection set is asked of."""

    def __init__(
        self, schema: GraphQLSchema, document: DocumentNode, switches: Mapping[str, bool]
    ) -> None:
        self._schema = schema
        self._selections = Selections(schema, fragments_of(document), switches)
        self._known: dict[tuple[object, ...], _Written] = {}
        self.source = Source()
        self._too_long = self.source.bind("unsupported", Unsupported)

    def operation(self, node: OperationDefinitionNode) -> str:
        """The name of the function that answers it; it is async. Raises Unsupported."""
        root = self._schema.query_type
        if root is None:
            raise Unsupported("root")
        written = self._write_object(root, (node.selection_set,), [])
        return self.source.function("answer", [f"return {written.awaited('o')}"], is_async=True)

    def _object(self, of: GraphQLObjectType, sets: Sequence[SelectionSetNode]) -> _Written:
        key = (of.name, *map(id, sets))
        if key not in self._known:
            expected = self.source.bind("class", class_of(of.extensions))
            check = f"if type(o) is not {expected}: raise TypeError(type(o))"
            self._known[key] = self._write_object(of, sets, [check])
        return self._known[key]

    def _write_object(
        self, of: GraphQLObjectType, sets: Sequence[SelectionSetNode], body: list[str]
    ) -> _Written:
        fields = self._selections.collect(of, sets)
        body += [f"x.left -= {len(fields)}", f"if x.left < 0: raise {self._too_long}('length')"]
        names = {name: f"v{number}" for number, name in enumerate(fields)}
        awaited: dict[str, str] = {}
        is_pure = True
        for name, nodes in fields.items():
            if nodes[0].name.value == "__typename":
                body.append(f"{names[name]} = {of.name!r}")
                continue
            value = self._field(of, nodes)
            is_pure &= value.is_pure
            if value.is_async:
                awaited[names[name]] = self._write_field(value)
            else:
                body += value.into(names[name])
        body += _awaits(awaited)
        members = (f"{name!r}: {kept}" for name, kept in names.items())
        body.append(f"return {{{', '.join(members)}}}")
        return self._write(body, is_async=bool(awaited), is_pure=is_pure)

    def _write(self, body: Sequence[str], *, is_async: bool, is_pure: bool) -> _Written:
        name = self.source.function("select", body, is_async=is_async)
        return _Written(name, is_async, is_pure)

    def _write_field(self, value: _Value) -> str:
        """An expression for the awaitable of a field."""
        body = [*value.into("v"), "return v"]
        return f"{self.source.function('field', body, is_async=True)}(o, x)"

    def _field(self, of: GraphQLObjectType, nodes: Sequence[FieldNode]) -> _Value:
        field = of.fields.get(nodes[0].name.value)
        if field is None:
            raise Unsupported("introspection")
        resolver = resolver_of(self._schema, field, nodes[0])
        sets = tuple(node.selection_set for node in nodes if node.selection_set)
        completed = completion(self.source, field.type, lambda one: self._composite(one, sets))
        key = self._key(resolver, completed)
        return _Value(self._call(resolver), resolver, completed, key)

    def _key(self, resolver: Resolver, completed: Completion) -> str | None:
        is_reusable = resolver.is_pure and completed.is_pure and not completed.is_async
        if resolver.record is None or not is_reusable:
            return None
        # Numbers are never used twice: another plan asks for something else.
        return f"({next(_NUMBERS)}, {self.source.bind('record', resolver.record)}(o))"

    def _call(self, resolver: Resolver) -> str:
        if resolver.function is None:
            return f"o.{resolver.attribute}"
        given = ["o"] if resolver.takes_self else []
        if resolver.info is not None:
            given.append(f"{resolver.info}=x.info")
        if resolver.arguments is not None:
            given.append(f"**{self._arguments(resolver.arguments)}")
        return f"{self.source.bind('resolve', resolver.function)}({', '.join(given)})"

    def _arguments(self, arguments: Arguments) -> str:
        if arguments.names_variables:
            bound = self.source.bind("arguments", arguments)
            return f"x.given({bound!r}, {bound})"
        try:
            return self.source.bind("given", arguments.values(_NO_VARIABLES))
        except GraphQLError:
            raise Unsupported("arguments") from None

    def _composite(self, of: GraphQLType, sets: Sequence[SelectionSetNode]) -> Completion:
        if is_object_type(of):
            written = self._object(of, sets)
        elif is_abstract_type(of):
            written = self._abstract(self._schema.get_possible_types(of), sets)
        else:
            raise Unsupported("type")
        return written.completion

    def _abstract(
        self, types: Sequence[GraphQLObjectType], sets: Sequence[SelectionSetNode]
    ) -> _Written:
        """A function that looks which of the types `o` is of."""
        body: list[str] = []
        is_async, is_pure = False, True
        for one in types:
            expected = self.source.bind("class", class_of(one.extensions))
            written = self._object(one, sets)
            is_async |= written.is_async
            is_pure &= written.is_pure
            body.append(f"if type(o) is {expected}: return {written.awaited('o')}")
        body.append("raise TypeError(type(o))")
        return self._write(body, is_async=is_async, is_pure=is_pure)


def _awaits(awaited: Mapping[str, str]) -> list[str]:
    if len(awaited) < 2:
        return [f"{name} = await {expression}" for name, expression in awaited.items()]
    return [f"{', '.join(awaited)} = await x.all([{', '.join(awaited.values())}])"]
