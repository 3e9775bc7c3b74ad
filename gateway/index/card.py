"""What one record is found, sorted and counted by."""

from __future__ import annotations

import html
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

import nh3

from gateway.index.fold import fold
from gateway.index.rows import LOWEST, Name, Rows, no_rows
from gateway.records.article import Article, RelatedItem
from gateway.records.content import Content
from gateway.records.instant import EPOCH
from gateway.records.learning import Collection
from gateway.records.taxonomy import Organization, Topic
from gateway.verdict.admitted import Admitted

# These two enclose hits in a highlighted text (gateway.index.search), so no text may hold them.
OPEN, CLOSE = "\x02", "\x03"
_MARKS = str.maketrans({OPEN: " ", CLOSE: " "})


def microseconds(instant: datetime) -> int:
    """Since 1970, UTC; exact, unlike a float of seconds."""
    return (instant - EPOCH) // timedelta(microseconds=1)


@dataclass(frozen=True)
class Card:
    """Everything the index may know of a record: what was admitted, and nothing else."""

    row_id: int
    admitted: Admitted

    def enter(self, rows: Rows) -> None:
        """Add the record's rows to those of others."""
        model = self.admitted.model
        if isinstance(model, Content):
            self._enter_content(model, rows)
            rows[Name.ENTRY_TEXT].append(self._text(model))
        else:
            rows[Name.ENTRY].append(self._entry(model))
            names = dict.fromkeys(_names(model))
            rows[Name.NAMED] += [self._name(model, name) for name in names]

    def _text(self, model: Content) -> tuple[Any, ...]:
        """For the full text: plain text, entities decoded, markup taken out of bodies."""
        labels = [*model.topics, model.provider.name] if model.provider else model.topics
        body = _without_markup(self.admitted.visible.raw.body)
        texts = (model.title, model.excerpt, " · ".join(labels), body)
        return (self.row_id, *map(_plain, texts))

    def _entry(self, model: Topic | Organization) -> tuple[Any, ...]:
        key, kind = fold(model.name), str(model.kind)
        sorted_by = (None, LOWEST, None, LOWEST, None, LOWEST)
        start = (self.row_id, self.admitted.path, kind, None, None, model.name, key, None)
        return (*start, *sorted_by, None, None, False)

    def _name(self, model: Topic | Organization, name: str) -> tuple[Any, ...]:
        domain = model.domain if isinstance(model, Organization) else None
        parent = model.parent if isinstance(model, Topic) else None
        return (self.row_id, name, str(model.kind), domain, parent)

    def _enter_content(self, model: Content, rows: Rows) -> None:
        row_id, path = self.row_id, self.admitted.path
        rows[Name.ENTRY].append((row_id, path, *_columns(model)))
        rows[Name.FILED] += [(row_id, name) for name in dict.fromkeys(model.topics)]
        rows[Name.ADDRESS] += [(row_id, url) for url in model.urls]
        if isinstance(model, Article):
            for place, item in enumerate(model.related):
                rows[Name.RELATED].append((row_id, place, *_summary(item)))
                rows[Name.LINK] += [(row_id, place, url) for url in item.urls]
        if isinstance(model, Collection):
            paths = dict.fromkeys(filter(None, model.item_paths(path)))
            rows[Name.HELD] += [(row_id, other) for other in paths]


def rows_of(cards: Iterable[Card]) -> Rows:
    """The rows of all these records."""
    rows = no_rows()
    for card in cards:
        card.enter(rows)
    return rows


def _names(model: Topic | Organization) -> tuple[str, ...]:
    others = model.other_names if isinstance(model, Organization) else ()
    return (model.name, *others)


def _columns(model: Content) -> tuple[Any, ...]:
    """What `entry` holds behind row_id and path."""
    published = None if model.published_at is None else microseconds(model.published_at)
    quality = model.quality if isinstance(model, Article) else None
    provider = model.provider
    sorted_by = (published, _key(published), quality, _key(quality), model.heat, _key(model.heat))
    titles = (model.title, fold(model.title), model.excerpt)
    source = (provider.name, provider.domain) if provider else (None, None)
    kind = (str(model.kind), model.type, model.category)
    return (*kind, *titles, *sorted_by, *source, bool(model.images))


def _key(value: int | None) -> int:
    return LOWEST if value is None else value


def _summary(item: RelatedItem) -> tuple[Any, ...]:
    """What `related` holds behind row_id and place."""
    published, provider = microseconds(item.published_at), item.provider
    said = (item.title, item.excerpt, item.type, published, item.quality)
    return (*said, provider.name, provider.domain)


def _plain(text: str) -> str:
    return html.unescape(text).translate(_MARKS)


def _without_markup(body: bytes) -> str:
    text = body.decode("utf-8")
    # Between two elements of a page there is a gap that the tags alone do not leave behind.
    return nh3.clean(text.replace("<", " <"), tags=set()) if "<" in text else text
