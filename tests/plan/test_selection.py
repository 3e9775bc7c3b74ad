"""Which fields a selection set asks for."""

from __future__ import annotations

from typing import Any

import pytest
from graphql import (
    GraphQLObjectType,
    OperationDefinitionNode,
    build_schema,
    parse,
)

from gateway.plan.selection import Selections, fragments_of, switches_of
from gateway.plan.unsupported import Unsupported

SCHEMA = build_schema(
    """
    type Query implements Named {name: String other: String thing: Thing}
    type Thing implements Named {name: String}
    interface Named {name: String}
    directive @note on FIELD
    """
)


def names(text: str, **switches: bool) -> dict[str, Any]:
    """How many nodes each response name of the root has."""
    document = parse(text)
    operation = document.definitions[0]
    assert isinstance(operation, OperationDefinitionNode)
    query = SCHEMA.query_type
    assert isinstance(query, GraphQLObjectType)
    selections = Selections(SCHEMA, fragments_of(document), switches)
    found = selections.collect(query, [operation.selection_set])
    return {name: len(nodes) for name, nodes in found.items()}


def test_fields_of_one_response_name_are_merged_in_the_order_of_the_first() -> None:
    assert names("{a: name other thing {name} thing {a: name}}") == {"a": 1, "other": 1, "thing": 2}


def test_a_fragment_counts_once_in_a_selection_set() -> None:
    assert names("{...F ...F other} fragment F on Query {name}") == {"name": 1, "other": 1}


@pytest.mark.parametrize("condition", ["Query", "Named"])
def test_fragments_on_the_type_or_what_it_implements_apply(condition: str) -> None:
    assert names(f"{{... on {condition} {{name}} ... {{other}}}}") == {"name": 1, "other": 1}


def test_fragments_on_other_types_do_not_apply() -> None:
    assert names("{other ...F} fragment F on Thing {name}") == {"other": 1}


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("{name @skip(if: true) other}", {"other": 1}),
        ("{name @skip(if: false) other}", {"name": 1, "other": 1}),
        ("{name @include(if: true) other @include(if: false)}", {"name": 1}),
        ("{name @include(if: true) @skip(if: true) other}", {"other": 1}),
        ("{... @include(if: false) {name} other}", {"other": 1}),
        ("{...F @skip(if: true) ...F} fragment F on Query {name}", {"name": 1}),
    ],
)
def test_conditions_leave_fields_out(text: str, found: dict[str, int]) -> None:
    assert names(text) == found


def test_a_variable_decides_by_its_value() -> None:
    text = "query ($s: Boolean!) {name @skip(if: $s) other @include(if: $s)}"
    assert names(text, s=True) == {"other": 1}
    assert names(text, s=False) == {"name": 1}
    assert switches_of(parse(text)) == ("s",)


def test_variables_elsewhere_are_no_switches() -> None:
    assert switches_of(parse("query ($s: Int) {name(of: $s)}")) == ()


def test_other_directives_are_left_to_the_reference() -> None:
    with pytest.raises(Unsupported, match="directive"):
        names("{name @note}")
