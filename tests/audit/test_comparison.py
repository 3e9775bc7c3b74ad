"""Whoever wrote to the store is found out."""

from __future__ import annotations

import sqlite3
from contextlib import closing

import pytest

from gateway.audit.comparison import existing_store
from gateway.errors import StoreError
from gateway.store.ingest import ingest
from gateway.store.store import Store
from tests.support.auditor import Auditor
from tests.support.folder import Folder
from tests.support.publisher import NOW


def write(folder: Folder, sql: str, *values: object) -> None:
    """What somebody who can write to the database does, and the gateway does not know of."""
    with closing(sqlite3.connect(folder.base / "store.db")) as database:
        database.execute(sql, values)
        database.commit()


def differences(auditor: Auditor, store: Store) -> list[tuple[str, str]]:
    found = auditor(store).store
    assert found is not None
    return [(difference.path, str(difference.disagreement)) for difference in found.differences]


def test_a_store_that_was_just_ingested_agrees(auditor: Auditor, ingested: Store) -> None:
    report = auditor(ingested)
    assert report.store is not None
    assert (report.store.snapshot, report.store.rows) == (1, 3)
    assert report.store.differences == ()
    assert report.is_clean


def test_faults_agree_too(troubled: Folder, auditor: Auditor, store: Store) -> None:
    ingest(troubled.source, store, NOW)
    assert differences(auditor, store) == []


@pytest.mark.parametrize(
    ("column", "value"),
    [
        ("canonical", b"{}"),
        ("body", b"other"),
        ("secured", "[]"),
        ("secured", "not JSON"),
        ("canonical", None),
        ("canonical", "text"),
    ],
)
def test_a_changed_row_is_told(
    folder: Folder, auditor: Auditor, ingested: Store, column: str, value: object
) -> None:
    write(folder, f"UPDATE sealgate_row SET {column} = ? WHERE path = '_news/b.md'", value)
    assert differences(auditor, ingested) == [("_news/b.md", "CHANGED")]
    assert not auditor(ingested).is_clean


def test_a_changed_fault_is_told(folder: Folder, auditor: Auditor, store: Store) -> None:
    (folder.seeds / "a.md").write_text("nothing")
    ingest(folder.source, store, NOW)
    assert differences(auditor, store) == []
    fault = '{"code": "YAML_TAG", "message": "innocent"}'
    write(folder, "UPDATE sealgate_row SET fault = ?", fault)
    assert differences(auditor, store) == [("a.md", "CHANGED")]


def test_rows_without_files_and_files_without_rows_are_told(
    folder: Folder, auditor: Auditor, ingested: Store
) -> None:
    (folder.seeds / "_news/a.md").unlink()
    folder.add("_news/d.md")
    write(folder, "DELETE FROM sealgate_row WHERE path = '_news/c.md'")
    assert differences(auditor, ingested) == [
        ("_news/a.md", "ROW_WITHOUT_FILE"),
        ("_news/c.md", "FILE_WITHOUT_ROW"),
        ("_news/d.md", "FILE_WITHOUT_ROW"),
    ]


def test_an_ingest_mends_what_comes_from_files(
    folder: Folder, auditor: Auditor, ingested: Store
) -> None:
    (folder.seeds / "_news/a.md").unlink()
    folder.add("_news/b.md", title="Another title")
    folder.add("_news/d.md")
    assert len(differences(auditor, ingested)) == 3
    ingest(folder.source, ingested, NOW)
    assert differences(auditor, ingested) == []


def test_two_rows_of_one_path_are_told(folder: Folder, auditor: Auditor, ingested: Store) -> None:
    write(
        folder,
        """INSERT INTO sealgate_row (corpus, path, added_in, file_sha256, canonical, body, secured)
        SELECT corpus, path, added_in, file_sha256, canonical, body, secured
        FROM sealgate_row WHERE path = '_news/a.md'""",
    )
    assert differences(auditor, ingested) == [("_news/a.md", "TWO_ROWS")]
    write(folder, "UPDATE sealgate_row SET body = x'00' WHERE path = '_news/a.md' AND id = 4")
    assert differences(auditor, ingested) == [
        ("_news/a.md", "CHANGED"),
        ("_news/a.md", "TWO_ROWS"),
    ]


def test_a_path_that_is_no_text_does_not_stop_the_audit(
    folder: Folder, auditor: Auditor, ingested: Store
) -> None:
    write(folder, "UPDATE sealgate_row SET path = x'616263' WHERE path = '_news/a.md'")
    assert differences(auditor, ingested) == [
        ("_news/a.md", "FILE_WITHOUT_ROW"),
        ("b'abc'", "ROW_WITHOUT_FILE"),
    ]


def test_rows_of_another_corpus_are_not_ours(
    folder: Folder, auditor: Auditor, ingested: Store
) -> None:
    write(folder, "UPDATE sealgate_row SET corpus = 'other' WHERE path = '_news/a.md'")
    assert differences(auditor, ingested) == [("_news/a.md", "FILE_WITHOUT_ROW")]


def test_an_empty_store_lacks_every_file(folder: Folder, auditor: Auditor, store: Store) -> None:
    folder.add("_news/a.md")
    assert differences(auditor, store) == [("_news/a.md", "FILE_WITHOUT_ROW")]


def test_a_snapshot_that_was_put_back_is_told(
    folder: Folder, auditor: Auditor, ingested: Store
) -> None:
    folder.add("_news/b.md", title="Another title")
    ingest(folder.source, ingested, NOW)
    write(folder, "DELETE FROM sealgate_snapshot WHERE id = 2")
    assert differences(auditor, ingested) == [("_news/b.md", "CHANGED")]


def test_an_older_seal_than_one_that_was_seen_counts_as_replayed(
    folder: Folder, auditor: Auditor, ingested: Store
) -> None:
    write(folder, "INSERT INTO sealgate_seal VALUES ('demo', '_news/a.md', ?)", NOW + 60)
    (withheld,) = auditor(ingested).withheld
    assert (withheld.path, str(withheld.reason)) == ("_news/a.md", "REPLAYED")
    assert auditor(ingested).keys[0].records == 2
    (folder.keys / "policy.yaml").write_text("refuse_replays: false\n")
    assert auditor(ingested).withheld == ()


def test_a_store_that_is_not_there_is_not_made(folder: Folder) -> None:
    assert existing_store(folder.settings.store) is None
    assert existing_store("sqlite://") is None
    assert not (folder.base / "store.db").exists()
    with pytest.raises(StoreError):
        existing_store("nonsense")


def test_a_store_that_is_there_is_opened(folder: Folder, ingested: Store) -> None:
    found = existing_store(folder.settings.store)
    assert found is not None
    with closing(found):
        assert found.latest() == ingested.latest()
