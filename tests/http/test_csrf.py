"""What a page of another site can have a browser send without asking."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest

from tests.support.client import Client, serving
from tests.support.folder import Folder

SITE = "https://www.example.org"
FRIEND = "https://friend.example"
QUERY = {"query": "{articles {totalCount}}"}
IMAGE = {"sec-fetch-site": "cross-site", "sec-fetch-mode": "no-cors", "sec-fetch-dest": "image"}
FETCH = {"sec-fetch-site": "cross-site", "sec-fetch-mode": "cors", "origin": SITE}
FOLLOWED = {
    "sec-fetch-site": "cross-site",
    "sec-fetch-mode": "navigate",
    "sec-fetch-dest": "document",
    "accept": "text/html,application/xhtml+xml",
}


@pytest.fixture
def client(folder: Folder) -> Iterator[Client]:
    folder.add("_news/a.md")
    with serving(folder.settings.model_copy(update={"cors_origins": (FRIEND,)})) as client:
        yield client


def ask(client: Client, headers: dict[str, str]) -> Any:
    return client.http.get("/graphql", params=QUERY, headers=headers)


@pytest.mark.parametrize("site", ["cross-site", "same-site"])
@pytest.mark.parametrize(
    "headers", [IMAGE, FETCH, FOLLOWED, {**IMAGE, "content-type": "text/plain"}]
)
def test_a_query_that_needed_nobodys_leave_is_refused(
    client: Client, headers: dict[str, str], site: str
) -> None:
    reads = client.gateway.store.reads
    answer = ask(client, {**headers, "sec-fetch-site": site})
    assert answer.status_code == 403
    assert answer.json()["errors"][0]["extensions"]["code"] == "CSRF_REFUSED"
    assert "data" not in answer.json()
    assert "no-store" in answer.headers["cache-control"]
    assert client.gateway.store.reads == reads


@pytest.mark.parametrize("site", ["none", "same-origin"])
def test_our_own_pages_and_people_who_type_may_ask(client: Client, site: str) -> None:
    assert ask(client, {**FETCH, "sec-fetch-site": site}).json()["data"]


def test_programs_that_say_nothing_may_ask(client: Client) -> None:
    assert ask(client, {}).json()["data"]


@pytest.mark.parametrize(
    "header",
    [
        "apollo-require-preflight",
        "x-apollo-operation-name",
        "graphql-require-preflight",
    ],
)
def test_a_header_that_browsers_ask_leave_for_says_that_they_had_it(
    client: Client, header: str
) -> None:
    assert ask(client, {**FETCH, header: "true"}).json()["data"]
    assert ask(client, {**FETCH, header: ""}).status_code == 403


def test_a_body_of_json_needs_leave_by_itself(client: Client) -> None:
    assert client.http.post("/graphql", json=QUERY, headers=FETCH).json()["data"]


@pytest.mark.parametrize(
    "declared", ["text/plain", "application/x-www-form-urlencoded", "multipart/form-data", None]
)
def test_forms_and_plain_text_are_refused_whoever_sends_them(
    client: Client, declared: str | None
) -> None:
    headers = {} if declared is None else {"content-type": declared}
    body = b'{"query": "{articles {totalCount}}"}'
    answer = client.http.post("/graphql", content=body, headers=headers)
    assert answer.status_code == 415
    refused = client.http.post("/graphql", content=body, headers={**headers, **FETCH})
    assert refused.json()["errors"][0]["extensions"]["code"] == "CSRF_REFUSED"


def test_a_site_that_may_read_may_ask_as_it_likes(client: Client) -> None:
    assert ask(client, {**FETCH, "origin": FRIEND}).json()["data"]
    # Pictures carry no origin, so nobody knows whose page wants it.
    assert ask(client, IMAGE).status_code == 403


def test_a_link_from_elsewhere_opens_graphiql(client: Client) -> None:
    answer = client.http.get("/graphql", headers=FOLLOWED)
    assert answer.status_code == 200
    assert answer.headers["content-type"].startswith("text/html")
    assert client.http.get("/", headers=FOLLOWED).status_code == 307


def test_health_and_files_are_no_secrets(client: Client) -> None:
    assert client.http.get("/healthz", headers=IMAGE).status_code == 200


@pytest.mark.parametrize("path", ["/graphql?query={__typename}", "/graphql", "/healthz", "/none"])
def test_every_answer_says_what_browsers_may_make_of_it(client: Client, path: str) -> None:
    answer = client.http.get(path, headers={"accept": "text/html"})
    assert answer.headers["x-content-type-options"] == "nosniff"
    assert answer.headers["referrer-policy"] == "no-referrer"
    assert answer.headers["cross-origin-resource-policy"] == "same-origin"
    assert answer.headers["cross-origin-opener-policy"] == "same-origin"
    assert "frame-ancestors 'none'" in answer.headers["content-security-policy"]
