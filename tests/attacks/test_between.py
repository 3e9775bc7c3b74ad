"""Files, rows and verdicts that are swapped between judging and serving."""

from __future__ import annotations

from gateway.records.raw import RawRecord
from gateway.verdict.verdict import Rejected, Verified
from tests.support.client import serving
from tests.support.folder import Folder, replace_in
from tests.support.publisher import NOW, Publisher

QUERY = """{ article(path: "_news/a.md") { title integrity { status digest keyIds } } }"""


def test_a_file_swapped_between_verify_and_serve_is_not_what_is_served(folder: Folder) -> None:
    """What is served are the bytes that were judged; the file is looked at at the next ingest."""
    file = folder.add("_news/a.md", title="Sealed")
    digest = folder.digest("_news/a.md")
    with serving(folder.settings) as client:
        replace_in(file, "Sealed", "Forged")
        article = client.data(QUERY)["article"]
        assert article["title"] == "Sealed"
        assert article["integrity"]["digest"] == digest
        client.gateway.ingest()
        assert client.error(QUERY)["reason"] == "SIGNATURE_INVALID"


def test_a_file_that_is_gone_between_verify_and_serve_is_served_as_it_was(folder: Folder) -> None:
    file = folder.add("_news/a.md", title="Sealed")
    with serving(folder.settings) as client:
        file.unlink()
        assert client.data(QUERY)["article"]["title"] == "Sealed"


HYBRID = "threshold: 2\npost_quantum: true\nclassical: true\n"


def hybrid(folder: Folder) -> Publisher:
    """A corpus that wants one classical and one post-quantum signature."""
    quantum = Publisher("quantum", alg="ML-DSA-65")
    quantum.write_public(folder.keys)
    (folder.keys / "policy.yaml").write_text(HYBRID, encoding="utf-8")
    folder.add("_news/a.md", title="Both")
    folder.seal("_news/a.md", quantum)
    return quantum


def test_a_hybrid_policy_serves_what_both_kinds_of_keys_signed(folder: Folder) -> None:
    hybrid(folder)
    with serving(folder.settings) as client:
        integrity = client.data(QUERY)["article"]["integrity"]
    assert (integrity["status"], integrity["keyIds"]) == ("VERIFIED", ["k1", "quantum"])


def test_either_signature_stripped_from_a_hybrid_record_withholds_it(folder: Folder) -> None:
    quantum = hybrid(folder)
    folder.add("_news/classical.md")
    folder.write("_news/quantum.md")
    folder.seal("_news/quantum.md", quantum)
    twice = Publisher("twice")
    twice.write_public(folder.keys)
    folder.add("_news/twice.md")
    folder.seal("_news/twice.md", twice)
    query = "{withheld {path reason} articles {totalCount}}"
    with serving(folder.settings) as client:
        found = client.data(query)
    assert {item["path"]: item["reason"] for item in found["withheld"]} == {
        "_news/classical.md": "THRESHOLD_NOT_MET",
        "_news/quantum.md": "THRESHOLD_NOT_MET",
        "_news/twice.md": "POST_QUANTUM_MISSING",
    }
    assert found["articles"]["totalCount"] == 1


def test_a_changed_hybrid_record_is_withheld_though_one_signature_is_made_anew(
    folder: Folder,
) -> None:
    """Whoever broke one kind of key still lacks the other."""
    hybrid(folder)
    replace_in(folder.seeds / "_news/a.md", "Both", "Forged")
    folder.seal("_news/a.md")
    with serving(folder.settings) as client:
        assert client.error(QUERY)["reason"] == "THRESHOLD_NOT_MET"


def test_a_poisoned_cache_entry_is_not_served(folder: Folder) -> None:
    """Somebody files the verdict over one record under the bytes of another one."""
    folder.add("_news/a.md", title="Sealed", webUrl="https://example.org/a")
    replace_in(folder.add("_news/b.md", title="Wanted"), "Wanted", "Forged")
    with serving(folder.settings) as client:
        gateway = client.gateway
        judge = gateway.repository.refresh(NOW).judge
        rows = {row.path: row for row in gateway.store.read(gateway.store.row_ids(1, "demo"))}
        proven = judge.judge(rows["_news/a.md"], NOW)
        forged = rows["_news/b.md"].raw
        assert isinstance(proven, Verified)
        assert isinstance(forged, RawRecord)
        judge._cache[forged.fingerprint] = proven
        verdict = judge.judge(rows["_news/b.md"], NOW)
        assert isinstance(verdict, Rejected)
        error = client.error('{article(path: "_news/b.md") {title}}')
        assert error["reason"] == "SIGNATURE_INVALID"
