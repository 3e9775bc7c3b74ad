"""How a field of Strawberry's gets its value, without what Strawberry does anew at every call."""

from __future__ import annotations

from collections.abc import Callable, Hashable, Mapping
from dataclasses import dataclass
from typing import Any, cast

from graphql import FieldNode, GraphQLField, GraphQLSchema
from strawberry.types.field import StrawberryField

from gateway.plan.arguments import BACKREF, Arguments
from gateway.plan.unsupported import Unsupported
from schema.fragment import RECORD


@dataclass(frozen=True)
class Resolver:
    """attribute: where a plain field is kept. Others call `function`: with the source if
    takes_self, with an Info under the name `info`, and with arguments.

    record: identifies the record that the field shows, for fields that show one (schema.fragment).
    """

    is_async: bool = False
    attribute: str = ""
    function: Callable[..., Any] | None = None
    takes_self: bool = False
    info: str | None = None
    arguments: Arguments | None = None
    record: Callable[[Any], Hashable] | None = None

    @property
    def is_pure(self) -> bool:
        """Whether it looks at nothing but the object that has the field, in every run alike."""
        varies = self.arguments is not None and self.arguments.names_variables
        return not (self.is_async or self.info is not None or varies)


def resolver_of(schema: GraphQLSchema, field: GraphQLField, node: FieldNode) -> Resolver:
    """Raises Unsupported for fields that do more than to call their resolver."""
    definition = field.extensions.get(BACKREF)
    if not isinstance(definition, StrawberryField):
        raise Unsupported("resolver")
    base = definition.base_resolver
    if definition.is_basic_field or base is None:
        return Resolver(attribute=definition.python_name)
    if definition.extensions or base.parent_parameter or base.root_parameter:
        raise Unsupported("resolver")
    return Resolver(
        is_async=definition.is_async,
        function=cast("Callable[..., Any]", base.wrapped_func),
        takes_self=base.self_parameter is not None,
        info=base.info_parameter.name if base.info_parameter else None,
        arguments=Arguments(schema, field, definition, node) if field.args else None,
        record=definition.metadata.get(RECORD),
    )


def class_of(definition: Mapping[str, Any]) -> type[Any]:
    """The Python class of an object type, by the type's extensions. Raises Unsupported."""
    found = definition.get(BACKREF)
    if found is None:
        raise Unsupported("type")
    return cast("type[Any]", found.origin)
