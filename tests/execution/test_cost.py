"""What a document is taken to cost, from what the schema says of its lists."""

from __future__ import annotations

import pytest
from graphql import build_schema, parse

from gateway.errors import QueryError
from gateway.execution.limits import Limits
from gateway.execution.scale import weigh
from gateway.execution.sizes import QUESTION, UNBOUNDED
from schema.build import build_schema as build_our_schema

SCHEMA = build_schema(
    """
    type Query {
      item: Item
      items(first: Int, after: String, last: Int): Page!
      top(first: Int! = 5): [Item!]!
      named(ids: [ID!]!, skip: [ID!]): [Item]!
      found(where: [ID!]): [Item]!
      all: [Item]
    }
    type Page { total: Int edges: [Edge!]! pages: Page item: Item }
    type Edge { cursor: String node: Item items: [Item] }
    type Item { name: String tags: [String!]! parts: [Item!]! top(first: Int! = 5): [Item!]! }
    """
)
Q, U = 1 + QUESTION, UNBOUNDED


def cost(text: str, page: int = 100) -> int:
    return weigh(SCHEMA, parse(text), Limits(cost=10**9, page=page)).cost


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("{item {name}}", 2),
        ("{item {name tags}}", 3),
        ("{item {parts {name}}}", 2 + U),
        ("{item {parts {name parts {name}}}}", 2 + U * (2 + U)),
        ("{all {name}}", 1 + U),
        ("{top {name}}", Q + 5),
        ("{top(first: 3) {name}}", Q + 3),
        ("{top(first: 0) {name}}", Q),
        ("query ($n: Int!) {top(first: $n) {name}}", Q + 100),
        ("{top(first: 999) {name}}", Q + 100),
        ("{top(first: 99999999999999999999) {name}}", Q + 100),
        ("{item {top(first: 4) {name}}}", 1 + Q + 4),
        ("{top(first: 3) {top(first: 4) {name}}}", Q + 3 * (1 + 4) + QUESTION),
    ],
)
def test_a_list_multiplies_what_is_asked_of_its_items(text: str, expected: int) -> None:
    assert cost(text) == expected


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("{items {total}}", Q + 1),
        ("{items {edges {cursor}}}", Q + 1 + 20),
        ("{items(first: 7) {total edges {cursor}}}", Q + 2 + 7),
        ("{items(last: 7) {edges {cursor}}}", Q + 1 + 7),
        ("{items(first: 3, last: 7) {edges {cursor}}}", Q + 1 + 7),
        ("{items(first: 7) {edges {node {name parts {name}}}}}", Q + 1 + 7 * (3 + U)),
        ("{items(first: 7) {edges {items {name}}}}", Q + 1 + 7 * (1 + U)),
        ("{items(first: 7) {pages {edges {cursor}}}}", Q + 2 + U),
        ("{items(first: 7) {...P}} fragment P on Page {total edges {cursor}}", Q + 2 + 7),
        ("{items(first: 7) {... {edges {cursor}}}}", Q + 1 + 7),
    ],
)
def test_a_page_bounds_the_lists_that_it_holds(text: str, expected: int) -> None:
    assert cost(text) == expected


def test_a_fragment_costs_what_it_does_where_it_is_spread() -> None:
    page = "fragment P on Page {edges {cursor}}"
    text = "{a: items(first: 7) {...P} b: items(first: 2) {...P}} " + page
    assert cost(text) == 2 * (Q + 1) + 7 + 2


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ('{named(ids: ["a", "b"]) {name}}', 1 + 2),
        ("query ($i: [ID!]!) {named(ids: $i) {name}}", 1 + 100),
        ('{named(ids: ["a"], skip: ["b", "c"]) {name}}', 1 + 1),
        ('{found(where: ["a"]) {name}}', 1 + U),
    ],
)
def test_a_list_that_must_be_given_is_answered_item_by_item(text: str, expected: int) -> None:
    assert cost(text) == expected


def test_lists_without_a_literal_are_as_long_as_pages_may_be() -> None:
    assert cost("query ($n: Int!) {top(first: $n) {name}}", page=7) == Q + 7
    assert cost("{items {edges {cursor}}}", page=7) == Q + 1 + 7


def test_the_dearest_operation_of_a_document_counts() -> None:
    assert cost("query A {item {name}} query B {all {name}} query C {item {name}}") == 1 + U


def test_unknown_fields_and_types_are_left_to_validation() -> None:
    assert cost("{x {y} ...F ... on Nowhere {z}} fragment F on Nothing {y {z}}") == 5


def test_texts_as_long_as_a_record_weigh_more_than_others() -> None:
    schema = build_our_schema()._schema
    text = '{article(path: "x") {title body featuredContent integrity {canonical}}}'
    assert weigh(schema, parse(text), Limits()).cost == 1 + 1 + 20 + 20 + (1 + 20)


@pytest.mark.parametrize("federation", [False, True])
def test_a_list_is_as_long_as_its_field_declares(federation: bool) -> None:
    schema = build_our_schema(federation=federation)._schema
    text = '{topic(name: "x") {children {name}}}'
    assert weigh(schema, parse(text), Limits()).cost == 2 + 20


@pytest.mark.parametrize("federation", [False, True])
def test_every_list_of_our_own_schema_is_bounded_by_something(federation: bool) -> None:
    schema = build_our_schema(federation=federation)._schema
    text = "{articles(first: 100) {edges {node {related {article {related {title}}}}}}}"
    with pytest.raises(QueryError) as caught:
        weigh(schema, parse(text), Limits(cost=1000))
    assert caught.value.details == {
        "limit": "cost",
        "found": Q + 1 + 100 * (2 + U * (2 + U)),
        "allowed": 1000,
    }
