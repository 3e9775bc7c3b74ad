"""A plan answers what the reference executor answers, to the byte, or leaves the answer to it."""

from __future__ import annotations

import asyncio
import inspect
from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import orjson
import pytest
from graphql import (
    DocumentNode,
    ExecutionResult,
    GraphQLSchema,
    OperationDefinitionNode,
    execute,
    parse,
    validate,
)
from graphql.execution.values import VariableValues, get_variable_values
from hypothesis import assume, given

from gateway.app import Gateway
from gateway.execution.executor import Answer, Executor, Operation
from gateway.execution.limits import Limits
from gateway.plan.at_hand import WaitsError
from gateway.plan.fragments import Kept
from gateway.plan.plan import Plan, make_plan
from gateway.plan.selection import switches_of
from gateway.plan.unsupported import Unsupported
from gateway.plan.variables import Variables
from gateway.repository.reading import NotAtHandError
from schema.build import build_schema
from schema.node import encode_id
from tests.support.folder import Folder, replace_in
from tests.support.fuzz import bounded, fuzz
from tests.support.operations import Drawn, Pools, operations
from tests.support.publisher import NOW
from tests.support.site import CONTENT, build_site

SCHEMA: GraphQLSchema = build_schema()._schema
URLS = [f"https://news.example.org/{name}" for name in "bcd"]
PATHS = [*CONTENT, *(f"_news/{name}.md" for name in "abcdxz"), "_learning/videos/forged.md"]
PROVIDERS = [("Example News", "example.org"), ("Example Learn", "learn.example.org"), ("No", "one")]

POOLS: Pools = {
    "id": [
        *(encode_id("Article", "demo", path) for path in PATHS),
        encode_id("Video", "demo", "_learning/videos/rows.md"),
        encode_id("Topic", "demo", "Power Apps"),
        encode_id("Provider", "demo", "Example Learn", "learn.example.org"),
        encode_id("Organization", "demo", "_data/organizations/learn.example.org.md"),
        encode_id("Topic", "other", "Power Apps"),
        "no id",
    ],
    "path": [None, *PATHS],
    "url": [None, *URLS, "https://nowhere.example"],
    "name": ["Power Apps", "Canvas apps", "AI", "No", "Example News", "Example Learn"],
    "domain": [domain for _, domain in PROVIDERS],
}


def add_articles(folder: Folder) -> None:
    """Articles that lead to each other, with all that a record may leave out, and withheld ones."""
    related = [
        {
            "title": '\u2028 <b>&amp;</b> \U0001f512 \\ "',
            "excerpt": "",
            "publishedDateTime": "2025-01-01T01:00:00+02:00",
            "type": "video",
            "quality": quality,
            "provider": {"name": "Example Learn", "domain": "learn.example.org"},
            "webUrl": url,
            "images": [{"url": "/a.png", "width": 1, "height": 2}],
        }
        for quality, url in enumerate([*URLS, "https://nowhere.example"])
    ]
    for name, url in zip("bcd", URLS, strict=True):
        folder.add(f"_news/{name}.md", "*text*", webUrl=url, related=related)
    bare: dict[str, Any] = {"heat": None, "published": None, "originalUrl": None, "topics": []}
    folder.add("_news/x.md", **bare)
    forged = folder.add("_news/z.md")
    replace_in(forged, "A seal", "A lie")


@pytest.fixture(scope="module")
def gateway(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Gateway]:
    folder = Folder(tmp_path_factory.mktemp("site"))
    build_site(folder)
    add_articles(folder)
    gateway = Gateway(folder.settings, lambda: NOW)
    gateway.ingest()
    yield gateway
    gateway.close()


def pools() -> Pools:
    return {**POOLS, "ids": POOLS["id"], "paths": PATHS, "urls": POOLS["url"][1:]}


async def by_reference(gateway: Gateway, document: DocumentNode, drawn: Drawn) -> ExecutionResult:
    context = await gateway.context()
    found = execute(SCHEMA, document, context_value=context, variable_values=drawn.variables)
    result = await found if inspect.isawaitable(found) else found
    assert isinstance(result, ExecutionResult)
    return result


