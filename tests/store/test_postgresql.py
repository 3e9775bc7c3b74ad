"""What a database server does otherwise than a file, and must not change anything."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from threading import Event

import psycopg
import pytest
import sqlalchemy as sa

from gateway.app import Gateway
from gateway.errors import Reason, StoreError
from gateway.store import postgresql
from gateway.store.circuit import AwayError
from gateway.store.ingest import ingest
from gateway.store.store import Store
from gateway.store.tables import meta, rows
from tests.support.client import serving
from tests.support.folder import Folder
from tests.support.postgresql import Postgres
from tests.support.publisher import NOW


@pytest.fixture
def url(postgres: Postgres) -> str:
    return postgres.url()


@pytest.fixture
def store(url: str) -> Iterator[Store]:
    store = Store.open(url)
    yield store
    store.close()


def write(store: Store, name: str) -> None:
    with store.writing() as connection:
        connection.execute(meta.insert().values(name=name, value=b""))


def names(connection: sa.Connection) -> set[str]:
    return set(connection.execute(sa.select(meta.c.name)).scalars())


def test_a_reader_sees_one_state_whatever_is_written_meanwhile(store: Store) -> None:
    with store.reading() as connection:
        before = names(connection)
        write(store, "later")
        assert names(connection) == before
    with store.reading() as connection:
        assert names(connection) == before | {"later"}


def test_a_reader_cannot_write(store: Store) -> None:
    with pytest.raises(StoreError), store.reading() as connection:
        connection.execute(meta.insert().values(name="x", value=b""))


def test_a_writer_sees_what_the_one_before_it_wrote(store: Store) -> None:
    """It waits for it: otherwise both would give out the same numbers."""
    begun = Event()

    def second() -> set[str]:
        begun.set()
        with store.writing() as connection:
            return names(connection)

    with ThreadPoolExecutor() as pool:
        with store.writing() as connection:
            waiting = pool.submit(second)
            begun.wait()
            connection.execute(meta.insert().values(name="first", value=b""))
        assert "first" in waiting.result()


def test_who_waits_too_long_for_a_writer_is_told_and_the_server_is_not_taken_to_be_away(
    store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    short = postgresql._BEGIN_WRITING.replace("'5s'", "'10ms'")
    monkeypatch.setattr(postgresql, "_BEGIN_WRITING", short)
    with store.writing():
        for _ in range(5):
            with pytest.raises(StoreError) as caught, store.writing():
                pass
            assert caught.value.code is Reason.STORE_UNAVAILABLE
            assert not isinstance(caught.value, AwayError)


def test_gateways_that_start_together_make_the_tables_once(url: str) -> None:
    with ThreadPoolExecutor() as pool:
        stores = list(pool.map(Store.open, [url] * 6))
    assert len({store.secret("cursor") for store in stores}) == 1
    for store in stores:
        store.close()


def test_an_ingest_that_fails_leaves_nothing(folder: Folder, store: Store) -> None:
    folder.add("_news/a.md")
    ingest(folder.source, store, NOW)
    with pytest.raises(StoreError), store.writing() as connection:
        fail_half_way(connection)
    assert store.latest().id == 1
    assert len(store.row_ids(1, "demo")) == 1


def fail_half_way(connection: sa.Connection) -> None:
    connection.execute(sa.delete(rows))
    connection.execute(sa.text("SELECT 1/0"))


@pytest.mark.parametrize("scheme", ["postgresql", "postgres", "postgresql+psycopg"])
def test_whatever_postgresql_is_called_it_is_reached_by_the_driver_that_is_known(
    url: str, scheme: str
) -> None:
    Store.open(url.replace("postgresql", scheme, 1)).close()


def test_without_the_driver_the_setting_says_what_to_install(
    url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(sys.modules, "psycopg", None)
    with pytest.raises(StoreError) as caught:
        Store.open(url)
    assert caught.value.code is Reason.SETTINGS
    assert "sealgate[postgresql]" in caught.value.hint


def test_a_role_that_may_not_write_is_told_and_no_password_or_statement_with_it(
    postgres: Postgres,
) -> None:
    url = postgres.url()
    with psycopg.connect(postgres.plain(), autocommit=True) as connection:
        connection.execute("CREATE ROLE reader LOGIN PASSWORD 'hunter2'")
        connection.execute(f"GRANT USAGE ON SCHEMA {url.rpartition('%3D')[2]} TO reader".encode())
    with pytest.raises(StoreError) as caught:
        Store.open(url.replace("postgres@", "reader:hunter2@"))
    assert caught.value.code is Reason.STORE_UNAVAILABLE
    assert "permission denied" in caught.value.message
    assert "hunter2" not in caught.value.diagnostics()
    assert "CREATE TABLE" not in caught.value.diagnostics()


def test_a_lost_table_is_made_anew_and_filled_from_the_files(folder: Folder, url: str) -> None:
    folder.add("_news/a.md")
    settings = folder.settings.model_copy(update={"store": url})
    query = '{ articles { totalCount } article(path: "_news/a.md") { title } }'
    with serving(settings) as client:
        before = client.data(query)
        with client.gateway.store.writing() as connection:
            connection.execute(sa.text("DROP TABLE sealgate_row"))
        response = client.http.post("/graphql", json={"query": query})
        assert response.status_code == 503
        assert response.headers["retry-after"]
        (error,) = response.json()["errors"]
        assert error["extensions"]["code"] == Reason.STORE_DAMAGED
        assert "sealgate_row" not in response.text
        client.gateway.live.refresh()
        assert client.data(query) == before


def test_a_row_that_somebody_changed_is_withheld_and_written_anew(folder: Folder, url: str) -> None:
    folder.add("_news/a.md")
    settings = folder.settings.model_copy(update={"store": url})
    query = '{ article(path: "_news/a.md") { title } }'
    with serving(settings) as client:
        before = client.data(query)
        with client.gateway.store.writing() as connection:
            connection.execute(rows.update().values(body=b"forged"))
        assert client.error(query)["reason"] == Reason.BODY_MISMATCH
        client.gateway.live.refresh()
        assert client.data(query) == before


def test_two_gateways_on_one_server_serve_the_same_snapshots_and_cursors(
    folder: Folder, url: str
) -> None:
    for number in range(5):
        folder.add(f"_news/{number}.md")
    settings = folder.settings.model_copy(update={"store": url})
    page = "query ($after: String) { articles(first: 2, after: $after) {\
        edges { node { path } } pageInfo { endCursor } } }"
    with serving(settings) as one, serving(settings) as two:
        cursor = one.data(page)["articles"]["pageInfo"]["endCursor"]
        after = {"after": cursor}
        assert two.data(page, variables=after) == one.data(page, variables=after)
        folder.add("_news/5.md")
        one.gateway.ingest()
        two.gateway.live.refresh()
        assert two.data(page) == one.data(page)


def test_a_gateway_begins_again_with_what_the_server_kept(folder: Folder, url: str) -> None:
    folder.add("_news/a.md")
    settings = folder.settings.model_copy(update={"store": url})
    gateway = Gateway(settings, lambda: NOW)
    first = gateway.ingest().snapshot
    gateway.close()
    gateway = Gateway(settings, lambda: NOW)
    assert gateway.ingest().snapshot == first
    gateway.close()
