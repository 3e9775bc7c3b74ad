"""`/metrics`: what is counted, and that nothing of it is a client's text."""

from __future__ import annotations

import uuid
from collections.abc import Iterator

import pytest

from tests.support.client import Client, serving
from tests.support.folder import Folder, replace_in
from tests.support.scrape import open_to_all, read_openmetrics, read_text

A, B = "_news/a.md", "_news/b.md"


@pytest.fixture
def client(folder: Folder) -> Iterator[Client]:
    folder.add(A)
    replace_in(folder.add(B), "quality: 80", "quality: 81")
    # Kept replies would answer before anything is counted that the tests ask for.
    with serving(open_to_all(folder, reply_bytes=0)) as client:
        yield client


def samples(client: Client) -> dict[tuple[str, frozenset[tuple[str, str]]], float]:
    """By name and labels, without the worker."""
    response = client.http.get("/metrics")
    assert response.status_code == 200
    return {
        (sample.name, frozenset(sample.labels.items() - {("worker", "0")})): sample.value
        for family in read_text(response.text)
        for sample in family.samples
    }


def value(client: Client, name: str, **labels: str) -> float:
    return samples(client).get((f"sealgate_{name}", frozenset(labels.items())), 0.0)


def test_requests_are_counted_by_method_kind_and_status(client: Client) -> None:
    client.post("{ __typename }")
    client.http.get("/healthz")
    client.http.request("BREW", "/nowhere/" + uuid.uuid4().hex)
    assert value(client, "http_requests_total", method="POST", kind="graphql", status="2xx") == 1
    assert value(client, "http_requests_total", method="GET", kind="health", status="2xx") == 1
    assert value(client, "http_requests_total", method="other", kind="other", status="4xx") == 1
    assert value(client, "http_request_seconds_count", kind="graphql") == 1
    assert value(client, "http_requests_in_flight") == 1  # this very one


def test_operations_are_counted_by_type_and_outcome(client: Client) -> None:
    client.post("{ __typename }")
    client.post("{ nothingSuch }")
    client.post("{")
    client.post(f'{{ article(path: "{B}") {{ title }} }}')
    totals = {
        code: value(client, "operations_total", type=kind, code=code)
        for kind, code in (
            ("query", "OK"),
            ("query", "RECORD_WITHHELD"),
            ("unknown", "GRAPHQL_VALIDATION_FAILED"),
            ("unknown", "GRAPHQL_PARSE_FAILED"),
        )
    }
    assert set(totals.values()) == {1.0}, totals
    assert value(client, "withheld_accesses_total", reason="SIGNATURE_INVALID") == 1


def test_refusals_before_an_operation_are_counted_by_code(client: Client) -> None:
    client.http.put("/graphql")
    client.http.post("/graphql", content=b"[", headers={"content-type": "application/json"})
    client.http.get("/graphql?query={a}", headers={"sec-fetch-site": "cross-site"})
    for code in ("METHOD_NOT_ALLOWED", "BAD_REQUEST", "CSRF_REFUSED"):
        assert value(client, "http_refusals_total", code=code) == 1, code


def test_a_client_over_its_rate_is_counted(folder: Folder) -> None:
    folder.add(A)
    settings = open_to_all(folder, rate_limit=0.001, rate_burst=1)
    with serving(settings) as client:
        client.post("{ __typename }")
        client.post("{ __typename }")
        assert value(client, "http_refusals_total", code="RATE_LIMITED") == 1


def test_verdicts_snapshot_and_trust_are_as_they_stand(client: Client) -> None:
    assert value(client, "records", status="VERIFIED") == 1
    assert value(client, "records", status="INVALID") == 1
    assert value(client, "records", status="MALFORMED") == 0
    assert value(client, "records_withheld", reason="SIGNATURE_INVALID") == 1
    assert value(client, "records_visible") == 1
    assert value(client, "snapshot_id") == 1
    assert value(client, "snapshot_age_seconds") == 0
    assert value(client, "trusted_keys") == 1
    assert value(client, "ready") == 1
    assert value(client, "ingest_seconds_count") == 1
    assert value(client, "ingest_failures_total") == 0


