"""What need not be compared pair by pair, held against the rule that compares pairs."""

from __future__ import annotations

import pytest
from graphql import OverlappingFieldsCanBeMergedRule, build_schema, parse, validate
from hypothesis import given
from hypothesis import strategies as st

from gateway.execution.overlap import overlap
from tests.support.fuzz import fuzz

SCHEMA = build_schema(
    """
    directive @stream(initialCount: Int) on FIELD
    interface Named { name(long: Boolean): String  child: Named  size: Int }
    type One implements Named {
      name(long: Boolean): String  child: One  size: Int  other: String!  list: [Named] }
    type Two implements Named {
      name(long: Boolean): String  child: Two  size: Int  other: Int  list: [Named!] }
    union Any = One | Two
    type Query { named: Named  any: Any  one: One  two: Two  size: Int }
    """
)

LEAVES = [
    *("name", "size", "other", "unknown", "a: name", "a: size", "a: other", "b: size"),
    *("name(long: true)", "name(long: false)", "a: name(long: true)"),
]
OWNERS = [
    *("child", "list", "a: child", "b: child", "b: list", "list @stream(initialCount: 1)"),
    *(
        "... on One",
        "... on Two",
        "... on Named",
        "... on Any",
        "...",
        "named",
        "any",
        "one",
        "two",
    ),
]


def selections(size: int = 4) -> st.SearchStrategy[str]:
    return st.recursive(
        st.sampled_from([*LEAVES, "...F", "...G"]),
        lambda inner: st.builds(
            lambda owner, fields: f"{owner} {{ {' '.join(fields)} }}",
            st.sampled_from(OWNERS),
            st.lists(inner, min_size=1, max_size=size),
        ),
        max_leaves=14,
    )


def sets() -> st.SearchStrategy[str]:
    return st.lists(selections(), min_size=1, max_size=4).map(" ".join)


def conflicts(text: str) -> bool:
    return bool(validate(SCHEMA, parse(text), [OverlappingFieldsCanBeMergedRule]))


@given(query=sets(), first=sets(), second=sets())
@fuzz
def test_what_is_called_harmless_has_no_conflict(query: str, first: str, second: str) -> None:
    text = f"{{ {query} ...F }} fragment F on Named {{ {first} }} fragment G on One {{ {second} }}"
    document = parse(text)
    spread = text.replace("fragment G", "query Second { ...G } fragment G")
    if overlap(SCHEMA, parse(spread)).is_harmless:
        assert not conflicts(text)
    assert not overlap(SCHEMA, document).is_harmless or not conflicts_in_use(text)


def conflicts_in_use(text: str) -> bool:
    """A fragment that nobody spreads is another rule's business."""
    used = text if "...G" in text.partition("fragment G")[0] else text.partition("fragment G")[0]
    return conflicts(used)


@pytest.mark.parametrize(
    "text",
    [
        "{one {name name} one {name}}",
        "{one {...F ...F name}} fragment F on One {name child {name}}",
        "{named {... on One {name} ... on Two {name}}}",
        "{any {... on One {child {size}} ... on Two {b: child {size}}}}",
        "{a: size b: size a: size}",
    ],
)
def test_what_repeats_itself_as_it_is_is_harmless(text: str) -> None:
    assert overlap(SCHEMA, parse(text)).is_harmless
    assert not conflicts(text)


@pytest.mark.parametrize(
    "text",
    [
        "{a: size a: one {name}}",
        "{one {name(long: true) name(long: false)}}",
        "{one {child {a: name}} one {child {a: size}}}",
        "{any {... on One {a: other} ... on Two {a: other}}}",
        "{one {...F}} fragment F on One {a: name ...G} fragment G on One {a: size}",
        "{one {list @stream {name} list {name}}}",
    ],
)
def test_what_differs_is_left_to_the_rule(text: str) -> None:
    assert not overlap(SCHEMA, parse(text)).is_harmless


def test_fragments_in_a_circle_come_to_an_end() -> None:
    text = "{one {...F}} fragment F on One {child {...F child {...F}}}"
    assert not overlap(SCHEMA, parse(text)).is_harmless


def test_pairs_are_those_of_all_fields_that_meet() -> None:
    assert overlap(SCHEMA, parse("{size size size}")).pairs == 3
    assert overlap(SCHEMA, parse("{one {size size} one {size size}}")).pairs == 1 + 6
