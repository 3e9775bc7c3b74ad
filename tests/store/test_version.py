"""Whether somebody has written to the database."""

from __future__ import annotations

from pathlib import Path

from gateway.store.store import Store
from gateway.store.tables import meta


def write(store: Store, name: str) -> None:
    with store.writing() as connection:
        connection.execute(meta.insert().values(name=name, value=b""))


def test_the_version_changes_with_every_writer_and_with_nothing_else(tmp_path: Path) -> None:
    url = f"sqlite:///{tmp_path}/s.db"
    store, other = Store.open(url), Store.open(url)
    version = store.version()
    assert version is not None
    store.latest()
    other.latest()
    assert store.version() == version
    write(store, "own")
    own = store.version()
    assert own != version
    write(other, "other")
    assert store.version() not in {own, version}
    store.close()
    other.close()


def test_a_store_that_is_no_file_tells_none() -> None:
    store = Store.open("sqlite://")
    assert store.version() is None
    store.close()


def test_a_store_that_cannot_be_opened_any_more_tells_none(tmp_path: Path) -> None:
    store = Store.open(f"sqlite:///{tmp_path}/s.db")
    store.engine.dispose()
    (tmp_path / "s.db").rename(tmp_path / "t.db")
    assert store.version() is None
    store.close()
