"""Documents are parsed and validated once, and what a request brings itself each time."""

from __future__ import annotations

import gc

import pytest
from graphql import Token

from gateway.execution.executor import Answer, Executor, Operation, Prepared
from gateway.execution.limits import Limits
from gateway.memory import uncollected
from schema.build import build_schema

TWO = "query A($n: Int) {articles(first: $n) {totalCount}} query B {__typename}"


@pytest.fixture
def executor() -> Executor:
    return Executor(build_schema()._schema, Limits(), 10)


def prepared(executor: Executor, operation: Operation) -> Prepared:
    found = executor.prepare(operation)
    assert isinstance(found, Prepared), found
    return found


def code(executor: Executor, operation: Operation) -> str:
    found = executor.prepare(operation)
    assert isinstance(found, Answer)
    return str(found.document["errors"][0]["extensions"]["code"])


def test_the_same_text_is_the_same_document(executor: Executor) -> None:
    one = prepared(executor, Operation(TWO, {"n": 1}, "A"))
    other = prepared(executor, Operation(TWO, {"n": 2}, "B"))
    assert one.document is other.document
    assert other.operation == Operation(TWO, {"n": 2}, "B")
    assert prepared(executor, Operation(TWO + " ", None, "A")).document is not one.document


def test_a_known_document_does_not_excuse_a_request(executor: Executor) -> None:
    prepared(executor, Operation(TWO, None, "A"))
    assert code(executor, Operation(TWO, None, "C")) == "OPERATION_NOT_FOUND"
    deep: object = 1
    for _ in range(40):
        deep = [deep]
    assert code(executor, Operation(TWO, {"n": deep}, "A")) == "OPERATION_TOO_LARGE"


@pytest.mark.parametrize(
    "text", ["{", "{articlez}", "mutation {x}", "{" + "a: __typename " * 600 + "}"]
)
def test_what_is_refused_is_refused_again(executor: Executor, text: str) -> None:
    assert code(executor, Operation(text)) == code(executor, Operation(text))
    assert executor.check(text) is not None


def test_memory_for_documents_is_bounded() -> None:
    fields = " ".join(f"a{number}: __typename" for number in range(490))
    executor = Executor(build_schema()._schema, Limits(aliases=500, roots=500), 10)
    first = prepared(executor, Operation(f"{{{fields}}}")).document
    for number in range(60):
        prepared(executor, Operation(f"query Q{number} {{{fields}}}"))
    assert prepared(executor, Operation(f"{{{fields}}}")).document is not first


def test_a_document_that_is_forgotten_is_gone_at_once(executor: Executor) -> None:
    """Looking for circles of objects is for rare moments (gateway.memory)."""
    prepared(executor, Operation("{__typename}"))
    gc.collect()  # what validation left
    with uncollected():
        before = _tokens()
        executor._checker._known.clear()
        assert _tokens() == before - len(("SOF", "{", "__typename", "}", "EOF"))


def _tokens() -> int:
    return sum(isinstance(thing, Token) for thing in gc.get_objects())
