"""Plans over a gateway: what is kept, what is left to the reference executor."""

from __future__ import annotations

import asyncio
import weakref
from collections.abc import Iterator
from typing import Any

import orjson
import pytest
from graphql import OperationDefinitionNode, parse

from gateway.app import Gateway
from gateway.memory import uncollected
from gateway.plan import run
from gateway.plan.fragments import Fragments
from gateway.plan.plan import make_plan
from gateway.plan.plans import Asked, Plans
from schema.build import build_schema
from schema.context import Context
from tests.support.folder import Folder
from tests.support.publisher import NOW

SCHEMA = build_schema()._schema
LIST = "{articles {edges {node {title provider {name}}}}}"


@pytest.fixture
def gateway(folder: Folder) -> Iterator[Gateway]:
    for name in "abc":
        folder.add(f"_news/{name}.md", title=f"Title {name}")
    gateway = Gateway(folder.settings, lambda: NOW)
    gateway.ingest()
    yield gateway
    gateway.close()


class Epoch:
    """A gateway's context in an epoch of the test's choice."""

    def __init__(self, context: Context, epoch: object) -> None:
        self.records, self.max_page, self.present = (
            context.records,
            context.max_page,
            context.present,
        )
        self.epoch = epoch

    def afresh(self) -> Epoch:
        return self


def asked(text: str) -> Asked:
    document = parse(text)
    operation = document.definitions[0]
    assert isinstance(operation, OperationDefinitionNode)
    return Asked(text, document, operation)


def data(
    plans: Plans, gateway: Gateway, text: str, epoch: object = None, **variables: Any
) -> bytes | None:
    async def ask() -> dict[str, Any] | None:
        context = Epoch(await gateway.context(), epoch)
        return await plans.data(asked(text), variables, context, lambda _: None)

    found = asyncio.run(ask())
    return None if found is None else orjson.dumps(found)


def used(plans: Plans, epoch: object = None) -> tuple[int, int]:
    """How many fragments of an epoch were at hand, and how many were not."""
    kept = plans.fragments.of(epoch)
    return kept.hits, kept.misses


def test_a_query_is_answered(gateway: Gateway) -> None:
    plans = Plans(SCHEMA)
    assert data(plans, gateway, "{articles {totalCount}}") == b'{"articles":{"totalCount":3}}'
    assert plans.fallbacks == {}


@pytest.mark.parametrize(
    ("text", "variables", "reason"),
    [
        ("{__schema {queryType {name}}}", {}, "introspection"),
        ("{articles(first: -1) {totalCount}}", {}, "error"),
        ('{node(id: "no id") {id}}', {}, "error"),
        ("query ($n: Int!) {articles(first: $n) {totalCount}}", {}, "variables"),
        ("query ($n: Int) {articles(first: $n) {totalCount}}", {"n": "one"}, "variables"),
    ],
)
def test_what_is_left_to_the_reference_is_counted_by_its_reason(
    gateway: Gateway, text: str, variables: dict[str, Any], reason: str
) -> None:
    plans = Plans(SCHEMA)
    for times in (1, 2):
        assert data(plans, gateway, text, **variables) is None
        assert plans.fallbacks == {reason: times}


def test_each_combination_of_switches_has_a_plan(gateway: Gateway) -> None:
    plans = Plans(SCHEMA)
    text = "query ($s: Boolean!) {articles {totalCount @skip(if: $s) __typename}}"
    both = b'{"articles":{"totalCount":3,"__typename":"ArticleConnection"}}'
    for _ in range(2):
        assert data(plans, gateway, text, s=False) == both
        assert data(plans, gateway, text, s=True) == (
            b'{"articles":{"__typename":"ArticleConnection"}}'
        )


def test_what_was_made_of_a_record_is_used_again(gateway: Gateway) -> None:
    plans = Plans(SCHEMA)
    first = data(plans, gateway, LIST)
    assert used(plans) == (0, 3)
    assert data(plans, gateway, LIST) == first
    assert used(plans) == (3, 3)


def test_another_selection_is_made_anew(gateway: Gateway) -> None:
    plans = Plans(SCHEMA)
    data(plans, gateway, LIST)
    other = data(plans, gateway, LIST.replace("title", "path"))
    assert used(plans) == (0, 6)
    assert other is not None
    assert b"Title" not in other


def test_a_new_epoch_uses_nothing_of_the_old(gateway: Gateway) -> None:
    plans = Plans(SCHEMA)
    for epoch in ("one", "two", "one"):
        data(plans, gateway, LIST, epoch=epoch)
        assert used(plans, epoch) == (0, 3)


def test_what_began_in_an_old_epoch_leaves_nothing_in_the_new() -> None:
    fragments = Fragments(10_000)
    old = fragments.of("old")
    new = fragments.of("new")
    old.put("key", {"title": "A lie"})
    assert new.get("key") is None
    assert fragments.of("new") is new


def test_long_answers_are_left_to_the_reference(
    gateway: Gateway, monkeypatch: pytest.MonkeyPatch
) -> None:
    plans = Plans(SCHEMA)
    monkeypatch.setattr(run, "MAX_FIELDS", 10)
    assert data(plans, gateway, LIST) is None
    assert plans.fallbacks == {"length": 1}


@pytest.mark.parametrize(
    "member",
    [
        "related {article {title}}",  # another record decides
        "referencedBy(first: 2) {path}",  # an argument decides
        "provider {organization {name}}",
    ],
)
def test_what_more_than_one_record_decides_is_never_kept(gateway: Gateway, member: str) -> None:
    plans = Plans(SCHEMA)
    text = f"{{articles {{edges {{node {{title {member}}}}}}}}}"
    for _ in range(2):
        assert data(plans, gateway, text) is not None
    assert used(plans) == (0, 0)


def test_without_room_nothing_is_kept_and_everything_answered(gateway: Gateway) -> None:
    plans = Plans(SCHEMA, capacity=0, fragments=0)
    assert (
        data(plans, gateway, LIST)
        == data(plans, gateway, LIST)
        == data(Plans(SCHEMA), gateway, LIST)
    )
    assert used(plans) == (0, 6)


def test_a_plan_that_is_forgotten_is_gone_at_once() -> None:
    """Looking for circles of objects is for rare moments (gateway.memory)."""
    question = asked(LIST)
    plan = make_plan(SCHEMA, question.document, question.operation, {})
    answer = weakref.ref(plan.answer)
    with uncollected():
        del plan
        assert answer() is None
