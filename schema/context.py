"""What resolvers are given: one reading, its batches, and the limits that hold."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property

import strawberry
from strawberry.dataloader import DataLoader

from gateway.errors import QueryError, Reason
from gateway.repository.reading import Reading
from gateway.repository.view import Admitted
from gateway.verdict.verdict import Rejected

Found = Admitted | Rejected | None


class Records:
    """A reading with one batch per kind of look-up.

    All look-ups that a level of the query makes are collected into one read of the store, so the
    number of reads depends on the depth of a query and never on the length of its lists.
    """

    def __init__(self, reading: Reading, corpus: str) -> None:
        self.reading = reading
        self.corpus = corpus

    @cached_property
    def _by_url(self) -> DataLoader[str, Found]:
        return DataLoader(load_fn=self._load_urls)

    @cached_property
    def _by_path(self) -> DataLoader[str, Found]:
        return DataLoader(load_fn=self._load_paths)

    @cached_property
    def _referrers(self) -> DataLoader[tuple[str, int], list[Admitted]]:
        return DataLoader(load_fn=self._load_referrers)

    async def _load_referrers(self, asked: Sequence[tuple[str, int]]) -> list[list[Admitted]]:
        return await self.reading.referrers(asked)

    async def _load_urls(self, urls: Sequence[str]) -> list[Found]:
        return await self.reading.by_urls(urls)

    async def _load_paths(self, paths: Sequence[str]) -> list[Found]:
        return await self.reading.by_paths(paths)

    async def by_url(self, url: str) -> Admitted | None:
        """The newest visible record that a URL names. Raises QueryError(RECORD_WITHHELD)."""
        return _admitted(await self._by_url.load(url))

    async def referrers(self, path: str, count: int) -> list[Admitted]:
        """Up to `count` articles whose related items lead to the one at `path`, newest first."""
        return await self._referrers.load((path, count))

    async def by_path(self, path: str) -> Admitted | None:
        """The record at a path. Raises QueryError(RECORD_WITHHELD)."""
        return _admitted(await self._by_path.load(path))


def _admitted(found: Found) -> Admitted | None:
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
    """The context value of one operation."""

    records: Records
    max_page: int


Info = strawberry.Info[Context, None]


def check_length(name: str, length: int, longest: int) -> None:
    """Raises QueryError(BAD_USER_INPUT) for a length of a list that is not served."""
    if not 0 <= length <= longest:
        raise QueryError(Reason.BAD_USER_INPUT, f"{name} must be between 0 and {longest}")
