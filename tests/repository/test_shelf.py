"""Records at hand."""

from __future__ import annotations

import pytest

from gateway.app import Gateway
from gateway.store.tables import rows
from tests.support.client import serving
from tests.support.desk import Desk
from tests.support.folder import Folder
from tests.support.publisher import NOW, YEAR

TITLES = "{articles {edges {node {title}}}}"


def test_what_was_read_once_is_not_read_again(folder: Folder) -> None:
    folder.add("_news/a.md")
    with serving(folder.settings) as client:
        first = client.data(TITLES)
        before = client.gateway.store.reads
        assert client.data(TITLES) == first
        assert client.gateway.store.reads == before


def test_a_row_that_somebody_changes_is_read_again_at_the_next_request(folder: Folder) -> None:
    folder.add("_news/a.md")
    with serving(folder.settings) as client:
        assert client.data(TITLES)["articles"]["edges"]
        other = Gateway(folder.settings, lambda: NOW)
        with other.store.writing() as connection:
            connection.execute(rows.update().values(body=b"Something else."))
        other.close()
        assert client.data(TITLES)["articles"]["edges"] == []


def test_nothing_outlives_the_keys_that_proved_it(folder: Folder) -> None:
    folder.add("_news/a.md")
    now = NOW
    with serving(folder.settings, lambda: now) as client:
        assert client.data(TITLES)["articles"]["edges"]
        now = NOW + 2 * YEAR
        assert client.data(TITLES)["articles"]["edges"] == []


def test_no_more_is_kept_than_there_is_room_for(folder: Folder) -> None:
    for name in "abc":
        folder.add(f"_news/{name}.md", "x" * 10_000)
    settings = folder.settings.model_copy(update={"cache_bytes": 40_000, "reply_bytes": 0})
    with serving(settings) as client:
        for _ in range(2):
            assert len(client.data(TITLES)["articles"]["edges"]) == 3
        shelf = client.gateway.repository.shelf
        assert shelf.hits > 0
        assert shelf.misses > 3


def test_without_room_everything_is_read_each_time(folder: Folder) -> None:
    folder.add("_news/a.md")
    settings = folder.settings.model_copy(update={"cache_bytes": 0, "reply_bytes": 0})
    with serving(settings) as client:
        client.data(TITLES)
        before = client.gateway.store.reads
        assert client.data(TITLES)["articles"]["edges"]
        assert client.gateway.store.reads == before + 1


def test_a_database_that_tells_no_version_is_read_each_time(
    folder: Folder, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder.add("_news/a.md")
    desk = Desk(folder)
    desk.update()
    monkeypatch.setattr(desk.store, "version", lambda: None)
    assert desk.page() == ["_news/a.md"]
    before = desk.store.reads
    assert desk.page() == ["_news/a.md"]
    assert desk.store.reads == before + 1
    desk.store.close()