def plan_of(document: DocumentNode, variables: VariableValues) -> Plan:
    operation = document.definitions[0]
    assert isinstance(operation, OperationDefinitionNode)
    switches = {name: variables.coerced[name] for name in switches_of(document)}
    return make_plan(SCHEMA, document, operation, switches)


async def by_plan(
    gateway: Gateway, document: DocumentNode, variables: VariableValues
) -> dict[str, Any]:
    plan, kept = plan_of(document, variables), Kept(1 << 20)
    found = await plan.run(await gateway.context(), variables, kept, lambda _: None)
    at_hand = by_hand(gateway, plan, variables, kept)
    assert at_hand is None or at_hand == orjson.dumps(found)
    return found


def by_hand(gateway: Gateway, plan: Plan, variables: VariableValues, kept: Kept) -> bytes | None:
    """The same out of what is at hand by now; None where something would be waited for."""
    version = gateway.store.version()
    assert version is not None
    context = gateway.context_at_hand(version)
    assert context is not None
    try:
        return orjson.dumps(plan.at_hand(context, variables, kept, lambda _: None))
    except (NotAtHandError, WaitsError):
        return None


def coerced(document: DocumentNode, drawn: Drawn) -> VariableValues | None:
    """As graphql-core does; nobody can tell that we take a shorter way."""
    operation = document.definitions[0]
    assert isinstance(operation, OperationDefinitionNode)
    declared = operation.variable_definitions or ()
    found = get_variable_values(SCHEMA, declared, drawn.variables)
    if not isinstance(found, VariableValues):
        with pytest.raises(Unsupported):
            Variables(SCHEMA, declared).values(drawn.variables)
        return None
    taken = Variables(SCHEMA, declared).values(drawn.variables)
    assert taken.coerced == found.coerced
    values = {name: source.value for name, source in found.sources.items()}
    assert {name: source.value for name, source in taken.sources.items()} == values
    return taken


# The reference itself leaves coroutines of resolvers behind where another field of the same object
# fails at once. Those of plans have other names.
LEFT_BY_THE_REFERENCE = "ignore:coroutine 'GraphQLCoreConverter.from_resolver:RuntimeWarning"


@pytest.mark.filterwarnings(LEFT_BY_THE_REFERENCE)
@pytest.mark.fuzz
@bounded(least=200)
@given(drawn=operations(SCHEMA, pools()))
def test_a_plan_answers_what_the_reference_answers(gateway: Gateway, drawn: Drawn) -> None:
    document = parse(drawn.text)
    assume(not validate(SCHEMA, document))
    variables = coerced(document, drawn)
    assume(variables is not None)
    assert variables is not None
    expected = asyncio.run(by_reference(gateway, document, drawn))
    if expected.errors:
        # Whatever it was, a plan does not say that all is well.
        with pytest.raises(Exception):  # noqa: B017
            asyncio.run(by_plan(gateway, document, variables))
        return
    found = asyncio.run(by_plan(gateway, document, variables))
    assert orjson.dumps(found) == orjson.dumps(expected.data)


async def answered(executor: Executor, gateway: Gateway, drawn: Drawn, *, planned: bool) -> Answer:
    prepared = executor.prepare(Operation(drawn.text, drawn.variables))
    if isinstance(prepared, Answer):
        return prepared
    chosen = prepared.chosen if planned else None
    return await executor.answer(replace(prepared, chosen=chosen), gateway.context)


@pytest.mark.filterwarnings(LEFT_BY_THE_REFERENCE)
@fuzz
@given(drawn=operations(SCHEMA, pools()))
def test_whoever_asks_cannot_tell_whether_there_was_a_plan(gateway: Gateway, drawn: Drawn) -> None:
    """An attempt that is given up in the middle leaves nothing behind for the next one."""
    executor = Executor(SCHEMA, Limits(), 60.0)
    reference = asyncio.run(answered(executor, gateway, drawn, planned=False))
    found = asyncio.run(answered(executor, gateway, drawn, planned=True))
    assert told(found) == told(reference)
    assert orjson.dumps(found.document.get("data")) == orjson.dumps(reference.document.get("data"))


def told(answer: Answer) -> list[str]:
    """The errors, in any order: it depends on which of several threads is faster."""
    return sorted(orjson.dumps(error).decode() for error in answer.document.get("errors", ()))
