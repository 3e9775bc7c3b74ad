"""What auditors see of a whole corpus."""

from __future__ import annotations

from typing import Any

from gateway.trust.directory import read_trust
from tests.support.client import Client, serving
from tests.support.folder import Folder, replace_in
from tests.support.publisher import NOW, Publisher

REPORT = """{ integrityReport { snapshot total withheld byStatus { status count }
  byReason { reason count } byKey { keyId count } } }"""

WITHHELD = """query ($first: Int! = 20, $after: String) { withheld(first: $first, after: $after) {
  path status reason detail since checks { name outcome envelope } } }"""


def mixed(folder: Folder) -> None:
    """Three that are proven, one of them a draft, and three that are not."""
    second = Publisher("second")
    second.write_public(folder.keys)
    folder.add("_news/a.md")
    folder.add("_news/b.md")
    folder.seal("_news/b.md", second)
    folder.add("_news/draft.md", published=False)
    replace_in(folder.add("_news/forged.md"), "quality: 80", "quality: 81")
    folder.write("_news/unsealed.md")
    (folder.seeds / "_news/broken.md").write_text("no fence\n", encoding="utf-8")


def test_the_report_counts_every_record_once_and_every_key(folder: Folder) -> None:
    mixed(folder)
    with serving(folder.settings) as client:
        report = client.data(REPORT)["integrityReport"]
    assert (report["snapshot"], report["total"], report["withheld"]) == (1, 6, 3)
    statuses = {item["status"]: item["count"] for item in report["byStatus"]}
    assert statuses == {"VERIFIED": 3, "INVALID": 1, "MISSING": 1, "MALFORMED": 1}
    reasons = {item["reason"]: item["count"] for item in report["byReason"]}
    assert reasons == {
        "OK": 3,
        "SIGNATURE_INVALID": 1,
        "SECURED_MISSING": 1,
        "FRONT_MATTER_MISSING": 1,
    }
    assert report["byKey"] == [{"keyId": "k1", "count": 3}, {"keyId": "second", "count": 1}]


def withheld(client: Client, **variables: Any) -> Any:
    return client.data(WITHHELD, variables=variables)["withheld"]


def test_what_is_withheld_is_named_with_every_check(folder: Folder) -> None:
    mixed(folder)
    with serving(folder.settings) as client:
        found = withheld(client)
    assert [(item["path"], item["status"], item["reason"]) for item in found] == [
        ("_news/broken.md", "MALFORMED", "FRONT_MATTER_MISSING"),
        ("_news/forged.md", "INVALID", "SIGNATURE_INVALID"),
        ("_news/unsealed.md", "MISSING", "SECURED_MISSING"),
    ]
    failed = [[c["name"] for c in item["checks"] if c["outcome"] == "FAILED"] for item in found]
    assert failed == [["readable"], ["signature", "policy"], ["secured"]]
    assert all(item["since"] == "2027-01-15T08:00:00Z" for item in found)


def test_it_is_paged_by_path(folder: Folder) -> None:
    mixed(folder)
    with serving(folder.settings) as client:
        assert [item["path"] for item in withheld(client, first=1)] == ["_news/broken.md"]
        rest = withheld(client, first=2, after="_news/broken.md")
        assert [item["path"] for item in rest] == ["_news/forged.md", "_news/unsealed.md"]
        assert withheld(client, after="_news/unsealed.md") == []
        assert client.error(WITHHELD, variables={"first": 101})["code"] == "BAD_USER_INPUT"


def test_since_is_when_the_reason_began_and_survives_a_restart(folder: Folder) -> None:
    folder.write("_news/a.md")
    with serving(folder.settings, lambda: NOW) as client:
        assert len(withheld(client)) == 1
    with serving(folder.settings, lambda: NOW + 60) as client:
        assert withheld(client)[0]["since"] == "2027-01-15T08:00:00Z"
        folder.seal("_news/a.md")
        replace_in(folder.seeds / "_news/a.md", "quality: 80", "quality: 81")
        client.gateway.ingest()
        (item,) = withheld(client)
        assert (item["reason"], item["since"]) == ("SIGNATURE_INVALID", "2027-01-15T08:01:00Z")


def test_a_revoked_key_shows_in_the_report_at_once(folder: Folder) -> None:
    folder.add("_news/a.md")
    revoked = {"revoked_at": NOW, "reason": "lost"}
    with serving(folder.settings) as client:
        folder.publisher.write_public(folder.keys, revoked=revoked)
        client.gateway.repository.replace_trust(read_trust(folder.keys))
        report = client.data(REPORT)["integrityReport"]
        assert report["byStatus"] == [{"status": "REVOKED", "count": 1}]
        assert withheld(client)[0]["reason"] == "KEY_REVOKED"


def test_a_page_of_withheld_records_costs_the_same_reads_whatever_its_length(
    folder: Folder,
) -> None:
    for number in range(10):
        folder.write(f"_news/{number}.md")
    with serving(folder.settings) as client:
        costs = []
        for first in (1, 10):
            client.gateway.repository.shelf.clear()
            before = client.gateway.store.reads
            assert len(withheld(client, first=first)) == first
            costs.append(client.gateway.store.reads - before)
    assert costs[0] == costs[1]


def test_both_need_the_scope_where_it_is_not_open(folder: Folder) -> None:
    mixed(folder)
    settings = folder.settings.model_copy(update={"open_scopes": ("read",)})
    with serving(settings) as client:
        for query in (REPORT, WITHHELD):
            error = client.error(query)
            assert (error["code"], error["scope"]) == ("UNAUTHENTICATED", "audit")
