"""What one record is found, sorted and counted by."""

from __future__ import annotations

import html
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

import nh3

from gateway.index.fold import fold
from gateway.index.tables import LOWEST, address, entry, filed, held, link, named, related
from gateway.records.article import Article, RelatedItem
from gateway.records.content import Content
from gateway.records.instant import EPOCH
from gateway.records.learning import Collection
from gateway.records.taxonomy import Organization, Topic
from gateway.verdict.admitted import Admitted

Rows = dict[Any, list[dict[str, Any]]]

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

    def rows(self) -> Rows:
        """Rows for each table but the full text's."""
        model = self.admitted.model
        if isinstance(model, Content):
            return self._content(model)
        names = [self._name(model, name) for name in dict.fromkeys(_names(model))]
        return {entry: [self._entry(model)], named: names}

    def text(self) -> dict[str, Any] | None:
        """The row of the full text: plain text, entities decoded, markup taken out of bodies."""
        model = self.admitted.model
        if not isinstance(model, Content):
            return None
        provider = [model.provider.name] if model.provider else []
        return {
            "rowid": self.row_id,
            "title": _plain(model.title),
            "excerpt": _plain(model.excerpt),
            "labels": _plain(" · ".join([*model.topics, *provider])),
            "body": _plain(_without_markup(self.admitted.visible.raw.body)),
        }

    def _entry(self, model: Topic | Organization) -> dict[str, Any]:
        values = dict.fromkeys(entry.c.keys())
        return {
            **values,
            **self._keys(model.name),
            "kind": str(model.kind),
            "title": model.name,
            "has_image": False,
        }

    def _keys(self, title: str) -> dict[str, Any]:
        lowest = dict.fromkeys(("published_key", "quality_key", "heat_key"), LOWEST)
        path = self.admitted.path
        return {"row_id": self.row_id, "path": path, "title_key": fold(title), **lowest}

    def _name(self, model: Topic | Organization, name: str) -> dict[str, Any]:
        return {
            "row_id": self.row_id,
            "name": name,
            "kind": str(model.kind),
            "domain": model.domain if isinstance(model, Organization) else None,
            "parent": model.parent if isinstance(model, Topic) else None,
        }

    def _content(self, model: Content) -> Rows:
        row_id = self.row_id
        rows: Rows = {
            entry: [{**self._keys(model.title), **_columns(model)}],
            filed: [{"row_id": row_id, "topic": name} for name in dict.fromkeys(model.topics)],
            address: [{"row_id": row_id, "url": url} for url in model.urls],
        }
        if isinstance(model, Article):
            places = list(enumerate(model.related))
            rows[related] = [self._related(place, item) for place, item in places]
            rows[link] = [
                {"row_id": row_id, "place": place, "url": url}
                for place, item in places
                for url in item.urls
            ]
        if isinstance(model, Collection):
            paths = filter(None, model.item_paths(self.admitted.path))
            rows[held] = [{"row_id": row_id, "path": path} for path in dict.fromkeys(paths)]
        return rows

    def _related(self, place: int, item: RelatedItem) -> dict[str, Any]:
        return {
            "row_id": self.row_id,
            "place": place,
            "title": item.title,
            "excerpt": item.excerpt,
            "type": item.type,
            "published": microseconds(item.published_at),
            "quality": item.quality,
            "provider_name": item.provider.name,
            "provider_domain": item.provider.domain,
        }


def _names(model: Topic | Organization) -> tuple[str, ...]:
    others = model.other_names if isinstance(model, Organization) else ()
    return (model.name, *others)


def _columns(model: Content) -> dict[str, Any]:
    published = None if model.published_at is None else microseconds(model.published_at)
    quality = model.quality if isinstance(model, Article) else None
    return {
        "kind": str(model.kind),
        "type": model.type,
        "category": model.category,
        "title": model.title,
        "excerpt": model.excerpt,
        "published": published,
        "published_key": LOWEST if published is None else published,
        "quality": quality,
        "quality_key": LOWEST if quality is None else quality,
        "heat": model.heat,
        "heat_key": LOWEST if model.heat is None else model.heat,
        "provider_name": model.provider.name if model.provider else None,
        "provider_domain": model.provider.domain if model.provider else None,
        "has_image": bool(model.images),
    }


def _plain(text: str) -> str:
    return html.unescape(text).translate(_MARKS)


def _without_markup(body: bytes) -> str:
    text = body.decode("utf-8")
    # Between two elements of a page there is a gap that the tags alone do not leave behind.
    return nh3.clean(text.replace("<", " <"), tags=set()) if "<" in text else text