def test_troubles_are_gauges_that_go_away(folder: Folder, client: Client) -> None:
    key = next(folder.keys.glob("*.jwk"))
    good = key.read_bytes()
    key.write_bytes(b"{")
    client.gateway.live.take_up_trust()
    assert value(client, "trouble", part="keys", code="KEY_FILE") == 1
    key.write_bytes(good)
    client.gateway.live.take_up_trust()
    assert ("sealgate_trouble", frozenset({("part", "keys"), ("code", "KEY_FILE")})) not in samples(
        client
    )


def test_a_change_of_keys_is_counted_once(folder: Folder, client: Client) -> None:
    folder.publisher.write_public(folder.keys, exp=folder.publisher.jwk()["exp"] + 1)
    client.gateway.live.take_up_trust()
    client.gateway.live.take_up_trust()
    assert value(client, "trust_changes_total") == 1


def test_a_folder_that_is_gone_is_a_failed_ingest(folder: Folder, client: Client) -> None:
    folder.seeds.rename(folder.base / "elsewhere")
    client.gateway.live.take_up_files()
    assert value(client, "ingest_failures_total") == 1
    assert value(client, "ingest_seconds_count") == 2


def test_caches_tell_what_they_had(client: Client) -> None:
    asked = f'{{ article(path: "{A}") {{ title }} }}'
    for _ in range(3):
        client.data(asked)
    assert value(client, "cache_misses_total", cache="documents") == 1
    assert value(client, "cache_hits_total", cache="documents") == 2
    assert value(client, "cache_misses_total", cache="records") >= 1
    assert value(client, "cache_hits_total", cache="records") >= 2
    assert value(client, "cache_misses_total", cache="verdicts") >= 1


def test_both_formats_hold_the_same_and_are_well_formed(client: Client) -> None:
    wanted = "application/openmetrics-text;version=1.0.0;q=0.6,text/plain;version=0.0.4;q=0.3"
    first = client.http.get("/metrics", headers={"accept": wanted})
    assert first.headers["content-type"].startswith("application/openmetrics-text; version=1.0.0")
    assert first.text.endswith("# EOF\n")
    second = client.http.get("/metrics")
    assert second.headers["content-type"].startswith("text/plain; version=0.0.4")
    assert second.headers["cache-control"] == "no-store"
    named = {family.name for family in read_openmetrics(first.text)}
    assert {family.name for family in read_text(second.text)} == named
    assert "process_cpu_seconds" in named


@pytest.mark.parametrize(
    "accept",
    [
        "",
        "*/*",
        "text/plain",
        "text/plain, application/openmetrics-text",
        "x;" * 2000,
        "application/openmetrics-text;q=0",
        "application/openmetrics-text; version=9999; q=0.0",
    ],
)
def test_text_is_for_all_who_do_not_prefer_the_other(client: Client, accept: str) -> None:
    response = client.http.get("/metrics", headers={"accept": accept})
    assert response.headers["content-type"] == "text/plain; version=0.0.4; charset=utf-8"


def test_nobody_sees_them_without_the_scope(folder: Folder) -> None:
    folder.add(A)
    with serving(folder.settings) as client:
        response = client.http.get("/metrics")
    assert response.status_code == 403
    (error,) = response.json()["errors"]
    assert error["extensions"]["code"] == "FORBIDDEN"
    assert error["extensions"]["scope"] == "metrics"


def test_two_gateways_in_one_process_count_for_themselves(folder: Folder) -> None:
    folder.add(A)
    with serving(open_to_all(folder)) as one, serving(open_to_all(folder)) as other:
        one.post("{ __typename }")
        labels = {"type": "query", "code": "OK"}
        assert value(one, "operations_total", **labels) == 1
        assert value(other, "operations_total", **labels) == 0


def test_what_clients_choose_is_never_a_label(client: Client) -> None:
    before = {name for name, _ in samples(client)}
    for _ in range(20):
        mark = "m" + uuid.uuid4().hex
        client.post(f"query {mark} {{ {mark}: __typename }}", operationName=mark)
        client.post(f'{{ article(path: "{mark}") {{ title }} }}')
        client.http.request(mark, f"/{mark}?{mark}={mark}", headers={mark: mark})
        assert mark not in client.http.get("/metrics").text
    first = len(samples(client))
    assert before <= {name for name, _ in samples(client)}
    client.post(f"query m{uuid.uuid4().hex} {{ __typename }}")
    assert len(samples(client)) == first
