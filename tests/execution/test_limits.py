"""What one document may ask for, decided before validation."""

from __future__ import annotations

import pytest
from graphql import parse

from gateway.errors import QueryError, Reason
from gateway.execution.limits import MAX_VALUE_DEPTH, Limits, check_limits, check_variables


def refused(text: str, limits: Limits | None = None) -> str:
    with pytest.raises(QueryError) as caught:
        check_limits(parse(text), limits or Limits())
    assert caught.value.code is Reason.OPERATION_TOO_LARGE
    return str(caught.value.details["limit"])


def nested(depth: int) -> str:
    return "{" + "a {" * (depth - 1) + "b" + "}" * depth


def test_depth_is_bounded_to_the_field() -> None:
    check_limits(parse(nested(16)), Limits())
    assert refused(nested(17)) == "depth"


def test_depth_counts_through_fragments() -> None:
    inner = "a {" * 9 + "b" + "}" * 9
    text = f"{{ x {{ {'y {' * 7} ...F {'}' * 7} }} }} fragment F on T {{ {inner} }}"
    assert refused(text) == "depth"


def test_fields_count_after_fragments_are_spread() -> None:
    check_limits(parse("{" + " ".join(f"a{n}" for n in range(500)) + "}"), Limits())
    assert refused("{" + " ".join(f"a{n}" for n in range(501)) + "}") == "fields"


def test_typename_and_aliases_count_like_every_field() -> None:
    assert refused("{" + " ".join(f"a{n}: __typename" for n in range(501)) + "}") == "fields"


def fan_out(levels: int) -> str:
    """Each fragment spreads the next one twice: 2^levels fields out of a few lines."""
    lines = [f"fragment F{n} on T {{ ...F{n + 1} ...F{n + 1} }}" for n in range(levels)]
    return "{ ...F0 }\n" + "\n".join(lines) + f"\nfragment F{levels} on T {{ a }}"


def test_a_fan_out_of_fragments_is_weighed_without_being_expanded() -> None:
    check_limits(parse(fan_out(3)), Limits())
    assert refused(fan_out(14)) in {"fields", "depth"}
    wide = Limits(depth=2000, tokens=100_000)
    assert refused(fan_out(200), wide) == "fields"


def test_fragment_cycles_are_left_to_validation() -> None:
    check_limits(parse("{ ...A } fragment A on T { ...B } fragment B on T { ...A }"), Limits())


@pytest.mark.parametrize(
    ("text", "cost"),
    [
        ("{a}", 1),
        ("{a {b c}}", 3),
        ("{articles(first: 10) {title}}", 11),
        ("query($n: Int) {articles(first: $n) {title}}", 101),
        ("{articles(first: 999999) {title}}", 101),
        ("{articles(first: 99999999999999999999) {title}}", 101),
        ("{articles {title}}", 21),
        ("{articles(last: 3) {title}}", 4),
        ('{articlesByUrl(urls: ["a", "b"]) {title}}', 3),
        ("query($i: [ID!]!) {nodes(ids: $i) {id}}", 101),
        ("query($r: [_Any!]!) {_entities(representations: $r) {... on Topic {name}}}", 101),
        ('{_entities(representations: [{__typename: "Topic"}]) {... on Topic {name}}}', 2),
        ("{related {title}}", 10),
        ("{articles(first: 10) {related {title}}}", 101),
    ],
)
def test_cost_multiplies_by_the_longest_lists(text: str, cost: int) -> None:
    check_limits(parse(text), Limits(cost=cost))
    assert refused(text, Limits(cost=cost - 1)) == "cost"


def value(depth: int) -> str:
    return "[" * depth + "1" + "]" * depth


@pytest.mark.parametrize(
    "text",
    ["{ a(x: %s) }", "query ($x: T = %s) { a }", "{ ...F } fragment F on T { a(x: {y: %s}) }"],
)
def test_values_are_bounded_in_depth_wherever_they_stand(text: str) -> None:
    check_limits(parse(text % value(MAX_VALUE_DEPTH - 1)), Limits())
    assert refused(text % value(MAX_VALUE_DEPTH + 1)) == "value depth"


def test_variables_are_bounded_in_depth() -> None:
    found: object = 1
    for depth in range(MAX_VALUE_DEPTH + 1):
        check_variables({"x": found} if depth else None)
        found = [found] if depth % 2 else {"y": found}
    with pytest.raises(QueryError) as caught:
        check_variables({"x": found})
    assert caught.value.details["limit"] == "value depth"
