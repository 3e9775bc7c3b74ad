"""The visible part of a snapshot, indexed by what its proven bytes say."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from functools import cached_property

from gateway.errors import Reason, RecordShapeError, SealgateError
from gateway.records.article import Article, read_article
from gateway.repository.judge import Judge
from gateway.store.row import Row
from gateway.store.store import Snapshot, Store
from gateway.verdict.status import Status
from gateway.verdict.verdict import Disclosed, Rejected, Verified, Visible, disclose


@dataclass(frozen=True)
class Entry:
    """An article that may be shown: where its row is, and what it is found and sorted by.

    fingerprint: of the row's content when it was judged; a row that differs later is refused.
    """

    row_id: int
    path: str
    fingerprint: bytes
    status: Status
    published_at: datetime
    urls: tuple[str, ...]
    links: tuple[str, ...]
    is_draft: bool

    @property
    def order(self) -> tuple[float, str]:
        """Newest first; records of the same second in the order of their paths."""
        return (-self.published_at.timestamp(), self.path)


@dataclass(frozen=True)
class Admitted:
    """A record that may be shown, and the article that its canonical bytes describe.

    The article cannot be handed in: it is read from what was judged. Raises RecordShapeError when
    the bytes describe none, and TypeError for anything that the verifier did not make.
    """

    visible: Visible
    article: Article = field(init=False)

    def __post_init__(self) -> None:
        if not isinstance(self.visible, Verified | Disclosed):
            raise TypeError("only a Verified or a Disclosed record can be admitted")
        object.__setattr__(self, "article", read_article(self.visible.decode().record))


# What became of a row: found, or withheld for a reason.
Item = Entry | Rejected


@dataclass(frozen=True)
class View:
    """Everything a query may know about one snapshot under one judge; items by row id."""

    snapshot: Snapshot
    judge: Judge
    items: Mapping[int, Item]

    @cached_property
    def entries(self) -> tuple[Entry, ...]:
        """Published visible articles in the order of lists. Drafts are not among them: they need
        a token, and until then they exist for nobody."""
        found = (item for item in self.items.values() if isinstance(item, Entry))
        return tuple(sorted((e for e in found if not e.is_draft), key=lambda entry: entry.order))

    @cached_property
    def by_path(self) -> dict[str, int]:
        return {entry.path: position for position, entry in enumerate(self.entries)}

    @cached_property
    def by_url(self) -> dict[str, int]:
        """Two records can share a URL; the newest one answers for it."""
        positions: dict[str, int] = {}
        for position, entry in enumerate(self.entries):
            for url in entry.urls:
                positions.setdefault(url, position)
        return positions

    @cached_property
    def by_link(self) -> dict[str, list[int]]:
        """The articles whose related items name a URL, in the order of lists."""
        positions: dict[str, list[int]] = {}
        for position, entry in enumerate(self.entries):
            for url in entry.links:
                positions.setdefault(url, []).append(position)
        return positions

    def referrers(self, path: str) -> list[int]:
        """The articles whose related items lead to the one at `path`, in the order of lists."""
        position = self.by_path.get(path)
        if position is None:
            return []
        urls = self.entries[position].urls
        # Of two records that share a URL only the one that answers for it is led to.
        led = (url for url in urls if self.by_url[url] == position)
        return sorted({found for url in led for found in self.by_link.get(url, ())})

    @cached_property
    def withheld(self) -> dict[str, Rejected]:
        """Why each record that is not shown is not, by path."""
        rejected = (item for item in self.items.values() if isinstance(item, Rejected))
        return {item.path: item for item in rejected}

    @cached_property
    def counts(self) -> Counter[Status]:
        """How many records of the snapshot have which verdict."""
        return Counter(item.status for item in self.items.values())

    def without(self, rejected: Mapping[int, Rejected]) -> View:
        """The same view after some of its rows turned out not to be what they were."""
        return View(self.snapshot, self.judge, {**self.items, **rejected})


def admit(row: Row, judge: Judge, now: int) -> Admitted | Rejected:
    """The row's record if the judge's policy shows it and it has the shape of a modelled kind.

    Everything is read from the canonical bytes that were judged, nothing from the row's columns.
    """
    verdict = judge.judge(row, now)
    visible: Visible | None
    if isinstance(verdict, Verified):
        visible = verdict
    else:
        visible = disclose(verdict, judge.trust.policy)
        if visible is None:
            return verdict
    try:
        return Admitted(visible)
    except SealgateError as error:
        return _misshapen(visible, error)


def _misshapen(visible: Visible, error: SealgateError) -> Rejected:
    """A proven record of a kind that is not served stays proven, in the statistics, too."""
    unmodelled = isinstance(error, RecordShapeError) and error.code is Reason.KIND_NOT_MODELLED
    status = visible.status if unmodelled else Status.MALFORMED
    return Rejected(visible.path, status, error.code, error.message, visible.checks)


def build_view(
    store: Store,
    corpus: str,
    snapshot: Snapshot,
    judge: Judge,
    now: int,
    base: View | None = None,
) -> View:
    """Judge the records of a snapshot, in batches, and index what may be shown.

    Rows that `base` has seen under the same judge are taken over from it: a row never changes, and
    one that somebody changes all the same is refused when it is read.
    """
    known = base.items if base is not None and base.judge is judge else {}
    ids = store.row_ids(snapshot.id, corpus)
    items: dict[int, Item] = {row_id: known[row_id] for row_id in ids if row_id in known}
    for row in _rows(store, [row_id for row_id in ids if row_id not in known]):
        items[row.id] = _item(row, judge, now)
    return View(snapshot, judge, {**items, **_twins(items)})


def _twins(items: Mapping[int, Item]) -> dict[int, Rejected]:
    """Rows of one path: an ingest never writes two, so nobody can say which one it wrote."""
    counts = Counter(item.path for item in items.values())
    detail = "the store holds two rows of this path"
    return {
        row_id: Rejected(item.path, Status.INVALID, Reason.ROW_CHANGED, detail, ())
        for row_id, item in items.items()
        if counts[item.path] > 1
    }


def _rows(store: Store, ids: list[int]) -> Iterable[Row]:
    for start in range(0, len(ids), 500):
        yield from store.read(ids[start : start + 500])


def _item(row: Row, judge: Judge, now: int) -> Item:
    admitted = admit(row, judge, now)
    if isinstance(admitted, Rejected):
        # The bytes stay in the store; a view only remembers why they are not shown.
        return Rejected(row.path, admitted.status, admitted.reason, admitted.detail, ())
    article, visible = admitted.article, admitted.visible
    return Entry(
        row.id,
        row.path,
        visible.raw.fingerprint,
        visible.status,
        article.published_at,
        article.urls,
        article.links,
        article.is_draft,
    )


def recheck(entry: Entry, row: Row | None, judge: Judge, now: int) -> Admitted | Rejected:
    """The record behind an entry, judged again, if its row is still what was indexed."""
    if row is None or row.path != entry.path:
        return _changed(entry, "its row was removed from the store")
    admitted = admit(row, judge, now)
    if isinstance(admitted, Admitted) and admitted.visible.raw.fingerprint != entry.fingerprint:
        return _changed(entry, "its row was changed in the store")
    return admitted


def _changed(entry: Entry, detail: str) -> Rejected:
    return Rejected(entry.path, Status.INVALID, Reason.ROW_CHANGED, detail, ())
