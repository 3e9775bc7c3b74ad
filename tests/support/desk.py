"""A repository over a folder, without HTTP in front of it."""

from __future__ import annotations

import asyncio
from collections.abc import Coroutine
from typing import Any, TypeVar

from gateway.index.listing import Listing
from gateway.index.lookup import articles_by_url
from gateway.index.page import Window, count
from gateway.records.kind import Kind
from gateway.repository.reading import Page, Reading
from gateway.repository.repository import Repository
from gateway.store.ingest import ingest
from gateway.store.store import Store
from gateway.store.tables import rows
from gateway.trust.directory import read_trust
from gateway.verdict.admitted import Admitted
from gateway.verdict.verdict import Rejected, Verified
from tests.support.folder import Folder
from tests.support.publisher import NOW

T = TypeVar("T")

ARTICLES = Listing((Kind.ARTICLE,))


def wait(coroutine: Coroutine[Any, Any, T]) -> T:
    return asyncio.run(coroutine)


class Desk:
    """A repository over a folder, as a gateway holds it."""

    def __init__(self, folder: Folder) -> None:
        self.folder = folder
        self.store = Store.open(f"sqlite:///{folder.base}/store.db")
        self.repository = Repository(self.store, "demo", read_trust(folder.keys), 1 << 20)

    def update(self) -> None:
        ingest(self.folder.source, self.store, NOW)
        self.repository.refresh(NOW)

    def reading(self, now: int = NOW) -> Reading:
        return wait(self.repository.reading(now))

    def page(self, first: int = 10, after: str | None = None) -> list[str]:
        page = list_of(self.reading(), Window(first=first, after=after))
        assert all(isinstance(record.visible, Verified) for record in page.records)
        return [record.path for record in page.records]

    def one(self, path: str, now: int = NOW) -> Admitted | Rejected | None:
        reading = self.reading(now)
        located = reading.locate(path)
        return wait(reading.load([located]))[0] if isinstance(located, int) else located

    def rewrite(self, path: str, values: dict[str, Any]) -> None:
        with self.store.writing() as connection:
            connection.execute(rows.update().where(rows.c.path == path).values(**values))


def list_of(reading: Reading, window: Window = Window(first=10)) -> Page:  # noqa: B008
    return wait(reading.page(ARTICLES, window, reading.load))


def total(reading: Reading) -> int:
    return wait(reading.ask(count, ARTICLES))


def by_url(desk: Desk, url: str) -> str | None:
    """The path of the article that a URL names."""
    reading = desk.reading()
    row_id = wait(reading.ask(articles_by_url, (url,))).get(url)
    return None if row_id is None else wait(reading.load([row_id]))[0].path
