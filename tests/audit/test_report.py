"""What an audit adds up."""

from __future__ import annotations

import pytest

from gateway.audit.judgement import Publisher as Named
from gateway.errors import SealgateError
from gateway.store.ingest import ingest
from gateway.store.store import Store
from gateway.trust.policy import Mode
from tests.support.auditor import Auditor
from tests.support.client import serving
from tests.support.folder import Folder, replace_in
from tests.support.publisher import NOW, YEAR


def test_every_status_and_reason_is_counted(troubled: Folder, auditor: Auditor) -> None:
    report = auditor()
    assert report.records == 14
    assert {str(status): count for status, count in report.statuses.items()} == {
        "VERIFIED": 5,
        "MALFORMED": 3,
        "INVALID": 1,
        "MISSING": 1,
        "EXPIRED": 1,
        "REVOKED": 1,
        "UNKNOWN_KEY": 1,
        "UNVERIFIABLE": 1,
    }
    assert {str(reason): count for reason, count in report.reasons.items()} == {
        "OK": 4,
        "KIND_NOT_MODELLED": 1,
        "RECORD_SHAPE": 1,
        "SIGNATURE_INVALID": 1,
        "SECURED_MISSING": 1,
        "KEY_EXPIRED": 1,
        "KEY_REVOKED": 1,
        "KEY_UNKNOWN": 1,
        "YAML_DUPLICATE_KEY": 1,
        "FILE_NOT_REGULAR": 1,
        "LEGACY_NO_KEY": 1,
    }
    assert list(report.statuses.values()) == sorted(report.statuses.values(), reverse=True)


def test_the_gateway_says_the_same_of_each_record(
    troubled: Folder, auditor: Auditor, store: Store
) -> None:
    ingest(troubled.source, store, NOW)
    report = auditor(store)
    with serving(troubled.settings) as client:
        view = client.gateway.view()
    said = {path: (r.status, r.reason, r.detail) for path, r in view.withheld.items()}
    found = {w.path: (w.status, w.reason, w.detail) for w in report.withheld}
    assert found == said
    assert dict(report.statuses) == dict(view.counts)


def test_proven_records_are_grouped_by_key_publisher_and_kind(
    troubled: Folder, auditor: Auditor
) -> None:
    report = auditor()
    assert {key.kid: (key.records, key.state) for key in report.keys} == {
        "expired": (0, "expired"),
        "k1": (5, "valid"),
        "revoked": (0, "revoked"),
        "second": (1, "valid"),
    }
    assert dict(report.publishers) == {
        None: 2,
        Named("Example Learn", "learn.example.org"): 1,
        Named("Example News", "example.org"): 1,
        Named("Other News", "other.example"): 1,
    }
    assert dict(report.kinds) == {"article": 2, "organization": 1, "video": 1, None: 1}
    assert [key.remark for key in report.keys] == ["", "", "laptop was lost", ""]


def test_withheld_records_stand_in_the_order_of_paths_with_line_and_cause(
    troubled: Folder, auditor: Auditor
) -> None:
    withheld = auditor().withheld
    assert [item.path for item in withheld] == sorted(item.path for item in withheld)
    broken = next(item for item in withheld if item.path == "_news/broken.md")
    assert broken.detail.startswith("line 3: ")


def test_unproven_fields_count_nowhere(folder: Folder, auditor: Auditor) -> None:
    folder.write("_news/a.md", provider={"name": "Forger", "domain": "forger.example"})
    report = auditor()
    assert (dict(report.publishers), dict(report.kinds)) == ({}, {})


def test_several_processes_give_the_same_report(troubled: Folder, auditor: Auditor) -> None:
    alone, together = auditor(jobs=1), auditor(jobs=2)
    assert alone == together
    assert (alone.pace.jobs, together.pace.jobs) == (1, 2)


def test_a_key_that_is_not_yet_valid_is_told(folder: Folder, auditor: Auditor) -> None:
    folder.publisher.write_public(folder.keys, nbf=NOW + 1, exp=NOW + YEAR)
    assert auditor().keys[0].state == "not yet valid"


def test_the_policy_in_force_is_reported(folder: Folder, auditor: Auditor) -> None:
    folder.add("_news/a.md")
    (folder.keys / "policy.yaml").write_text("mode: report\ncorpora: {demo: {threshold: 2}}\n")
    report = auditor()
    assert (report.policy.mode, report.requirement.threshold) == (Mode.REPORT, 2)
    assert not report.is_clean


def test_an_audit_is_clean_only_if_there_is_something_and_all_of_it_proven(
    folder: Folder, auditor: Auditor
) -> None:
    assert not auditor().is_clean
    file = folder.add("_news/a.md")
    assert auditor().is_clean
    replace_in(file, "quality: 80", "quality: 81")
    assert not auditor().is_clean


def test_a_folder_that_is_not_there_is_an_error(folder: Folder, auditor: Auditor) -> None:
    folder.seeds.rmdir()
    with pytest.raises(SealgateError):
        auditor()
