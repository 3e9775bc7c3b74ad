"""What other programs get, and can check."""

from __future__ import annotations

import base64
import hashlib
import json
from collections.abc import Iterator
from typing import Any

import pytest
import rfc8785
import sqlalchemy as sa
from joserfc import jws
from joserfc.jwk import OKPKey

from gateway.app import Gateway
from gateway.export.json_feed import json_feed
from gateway.export.ndjson import ndjson
from gateway.store.tables import rows
from tests.support.folder import Folder
from tests.support.publisher import NOW
from tests.support.site import build_site


@pytest.fixture
def gateway(folder: Folder) -> Iterator[Gateway]:
    build_site(folder)
    folder.add("_news/b.md", body="Text *here*, ünïcode 🔏.\n")
    folder.add("_news/draft.md", published=False)
    folder.write("_news/unsealed.md")
    gateway = Gateway(folder.settings, lambda: NOW)
    yield gateway
    gateway.close()


def test_what_is_withheld_a_draft_or_there_twice_is_in_neither_format(gateway: Gateway) -> None:
    gateway.ingest()
    with gateway.store.writing() as connection:
        columns = [column.name for column in rows.columns if column.name != "id"]
        copied = sa.select(*(rows.c[name] for name in columns)).where(rows.c.path == "_news/b.md")
        connection.execute(rows.insert().from_select(columns, copied))
    names = {line["path"] for line in lines(gateway)} | {i["id"] for i in feed(gateway)["items"]}
    assert "_news/a.md" in names
    hidden = {"_news/b.md", "_news/draft.md", "_news/unsealed.md", "_learning/videos/forged.md"}
    assert not names & hidden


def test_a_policy_that_only_reports_gives_the_verdict_along(
    folder: Folder, gateway: Gateway
) -> None:
    (folder.keys / "policy.yaml").write_text("mode: report\n", encoding="utf-8")
    gateway.live.take_up_trust()
    status = {line["path"]: (line["status"], line["keyIds"]) for line in lines(gateway)}
    assert status["_news/a.md"] == ("VERIFIED", ["k1"])
    assert status["_news/unsealed.md"] == ("MISSING", [])
    items = {item["id"]: item["_sealgate"]["status"] for item in feed(gateway)["items"]}
    assert items["_news/unsealed.md"] == "MISSING"
    assert "_news/draft.md" not in {**status, **items}


def lines(gateway: Gateway) -> list[dict[str, Any]]:
    pieces = list(ndjson(gateway.stream()))
    assert all(piece.endswith(b"\n") and piece.count(b"\n") == 1 for piece in pieces)
    return [json.loads(piece) for piece in pieces]


def test_each_line_can_be_checked_alone_with_libraries_that_are_not_ours(
    folder: Folder, gateway: Gateway
) -> None:
    jwk: dict[str, str | list[str]] = {**folder.publisher.key.public_jwk()}
    key = OKPKey.import_key(jwk)
    registry = jws.JWSRegistry(algorithms=["Ed25519"], strict_check_header=False)
    found = lines(gateway)
    for line in found:
        body = "sha256:" + hashlib.sha256(line["body"].encode()).hexdigest()
        claimed = {name: line[name] for name in ("corpus", "path", "record")}
        canonical = rfc8785.dumps({"v": 1, **claimed, "body": body})
        assert hashlib.sha256(canonical).hexdigest() == line["digest"]
        payload = base64.urlsafe_b64encode(canonical).rstrip(b"=").decode()
        whole = line["secured"][-1].replace("..", f".{payload}.")
        assert jws.deserialize_compact(whole, key, registry=registry).payload == canonical
    assert sorted(line["path"] for line in found) == sorted(gateway.view().by_path)


def test_lines_say_what_they_are(gateway: Gateway) -> None:
    line = next(line for line in lines(gateway) if line["path"] == "_news/b.md")
    assert (line["kind"], line["status"], line["keyIds"]) == ("article", "VERIFIED", ["k1"])
    assert line["body"] == "Text *here*, ünïcode 🔏.\n"


def test_a_line_that_was_changed_does_not_check(folder: Folder, gateway: Gateway) -> None:
    line = lines(gateway)[0]
    line["record"]["title"] = "Another"
    body = "sha256:" + hashlib.sha256(line["body"].encode()).hexdigest()
    claimed = {name: line[name] for name in ("corpus", "path", "record")}
    canonical = rfc8785.dumps({"v": 1, **claimed, "body": body})
    assert hashlib.sha256(canonical).hexdigest() != line["digest"]


@pytest.mark.parametrize("odd", ["\u2028\u2029", "\ufeff", "a\r\nb", '"\\', "\x7f"])
def test_no_text_breaks_a_line(folder: Folder, gateway: Gateway, odd: str) -> None:
    folder.add("_news/odd.md", body=f"{odd}\n", title=odd)
    found = next(line for line in lines(gateway) if line["path"] == "_news/odd.md")
    assert found["record"]["title"] == odd


def feed(gateway: Gateway) -> dict[str, Any]:
    document: dict[str, Any] = json.loads(b"".join(json_feed(gateway.stream(), "demo")))
    return document


def test_the_feed_is_json_feed_1_1(gateway: Gateway) -> None:
    document = feed(gateway)
    assert document["version"] == "https://jsonfeed.org/version/1.1"
    assert document["title"] == "demo"
    for item in document["items"]:
        assert item["id"]
        assert item["content_text"]
        assert None not in item.values()
    ids = [item["id"] for item in document["items"]]
    assert len(set(ids)) == len(ids) == 8


def test_the_feed_is_newest_first_and_what_has_no_date_last(gateway: Gateway) -> None:
    dates = [item.get("date_published", "") for item in feed(gateway)["items"]]
    assert dates == sorted(dates, reverse=True)


def test_a_feed_reader_finds_the_usual_members(gateway: Gateway) -> None:
    items = {item["id"]: item for item in feed(gateway)["items"]}
    video = items["_learning/videos/rows.md"]
    assert video["url"] == "https://video.example.org/rows"
    assert video["image"] == "https://img.example.org/a.png"
    assert video["tags"] == ["Canvas apps"]
    assert video["authors"] == [{"name": "Example Learn", "url": "https://learn.example.org/"}]
    assert items["_samples/flows.md"]["authors"][0] == {"name": "Audrie"}


def test_the_feed_brings_its_evidence_along(gateway: Gateway) -> None:
    for item in feed(gateway)["items"]:
        evidence = item["_sealgate"]
        digest = hashlib.sha256(evidence["canonical"].encode()).hexdigest()
        assert digest == evidence["digest"]
        assert json.loads(evidence["canonical"])["path"] == item["id"]
        assert ".." in evidence["secured"][-1]


def test_an_empty_corpus_gives_an_empty_feed(folder: Folder) -> None:
    folder.write("_news/unsealed.md")
    gateway = Gateway(folder.settings, lambda: NOW)
    try:
        assert feed(gateway)["items"] == []
        assert lines(gateway) == []
    finally:
        gateway.close()
