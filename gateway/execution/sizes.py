"""How long the lists of a schema can get, read off the schema itself.

Nothing here knows a field by its name. What bounds a list is said by its arguments:

- `first` and `last` cut it (GraphQL Cursor Connections Specification, section 4.2). Where a field
  that has them is not a list, it is a page, and they cut the lists that its type holds: `edges`.
- A list that must be given, such as `ids`, is answered item by item.
- A list that no argument bounds is as long as the record has it: UNBOUNDED at most, or `longest`
  where the field's metadata say so.

A field weighs 1, or `weight` where its metadata say so: texts as long as a record are dear to send.
"""

from __future__ import annotations

from dataclasses import dataclass

from graphql import (
    FieldNode,
    GraphQLArgument,
    GraphQLField,
    GraphQLList,
    GraphQLOutputType,
    GraphQLType,
    IntValueNode,
    ListValueNode,
    ValueNode,
    get_named_type,
    get_nullable_type,
    is_introspection_type,
    is_required_argument,
)
from strawberry.schema.schema_converter import GraphQLCoreConverter

from schema.connection import DEFAULT_PAGE

_SLICES = ("first", "last")

# Longer ones than this are rare in real records; executing stops where they add up to too much.
UNBOUNDED = 9

# How many members the lists of the schema itself have, on average over those of one kind.
INTROSPECTED = 4

# What a question to the index weighs, in fields: it takes as long as completing so many.
QUESTION = 200


@dataclass(frozen=True)
class Size:
    """times: how often what is selected below the field is answered; page: the length of lists
    directly below it that no argument of their own bounds; questions: how many the index is asked,
    once for all lists in which the field stands; own: what the field itself weighs."""

    times: int = 1
    page: int = UNBOUNDED
    questions: int = 0
    own: int = 1


PLAIN = Size()


def size_of(field: GraphQLField, node: FieldNode, longest: int) -> Size:
    """longest: the longest page there is."""
    slices = [name for name in _SLICES if name in field.args]
    if slices:
        length = _slice(field, node, slices, longest)
        if _is_list(field.type):
            return Size(length, questions=1)
        return Size(page=length, questions=1)
    if not _is_list(field.type):
        return Size(own=_declared(field, "weight") or 1)
    if is_introspection_type(get_named_type(field.type)):
        return Size(INTROSPECTED)
    for name, argument in field.args.items():
        if is_required_argument(argument) and _is_list(argument.type):
            return Size(_count(_given(node, name), longest))
    return PLAIN if is_paged(field) else Size(_declared(field, "longest") or UNBOUNDED)


def is_paged(field: GraphQLField) -> bool:
    """Whether what is around it decides how long the list of this field is."""
    is_ours = not is_introspection_type(get_named_type(field.type))
    return (
        is_ours and _is_list(field.type) and not field.args and _declared(field, "longest") is None
    )


def _declared(field: GraphQLField, name: str) -> int | None:
    """What whoever defined the field in Python said of it, if anything."""
    definition = (field.extensions or {}).get(GraphQLCoreConverter.DEFINITION_BACKREF)
    found = None if definition is None else definition.metadata.get(name)
    return found if isinstance(found, int) else None


def _is_list(type_: GraphQLType | GraphQLOutputType) -> bool:
    return isinstance(get_nullable_type(type_), GraphQLList)  # type: ignore[arg-type]


def _slice(field: GraphQLField, node: FieldNode, names: list[str], longest: int) -> int:
    """A literal counts as what it says; a variable as the longest page there is."""
    given = [value for name in names if (value := _given(node, name)) is not None]
    if given:
        return max(_literal(value, longest) for value in given)
    defaults = [_default(field.args[name]) for name in names]
    return min(next((value for value in defaults if value is not None), DEFAULT_PAGE), longest)


def _default(argument: GraphQLArgument) -> int | None:
    """What the schema says, whether it was made from Python or from SDL."""
    if isinstance(argument.default_value, int):
        return argument.default_value
    literal = None if argument.default is None else argument.default.literal
    return int(literal.value) if isinstance(literal, IntValueNode) else None


def _given(node: FieldNode, name: str) -> ValueNode | None:
    found = (given.value for given in node.arguments or () if given.name.value == name)
    return next(found, None)


def _literal(value: ValueNode, longest: int) -> int:
    if isinstance(value, IntValueNode) and len(value.value) < 10:
        return max(0, min(int(value.value), longest))
    return longest


def _count(value: ValueNode | None, longest: int) -> int:
    """A literal list counts as long as it is; a variable as the longest page there is."""
    return len(value.values) if isinstance(value, ListValueNode) else longest
