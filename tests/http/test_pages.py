"""GraphiQL, health and what else answers beside the endpoint."""

from __future__ import annotations

import re
from collections.abc import Iterator

import pytest

from gateway.errors import Reason, SealgateError
from gateway.http.graphiql import STATIC
from tests.support.client import Client, serving
from tests.support.folder import Folder

BROWSER = {"accept": "text/html,application/xhtml+xml,*/*;q=0.8"}


@pytest.fixture
def client(folder: Folder) -> Iterator[Client]:
    folder.add("_news/a.md")
    with serving(folder.settings) as client:
        yield client


def test_a_browser_gets_graphiql_from_our_own_files(client: Client) -> None:
    assert (STATIC / "graphiql" / "index.html").is_file(), "run: make graphiql"
    page = client.http.get("/graphql", headers=BROWSER)
    assert page.headers["content-type"].startswith("text/html")
    # The queries in its tabs name URLs; what the browser is sent to is our own.
    targets = re.findall(r'(?:src|href)="([^"]*)"', page.text)
    assert targets
    assert all(target.startswith("/static/graphiql/") for target in targets)
    for name in ("main.js", "main.css"):
        assert f"/static/graphiql/{name}" in page.text
        assert client.http.get(f"/static/graphiql/{name}").status_code == 200


def test_the_page_may_load_nothing_from_elsewhere(client: Client) -> None:
    policy = client.http.get("/graphql", headers=BROWSER).headers["content-security-policy"]
    assert "default-src 'none'" in policy
    assert "script-src 'self';" in policy
    assert "http" not in policy


def test_a_browser_that_brings_a_query_gets_its_answer(client: Client) -> None:
    response = client.http.get("/graphql?query={articles{totalCount}}", headers=BROWSER)
    assert response.json() == {"data": {"articles": {"totalCount": 1}}}


def test_graphiql_can_be_switched_off(folder: Folder) -> None:
    folder.add("_news/a.md")
    settings = folder.settings.model_copy(update={"graphiql": False})
    with serving(settings) as client:
        assert client.http.get("/graphql", headers=BROWSER).status_code == 400


def test_the_root_leads_to_the_endpoint(client: Client) -> None:
    response = client.http.get("/")
    assert (response.status_code, response.headers["location"]) == (307, "/graphql")


def test_healthz_is_fine_as_long_as_the_process_answers(client: Client) -> None:
    response = client.http.get("/healthz")
    assert (response.status_code, response.json()) == (200, {"status": "ok"})


def test_readyz_says_what_is_amiss_while_the_last_snapshot_is_served(client: Client) -> None:
    assert client.http.get("/readyz").json() == {"status": "ready", "reasons": {}}
    client.gateway.health.trouble("keys", SealgateError(Reason.KEY_FILE, "damaged", path="k.jwk"))
    response = client.http.get("/readyz")
    assert response.status_code == 200
    assert response.json() == {
        "status": "degraded",
        "reasons": {"keys": {"code": "KEY_FILE", "message": "damaged", "path": "k.jwk"}},
    }
    client.gateway.health.well("keys")
    assert client.http.get("/readyz").json()["status"] == "ready"


def test_readyz_is_unavailable_before_the_first_snapshot(client: Client) -> None:
    client.gateway.health.ready = False
    assert client.http.get("/readyz").status_code == 503


def test_only_changes_of_state_are_logged(
    client: Client, capsys: pytest.CaptureFixture[str]
) -> None:
    error = SealgateError(Reason.SEEDS_MISSING, "gone")
    for _ in range(3):
        client.gateway.health.trouble("seeds", error)
    client.gateway.health.well("seeds")
    client.gateway.health.well("seeds")
    logged = capsys.readouterr().out
    assert logged.count("degraded") == 1
    assert logged.count("recovered") == 1
