"""Lists of operations, as the batch link of Apollo's clients sends them."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest

from tests.support.client import Client, serving
from tests.support.folder import Folder

COUNT = {"query": "{articles {totalCount}}"}
ANSWER = {"data": {"articles": {"totalCount": 1}}}


@pytest.fixture
def client(folder: Folder) -> Iterator[Client]:
    folder.add("_news/a.md")
    settings = folder.settings.model_copy(update={"max_batch": 3, "max_cost": 500})
    with serving(settings) as client:
        yield client


def post(client: Client, batch: Any, **headers: str) -> Any:
    return client.http.post("/graphql", json=batch, headers=headers)


def test_answers_stand_in_the_order_of_the_operations(client: Client) -> None:
    response = post(client, [COUNT, {"query": "{x}"}, {"query": "query A {__typename}"}])
    assert response.status_code == 200
    first, second, third = response.json()
    assert (first, third) == (ANSWER, {"data": {"__typename": "Query"}})
    assert second["errors"][0]["extensions"]["code"] == "GRAPHQL_VALIDATION_FAILED"
    assert response.headers["cache-control"] == "no-store"


def test_a_list_of_one_is_answered_by_a_list(client: Client) -> None:
    assert post(client, [COUNT]).json() == [ANSWER]


def test_operations_cost_together_what_one_may_cost_alone(client: Client) -> None:
    assert post(client, [COUNT, COUNT]).json() == [ANSWER, ANSWER]
    document = post(client, [COUNT, COUNT, COUNT]).json()
    (error,) = document["errors"]
    assert error["extensions"] | {"hint": ""} == {
        "code": "OPERATION_TOO_LARGE",
        "limit": "cost",
        "found": 606,
        "allowed": 500,
        "hint": "",
    }


def test_a_longer_batch_is_refused_whole(client: Client) -> None:
    response = post(client, [COUNT] * 4)
    extensions = response.json()["errors"][0]["extensions"]
    assert (response.status_code, extensions["code"]) == (400, "BATCH_TOO_LARGE")
    assert (extensions["found"], extensions["allowed"]) == (4, 3)


@pytest.mark.parametrize("batch", [[], [1], [[COUNT]], [None], [COUNT, {"query": 1}]])
def test_what_is_no_list_of_requests_is_a_bad_request(client: Client, batch: Any) -> None:
    response = post(client, batch)
    extensions = response.json()["errors"][0]["extensions"]
    assert (response.status_code, extensions["code"]) == (400, "BAD_REQUEST")


def test_subscriptions_have_no_place_in_a_batch(client: Client) -> None:
    (answer,) = post(client, [{"query": "subscription {snapshotChanged {id}}"}]).json()
    assert "errors" in answer


def test_by_default_there_are_no_batches(folder: Folder) -> None:
    with serving(folder.settings) as client:
        response = post(client, [COUNT])
    assert response.json()["errors"][0]["extensions"]["code"] == "BATCH_TOO_LARGE"
