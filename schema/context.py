"""What resolvers are given: one reading, its batches, and the limits that hold."""

from __future__ import annotations

from collections.abc import Callable, Hashable, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from typing import Any, Self, TypeVar

import strawberry
from strawberry.dataloader import DataLoader

from gateway.access.caller import Caller
from gateway.errors import QueryError, Reason
from gateway.index import lookup
from gateway.index.index import Index
from gateway.repository.reading import Found, Reading
from gateway.verdict.admitted import Admitted
from gateway.verdict.verdict import Rejected

K = TypeVar("K", bound=Hashable)
V = TypeVar("V")


class Records:
    """A reading with one batch per kind of look-up.

    All look-ups that a level of the query makes are collected into one question to the index, and
    all records that it needs into one read of the store, so the number of reads depends on the
    depth of a query and never on the length of its lists.
    """

    def __init__(self, reading: Reading, corpus: str) -> None:
        self.reading = reading
        self.corpus = corpus

    @cached_property
    def _rows(self) -> DataLoader[int, Found]:
        self.reading.may_wait()
        return DataLoader(load_fn=self.reading.load)

    @cached_property
    def _urls(self) -> DataLoader[str, int | None]:
        return self._batch(lookup.articles_by_url)

    @cached_property
    def _topics(self) -> DataLoader[str, int | None]:
        return self._batch(lookup.topic_records)

    @cached_property
    def _known_topics(self) -> DataLoader[str, str | None]:
        return self._batch(lookup.known_topics)

    @cached_property
    def _organizations(self) -> DataLoader[tuple[str, str], int | None]:
        return self._batch(lookup.organization_records)

    @cached_property
    def _providers(self) -> DataLoader[tuple[str, str], int | None]:
        return self._batch(lookup.provider_records)

    @cached_property
    def _children(self) -> DataLoader[str, list[str] | None]:
        return self._batch(lookup.children)

    @cached_property
    def _referrers(self) -> DataLoader[tuple[str, int], list[int]]:
        self.reading.may_wait()
        return DataLoader(load_fn=self._load_referrers)

    def _batch(
        self, question: Callable[[Index, Sequence[K]], dict[K, V]]
    ) -> DataLoader[K, V | None]:
        self.reading.may_wait()

        async def load(keys: Sequence[K]) -> list[V | None]:
            found = await self.reading.ask(question, tuple(keys))
            return [found.get(key) for key in keys]

        return DataLoader(load_fn=load)

    async def _load_referrers(self, asked: Sequence[tuple[str, int]]) -> list[list[int]]:
        paths = tuple(sorted({path for path, _ in asked}))
        most = max(count for _, count in asked)
        found = await self.reading.ask(lookup.referrers, paths, most)
        return [found.get(path, [])[:count] for path, count in asked]

    async def load(self, row_ids: Sequence[int]) -> list[Found]:
        """The records of rows that the index named: at hand, or read together with all others of
        this level."""
        found = self.reading.at_hand(row_ids)
        if len(found) == len(set(row_ids)):
            return [found[row_id] for row_id in row_ids]
        return await self._rows.load_many(row_ids)

    async def _one(self, row_id: int | None) -> Admitted | None:
        return None if row_id is None else _admitted((await self.load((row_id,)))[0])

    async def by_path(self, path: str) -> Admitted | None:
        """The record at a path. Raises QueryError(RECORD_WITHHELD)."""
        located = self.reading.locate(path)
        if isinstance(located, Rejected):
            raise withheld(located)
        return await self._one(located)

    async def by_url(self, url: str) -> Admitted | None:
        """The newest visible article that a URL names."""
        return await self._one(await self._urls.load(url))

    async def referrers(self, path: str, count: int) -> list[Admitted]:
        """Up to `count` records that lead to the one at `path`, newest first."""
        found = await self.load(await self._referrers.load((path, count)))
        return [item for item in found if isinstance(item, Admitted)]

    async def topic(self, name: str) -> Admitted | None:
        """The record that describes a topic."""
        return await self._one(await self._topics.load(name))

    async def is_topic(self, name: str) -> bool:
        """Whether a record describes the topic or content is filed under it."""
        return await self._known_topics.load(name) is not None

    async def subtopics(self, name: str) -> list[str]:
        return await self._children.load(name) or []

    async def organization(self, name: str, domain: str) -> Admitted | None:
        """The record of the organization behind a provider."""
        return await self._one(await self._organizations.load((name, domain)))

    async def of_provider(self, name: str, domain: str) -> Admitted | None:
        """The newest record that a provider published."""
        return await self._one(await self._providers.load((name, domain)))


def _admitted(found: Found) -> Admitted:
    if isinstance(found, Rejected):
        raise withheld(found)
    return found


def withheld(rejected: Rejected) -> QueryError:
    """The error for a record that somebody named and may not see: why, and never what is in it."""
    message = f"the record {rejected.path} is withheld: {rejected.status}"
    return QueryError(Reason.RECORD_WITHHELD, message).with_details(
        status=str(rejected.status), reason=str(rejected.reason), recordPath=rejected.path
    )


@dataclass
class Context:
    """The context value of one operation.

    present: makes of a record the GraphQL object of its kind (schema.present). It is handed in,
    since what it makes is defined above this module. caller: who asks.
    """

    records: Records
    max_page: int
    present: Callable[[Admitted, Records], Any]
    caller: Caller

    @property
    def epoch(self) -> object:
        """What, besides a record, decides all that can be said of that record alone."""
        return self.records.reading.view.judge

    def afresh(self) -> Self:
        """The same for another attempt: batches that were given up are not waited for."""
        return replace(self, records=Records(self.records.reading, self.records.corpus))


Info = strawberry.Info[Context, None]


def check_length(name: str, length: int, longest: int) -> None:
    """Raises QueryError(BAD_USER_INPUT) for a length of a list that is not served."""
    if not 0 <= length <= longest:
        raise QueryError(Reason.BAD_USER_INPUT, f"{name} must be between 0 and {longest}")


def check_count(context: Context, items: Sequence[object]) -> None:
    """Raises QueryError(BAD_USER_INPUT) for more names at once than a page may be long."""
    if len(items) > context.max_page:
        raise QueryError(Reason.BAD_USER_INPUT, f"at most {context.max_page} at once")
