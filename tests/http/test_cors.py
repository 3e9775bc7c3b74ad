"""What pages of other sites may read."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from gateway.errors import SettingsError
from gateway.settings import read_settings
from tests.support.client import Client, serving
from tests.support.folder import Folder

SITE = "https://www.example.org"
QUERY = {"query": "{articles {totalCount}}"}
PREFLIGHT = {
    "access-control-request-method": "POST",
    "access-control-request-headers": "content-type, apollo-require-preflight",
}


@pytest.fixture
def client(folder: Folder) -> Iterator[Client]:
    folder.add("_news/a.md")
    with serving(folder.settings.model_copy(update={"cors_origins": (SITE,)})) as client:
        yield client


def test_without_origins_nothing_is_said_of_cors(folder: Folder) -> None:
    with serving(folder.settings) as client:
        headers = {"origin": SITE}
        answers = [
            client.http.get("/graphql", params=QUERY, headers=headers),
            client.http.post("/graphql", json=QUERY, headers=headers),
            client.http.options("/graphql", headers={**headers, **PREFLIGHT}),
        ]
    assert [answer.status_code for answer in answers] == [200, 200, 405]
    for answer in answers:
        assert not [name for name in answer.headers if name.startswith("access-control-")]


def test_a_site_that_is_named_may_read(client: Client) -> None:
    answer = client.http.get("/graphql", params=QUERY, headers={"origin": SITE})
    assert answer.json()["data"]
    assert answer.headers["access-control-allow-origin"] == SITE
    assert "ETag" in answer.headers["access-control-expose-headers"]
    assert "access-control-allow-credentials" not in answer.headers


@pytest.mark.parametrize("headers", [{}, {"origin": SITE}, {"origin": "https://other.example"}])
def test_a_cache_keeps_answers_apart_by_origin(client: Client, headers: dict[str, str]) -> None:
    answer = client.http.get("/graphql", params=QUERY, headers=headers)
    assert "origin" in [name.strip().lower() for name in answer.headers["vary"].split(",")]


@pytest.mark.parametrize(
    "origin",
    [
        "https://www.example.org.evil.example",
        "https://example.org",
        "http://www.example.org",
        "https://www.example.org:8443",
        "null",
    ],
)
def test_no_other_site_may(client: Client, origin: str) -> None:
    answer = client.http.get("/graphql", params=QUERY, headers={"origin": origin})
    assert "access-control-allow-origin" not in answer.headers
    refused = client.http.options("/graphql", headers={"origin": origin, **PREFLIGHT})
    assert "access-control-allow-origin" not in refused.headers
    assert refused.status_code == 400


def test_caches_keep_the_answers_for_origins_apart(client: Client) -> None:
    for headers in ({}, {"origin": SITE}, {"origin": "https://other.example"}):
        answer = client.http.get("/graphql", params=QUERY, headers=headers)
        named = {name.strip().lower() for name in answer.headers["vary"].split(",")}
        assert {"origin", "accept"} <= named


def test_a_preflight_is_answered_and_may_be_remembered(client: Client) -> None:
    answer = client.http.options("/graphql", headers={"origin": SITE, **PREFLIGHT})
    assert answer.status_code == 200
    assert answer.headers["access-control-allow-origin"] == SITE
    assert "POST" in answer.headers["access-control-allow-methods"]
    assert int(answer.headers["access-control-max-age"]) > 0
    allowed = answer.headers["access-control-allow-headers"].lower()
    for name in ("content-type", "apollo-require-preflight", "if-none-match"):
        assert name in allowed


def test_refusals_and_unchanged_answers_can_be_read_too(client: Client) -> None:
    headers = {"origin": SITE}
    refused = client.http.post("/graphql", content="{", headers=headers)
    assert refused.status_code == 415
    first = client.http.get("/graphql", params=QUERY, headers=headers)
    held = {**headers, "if-none-match": first.headers["etag"]}
    unchanged = client.http.get("/graphql", params=QUERY, headers=held)
    assert unchanged.status_code == 304
    for answer in (refused, unchanged):
        assert answer.headers["access-control-allow-origin"] == SITE


def test_all_sites_are_never_given_credentials(folder: Folder) -> None:
    with serving(folder.settings.model_copy(update={"cors_origins": ("*",)})) as client:
        headers = {"origin": "https://any.example", "cookie": "a=b"}
        for answer in (
            client.http.post("/graphql", json=QUERY, headers=headers),
            client.http.options("/graphql", headers={**headers, **PREFLIGHT}),
        ):
            assert answer.status_code == 200
            assert answer.headers["access-control-allow-origin"] == "*"
            assert "access-control-allow-credentials" not in answer.headers


@pytest.mark.parametrize(
    "origin",
    [
        "www.example.org",
        "https://www.example.org/",
        "https://WWW.example.org",
        "null",
        "",
        "ftp://a",
    ],
)
def test_a_setting_that_no_browser_would_ever_match_is_refused(origin: str) -> None:
    with pytest.raises(SettingsError) as caught:
        read_settings(cors_origins=(origin,))
    assert "cors_origins" in caught.value.message
    assert "https://www.example.org" in caught.value.message


@pytest.mark.parametrize("origin", ["*", "http://localhost:5173", "https://a.b", "http://[::1]:80"])
def test_origins_as_browsers_write_them_are_taken(origin: str) -> None:
    assert read_settings(cors_origins=(origin,)).cors_origins == (origin,)
