"""Operations drawn at random over the whole schema, with arguments that meet real records."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from graphql import (
    GraphQLArgument,
    GraphQLField,
    GraphQLNamedType,
    GraphQLObjectType,
    GraphQLSchema,
    get_named_type,
    is_abstract_type,
    is_composite_type,
    is_required_argument,
    print_ast,
)
from graphql.utilities import value_to_literal
from hypothesis import strategies as st

# By argument: values as a client would send them in variables.
Pools = Mapping[str, Sequence[Any]]

_WHERE: tuple[Any, ...] = (
    None,
    {},
    {"kind": {"in": ["ARTICLE", "VIDEO"]}},
    {"heat": {"gte": 50}},
    {"quality": {"lt": 1000}, "topics": {"some": {"eq": "Canvas apps"}}},
    {"or": [{"title": {"contains": "a"}}, {"not": {"type": {"eq": "article"}}}]},
    {"publishedDateTime": {"gt": "2020-01-01T00:00:00Z"}},
    {"related": {"some": {}}},
)
_ORDERS: tuple[Any, ...] = (None, [], [{"title": "ASC"}], [{"heat": "DESC"}, {"published": "ASC"}])
_SEARCHES = (None, "", "seal", "rows columns", "nothing like this", "a* OR b*")

_GENERAL: Pools = {
    "first": (None, 0, 1, 2, 3, 20),
    "last": (None,),
    "where": _WHERE,
    "orderBy": _ORDERS,
    "search": _SEARCHES,
    "after": (None,),
    "before": (None,),
    "since": (None,),
    "interval": ("DAY", "WEEK", "MONTH", "YEAR"),
    "sanitize": (True, False),
}

# Nearly every operation would hold one, if they were as frequent as the others.
_MISTAKES: Pools = {
    "first": (-1, 1000),
    "last": (0, 2, 1000),
    "where": ({"publishedDateTime": {"gt": "yesterday"}},),
    "orderBy": ([{}],),
    "search": ('"',),
    "after": ("no cursor",),
    "before": ("no cursor",),
    "since": ("no cursor",),
    "interval": ("DAY",),
}
_ONE_MISTAKE_IN = 40

# Arguments of which exactly one is given.
_ALTERNATIVES = frozenset({"id", "path", "url"})


@dataclass(frozen=True)
class Drawn:
    """An operation, and the variables that it is sent with."""

    text: str
    variables: dict[str, Any]


@dataclass
class _Drawing:
    draw: st.DrawFn
    schema: GraphQLSchema
    pools: Pools
    budget: int
    fragments: list[str] = field(default_factory=list)
    declared: dict[str, str] = field(default_factory=dict)
    values: dict[str, Any] = field(default_factory=dict)
    names: int = 0

    def chance(self, of: int) -> bool:
        return self.draw(st.integers(1, of)) == of

    def name(self, prefix: str) -> str:
        self.names += 1
        return f"{prefix}{self.names}"

    def variable(self, of: object, value: object) -> str:
        name = self.name("v")
        self.declared[name] = str(of)
        self.values[name] = value
        return f"${name}"

    def selections(self, of: GraphQLNamedType, depth: int) -> str:
        count = self.draw(st.integers(1, 5 if depth < 3 else 2))
        return "{" + " ".join(self.selection(of, depth) for _ in range(count)) + "}"

    def selection(self, of: GraphQLNamedType, depth: int) -> str:
        kind = self.draw(st.integers(0, 11))
        if kind == 0 or not hasattr(of, "fields"):
            return f"{self.alias(always=False)}__typename{self.condition()}"
        if kind in {1, 2} and depth < 6:
            return self.fragment(of, depth)
        return self.field(of, depth)

    def fragment(self, of: GraphQLNamedType, depth: int) -> str:
        types = self.types(of)
        on = self.draw(st.sampled_from(types))
        inner = self.selections(on, depth + 1)
        if self.chance(2):
            return f"... on {on.name}{self.condition()} {inner}"
        name = self.name("F")
        self.fragments.append(f"fragment {name} on {on.name} {inner}")
        spread = f"...{name}{self.condition()}"
        return f"{spread} ...{name}" if self.chance(3) else spread

    def types(self, of: GraphQLNamedType) -> list[GraphQLNamedType]:
        """What a fragment within this type may be on."""
        objects: list[GraphQLObjectType] = (
            list(self.schema.get_possible_types(of)) if is_abstract_type(of) else []
        )
        wider = list(of.interfaces) if isinstance(of, GraphQLObjectType) else []
        return [of, *objects, *wider]

    def field(self, of: Any, depth: int) -> str:
        self.budget -= 1
        deep: dict[bool, list[str]] = {}
        for name, one in of.fields.items():
            deep.setdefault(is_composite_type(get_named_type(one.type)), []).append(name)
        is_deep = True in deep and depth <= 8 and self.budget > 0
        if not is_deep and False not in deep:
            return "__typename"
        chosen = deep[is_deep and (False not in deep or self.chance(2))]
        name = self.draw(st.sampled_from(sorted(chosen)))
        return self.asked(name, of.fields[name], depth)

    def asked(self, name: str, found: GraphQLField, depth: int) -> str:
        # Two of one name with other arguments, or of other types, would not be valid.
        text = self.alias(always=bool(found.args)) + name
        given = [self.argument(key, one) for key, one in self.arguments(found)]
        if any(given):
            text += f"({' '.join(filter(None, given))})"
        text += self.condition()
        named = get_named_type(found.type)
        return f"{text} {self.selections(named, depth + 1)}" if is_composite_type(named) else text

    def alias(self, *, always: bool) -> str:
        return f"{self.name('a')}: " if always or self.chance(6) else ""

    def arguments(self, found: GraphQLField) -> list[tuple[str, GraphQLArgument]]:
        """Some of those that may be left out, and all others."""
        if set(found.args) == _ALTERNATIVES:
            name = self.draw(st.sampled_from(sorted(_ALTERNATIVES)))
            return [(name, found.args[name])]
        required = (is_required_argument(one) for one in found.args.values())
        return [
            (name, one)
            for (name, one), must in zip(found.args.items(), required, strict=True)
            if must or self.chance(3)
        ]

    def argument(self, name: str, found: GraphQLArgument) -> str:
        value = self.draw(self.value(name, str(found.type).startswith("[")))
        if self.chance(3):
            return f"{name}: {self.variable(found.type, value)}"
        literal = value_to_literal(value, found.type)
        # What does not fit the type can be sent in a variable only, if at all.
        return "" if literal is None else f"{name}: {print_ast(literal)}"

    def value(self, name: str, is_list: bool) -> st.SearchStrategy[Any]:
        mistakes = _MISTAKES.get(name)
        pool = mistakes if mistakes and self.chance(_ONE_MISTAKE_IN) else self.pools[name]
        one = st.sampled_from(list(pool))
        return st.lists(one, max_size=4) if is_list and name != "orderBy" else one

    def condition(self) -> str:
        if not self.chance(8):
            return ""
        name = self.draw(st.sampled_from(["skip", "include"]))
        value = self.draw(st.booleans())
        shown = self.variable("Boolean!", value) if self.chance(2) else str(value).lower()
        return f" @{name}(if: {shown})"

    def operation(self) -> Drawn:
        assert self.schema.query_type is not None
        body = self.selections(self.schema.query_type, 0)
        declared = " ".join(f"${name}: {of}" for name, of in self.declared.items())
        head = f"query ({declared})" if declared else "query"
        return Drawn("\n".join([f"{head} {body}", *self.fragments]), self.values)


def operations(schema: GraphQLSchema, pools: Pools) -> st.SearchStrategy[Drawn]:
    """Nearly all of them valid. pools: values for the arguments that name records."""

    @st.composite
    def drawn(draw: st.DrawFn) -> Drawn:
        return _Drawing(draw, schema, {**_GENERAL, **pools}, budget=30).operation()

    return drawn()
