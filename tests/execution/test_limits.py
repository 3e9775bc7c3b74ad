"""What one document may ask for, decided before validation."""

from __future__ import annotations

import pytest
from graphql import parse

from gateway.errors import QueryError, Reason
from gateway.execution.limits import MAX_DIRECTIVES_AT_ONE_PLACE, MAX_VALUE_DEPTH, Limits
from gateway.execution.scale import Weighed, check_variables, weigh
from schema.build import build_schema

SCHEMA = build_schema()._schema
# So that the bound that a test is about is the one that is met.
WIDE = {"roots": 1000, "aliases": 1000, "spreads": 1000, "fragments": 1000}


def weighed(text: str, limits: Limits | None = None) -> Weighed:
    return weigh(SCHEMA, parse(text), limits or Limits(**WIDE))


def refused(text: str, limits: Limits | None = None) -> str:
    with pytest.raises(QueryError) as caught:
        weighed(text, limits)
    assert caught.value.code is Reason.OPERATION_TOO_LARGE
    details = caught.value.details
    found, allowed = details["found"], details["allowed"]
    assert isinstance(found, int)
    assert isinstance(allowed, int)
    assert found > allowed
    return str(details["limit"])


def nested(depth: int) -> str:
    return "{" + "a {" * (depth - 1) + "b" + "}" * depth


def test_depth_is_bounded_to_the_field() -> None:
    weighed(nested(16))
    assert refused(nested(17)) == "depth"


def test_depth_counts_through_fragments() -> None:
    inner = "a {" * 9 + "b" + "}" * 9
    text = f"{{ x {{ {'y {' * 7} ...F {'}' * 7} }} }} fragment F on T {{ {inner} }}"
    assert refused(text) == "depth"


def test_fields_count_after_fragments_are_spread() -> None:
    weighed("{" + " ".join(f"a{n}" for n in range(500)) + "}")
    assert refused("{" + " ".join(f"a{n}" for n in range(501)) + "}") == "fields"


def test_typename_and_aliases_count_like_every_field() -> None:
    assert refused("{" + " ".join(f"a{n}: __typename" for n in range(501)) + "}") == "fields"


def fan_out(levels: int) -> str:
    """Each fragment spreads the next one twice: 2^levels fields out of a few lines."""
    lines = [f"fragment F{n} on T {{ ...F{n + 1} ...F{n + 1} }}" for n in range(levels)]
    return "{ ...F0 }\n" + "\n".join(lines) + f"\nfragment F{levels} on T {{ a }}"


def test_a_fan_out_of_fragments_is_weighed_without_being_expanded() -> None:
    weighed(fan_out(3))
    assert refused(fan_out(14)) in {"fields", "depth", "roots"}
    wide = Limits(depth=2000, **WIDE)
    assert refused(fan_out(200), wide) == "roots"


def test_fragment_cycles_are_left_to_validation() -> None:
    weighed("{ ...A } fragment A on T { ...B } fragment B on T { ...A }")


def value(depth: int) -> str:
    return "[" * depth + "1" + "]" * depth


@pytest.mark.parametrize(
    "text",
    ["{ a(x: %s) }", "query ($x: T = %s) { a }", "{ ...F } fragment F on T { a(x: {y: %s}) }"],
)
def test_values_are_bounded_in_depth_wherever_they_stand(text: str) -> None:
    weighed(text % value(MAX_VALUE_DEPTH - 1))
    assert refused(text % value(MAX_VALUE_DEPTH + 1)) == "value depth"


def test_variables_are_bounded_in_depth() -> None:
    found: object = 1
    for depth in range(MAX_VALUE_DEPTH + 1):
        check_variables({"x": found} if depth else None, Limits())
        found = [found] if depth % 2 else {"y": found}
    with pytest.raises(QueryError) as caught:
        check_variables({"x": found}, Limits())
    assert caught.value.details["limit"] == "value depth"


def test_variables_are_bounded_in_number() -> None:
    check_variables({"x": [{"y": 1}] * 2, "z": 1}, Limits(values=6))
    with pytest.raises(QueryError) as caught:
        check_variables({"x": [{"y": 1}] * 2, "z": 1}, Limits(values=5))
    assert caught.value.details == {"limit": "values", "found": 6, "allowed": 5}


def many(piece: str, number: int) -> str:
    return " ".join(piece.format(n=n) for n in range(number))


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("roots", many("a{n}", 4).join("{}")),
        ("roots", "{ ...A ... { w x } } fragment A on Query { y ... on Query { z } }"),
        ("aliases", many("a{n}: __typename", 4).join("{}")),
        ("aliases", "{ a: x ...A } fragment A on Query { b: y ... { c: z d: z } }"),
        ("directives", "{ x @a @b y @c @d }"),
        ("directives", "query ($n: Int @b) @a { ... @c { x } ...A @d } fragment A on Query { y }"),
        ("directives", "{ x } fragment A on Query @a @b { y @c ... on Query @d { z } }"),
        ("fragments", "{ x } " + many("fragment A{n} on Query {{ x }}", 4)),
        ("spreads", "{ ...A x { ...A } ...A ...A }"),
        ("arguments", "{ x(a: 1, b: 2) y(c: 3) @d(e: 4) }"),
        ("values", "{ x(a: [1, 2, 3]) }"),
        ("values", "{ x(a: {b: {c: {d: 1}}}) }"),
        ("values", "query ($n: [Int] = [1, 2, 3]) { x }"),
        ("values", "{ x @a(b: [[]]) y(c: 1, d: 2) }"),
    ],
)
def test_what_a_document_repeats_is_bounded(name: str, text: str) -> None:
    assert refused(text, Limits(**{name: 3})) == name
    weighed(text, Limits(**{name: 4}))


def test_one_place_takes_few_directives() -> None:
    weighed(f"{{ x {'@a ' * MAX_DIRECTIVES_AT_ONE_PLACE} }}")
    assert refused("{ x %s }" % ("@a " * (MAX_DIRECTIVES_AT_ONE_PLACE + 1))).startswith(
        "directives"
    )


@pytest.mark.parametrize(
    "text", ["{__schema {types {name}}}", '{... {a: __type(name: "Q") {name}}}']
)
def test_asking_for_the_schema_is_noticed(text: str) -> None:
    assert weighed(text).introspects
    assert not weighed("{__typename article {__typename}}").introspects
