"""Opening a store, and what it says when it cannot be used."""

from __future__ import annotations

from pathlib import Path

import pytest
import sqlalchemy as sa

from gateway.errors import Reason, SealgateError, StoreError
from gateway.store.ingest import ingest
from gateway.store.store import Store
from gateway.store.tables import meta, rows
from tests.support.folder import Folder
from tests.support.publisher import NOW


def test_opening_makes_the_folder_of_the_file(tmp_path: Path) -> None:
    Store.open(f"sqlite:///{tmp_path}/deep/er/store.db").close()
    assert (tmp_path / "deep/er/store.db").is_file()


@pytest.mark.parametrize("url", ["", "nonsense", "nosuchdb://x", "sqlite+nosuch:///x"])
def test_an_unusable_url_is_a_setting_to_correct(url: str) -> None:
    with pytest.raises(StoreError) as caught:
        Store.open(url)
    assert caught.value.code is Reason.SETTINGS


def test_a_file_that_is_no_database_is_a_clear_error(tmp_path: Path) -> None:
    (tmp_path / "store.db").write_bytes(b"not a database at all" * 100)
    with pytest.raises(StoreError) as caught:
        Store.open(f"sqlite:///{tmp_path}/store.db")
    assert caught.value.code is Reason.STORE_UNAVAILABLE
    assert "rebuilt from the seeds" in caught.value.hint


def test_a_store_of_another_version_is_refused(tmp_path: Path) -> None:
    url = f"sqlite:///{tmp_path}/store.db"
    store = Store.open(url)
    with store.writing() as connection:
        connection.execute(meta.update().values(value=b"99"))
    store.close()
    with pytest.raises(StoreError) as caught:
        Store.open(url)
    assert caught.value.code is Reason.STORE_SCHEMA


def test_gateways_on_one_store_share_its_secret(tmp_path: Path) -> None:
    url = f"sqlite:///{tmp_path}/store.db"
    one, two = Store.open(url), Store.open(url)
    assert one.secret("cursor") == two.secret("cursor")
    assert len(one.secret("cursor")) == 32
    assert one.secret("cursor") != one.secret("other")
    one.close()
    two.close()


@pytest.mark.parametrize(
    ("change", "reason"),
    [
        ({"secured": '"text"'}, Reason.CANONICAL_UNREADABLE),
        ({"secured": "[1]"}, Reason.CANONICAL_UNREADABLE),
        ({"secured": "{"}, Reason.CANONICAL_UNREADABLE),
        ({"secured": sa.text("x'ff'")}, Reason.CANONICAL_UNREADABLE),
        ({"canonical": sa.text("'text'")}, Reason.CANONICAL_UNREADABLE),
        ({"canonical": sa.text("5")}, Reason.CANONICAL_UNREADABLE),
        ({"body": sa.text("'text'")}, Reason.CANONICAL_UNREADABLE),
        ({"canonical": None}, Reason.CANONICAL_UNREADABLE),
        ({"canonical": None, "fault": '{"code": "NO_SUCH"}'}, Reason.CANONICAL_UNREADABLE),
        (
            {"canonical": None, "fault": '{"code": "YAML_TAG", "message": "x"}'},
            Reason.YAML_TAG,
        ),
    ],
)
def test_a_damaged_row_claims_nothing(
    folder: Folder, change: dict[str, object], reason: Reason
) -> None:
    folder.add("_news/a.md")
    store = Store.open(f"sqlite:///{folder.base}/store.db")
    snapshot = ingest(folder.source, store, NOW).snapshot
    with store.writing() as connection:
        connection.execute(rows.update().values(**change))
    (row,) = store.read(store.row_ids(snapshot.id, "demo"))
    store.close()
    assert isinstance(row.raw, SealgateError)
    assert row.raw.code is reason


def test_many_rows_are_read_in_few_statements(folder: Folder) -> None:
    store = Store.open(f"sqlite:///{folder.base}/store.db")
    before = store.reads
    assert store.read(list(range(1, 1200))) == []
    assert store.reads == before + 1
    store.close()


def test_a_lost_table_is_a_store_error_without_sql(folder: Folder) -> None:
    store = Store.open(f"sqlite:///{folder.base}/store.db")
    with store.writing() as connection:
        connection.execute(sa.text("DROP TABLE sealgate_row"))
    with pytest.raises(StoreError) as caught:
        store.row_ids(1, "demo")
    assert caught.value.code is Reason.STORE_UNAVAILABLE
    assert "SELECT" not in str(caught.value)
    store.close()
