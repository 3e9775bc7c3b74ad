"""What an index must answer, said again over the models in plain Python."""

from __future__ import annotations

import operator
from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import UTC, datetime, timedelta
from typing import Any

from gateway.index.card import Card
from gateway.index.condition import (
    Compare,
    Condition,
    Either,
    Every,
    Field,
    Neither,
    Op,
    Related,
)
from gateway.index.facets import Bucket, Count, Interval, ProviderCount
from gateway.index.fold import fold
from gateway.index.listing import By, Order
from gateway.index.page import Slice, Window
from gateway.records.article import Article, RelatedItem
from gateway.records.content import Content
from gateway.records.media import Provider
from gateway.records.taxonomy import Organization, Topic

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)

_SAYS: Mapping[Op, Callable[[Any, Any], bool]] = {
    Op.EQ: operator.eq,
    Op.IN: lambda value, chosen: value in chosen,
    Op.LT: operator.lt,
    Op.LTE: operator.le,
    Op.GT: operator.gt,
    Op.GTE: operator.ge,
    Op.CONTAINS: lambda value, part: fold(part) in fold(value),
    Op.STARTS_WITH: lambda value, start: fold(value).startswith(fold(start)),
    Op.EXISTS: lambda _value, _nothing: True,
}


def holds(condition: Condition, card: Card, item: RelatedItem | None = None) -> bool:
    """Whether a condition is true of a record, or of one of its related items."""
    if isinstance(condition, Compare):
        values = entry_values(card) if item is None else related_values(item)
        says = _SAYS[condition.op]
        return any(says(value, condition.value) for value in values[condition.field])
    if isinstance(condition, Every):
        return all(holds(part, card, item) for part in condition.parts)
    if isinstance(condition, Either):
        return any(holds(part, card, item) for part in condition.parts)
    if isinstance(condition, Neither):
        return not holds(condition.part, card, item)
    assert isinstance(condition, Related)
    return any(holds(condition.part, card, other) for other in related_items(card))


def related_items(card: Card) -> tuple[RelatedItem, ...]:
    model = card.admitted.model
    return model.related if isinstance(model, Article) else ()


def micros(instant: datetime | None) -> int | None:
    return None if instant is None else (instant - _EPOCH) // timedelta(microseconds=1)


def entry_values(card: Card) -> dict[Field, list[Any]]:
    """Every value of each field; those that are missing are left out."""
    model = card.admitted.model
    if not isinstance(model, Content):
        return _described(card, model)
    urls = list(model.urls)
    return {
        Field.PATH: [card.admitted.path],
        Field.KIND: [model.kind],
        Field.TITLE: [model.title],
        Field.EXCERPT: [model.excerpt],
        Field.TYPE: [model.type],
        Field.CATEGORY: _there(model.category),
        Field.PUBLISHED: _there(micros(model.published_at)),
        Field.QUALITY: _there(model.quality if isinstance(model, Article) else None),
        Field.HEAT: _there(model.heat),
        Field.HAS_IMAGE: [len(model.images) > 0],
        Field.URL: urls,
        Field.TOPIC: list(model.topics),
        **_published_by(model.provider),
    }


def related_values(item: RelatedItem) -> dict[Field, list[Any]]:
    return {
        Field.TITLE: [item.title],
        Field.EXCERPT: [item.excerpt],
        Field.TYPE: [item.type],
        Field.PUBLISHED: [micros(item.published_at)],
        Field.QUALITY: [item.quality],
        Field.URL: list(item.urls),
        **_published_by(item.provider),
    }


def _described(card: Card, model: Topic | Organization) -> dict[Field, list[Any]]:
    present: dict[Field, list[Any]] = {
        Field.PATH: [card.admitted.path],
        Field.KIND: [model.kind],
        Field.TITLE: [model.name],
        Field.HAS_IMAGE: [False],
    }
    return {field: present.get(field, []) for field in Field}


def _published_by(provider: Provider | None) -> dict[Field, list[Any]]:
    return {
        Field.PROVIDER_NAME: [provider.name] if provider else [],
        Field.PROVIDER_DOMAIN: [provider.domain] if provider else [],
    }


def _there(value: object) -> list[Any]:
    return [] if value is None else [value]


_FIELD = {By.PUBLISHED: Field.PUBLISHED, By.QUALITY: Field.QUALITY, By.HEAT: Field.HEAT}


def ordered(cards: Iterable[Card], orders: Sequence[Order]) -> list[Card]:
    """In a total order: the first key first, then the others, finally by path."""
    found = sorted(cards, key=lambda card: card.admitted.path)
    for order in reversed(orders):
        # Python's sort keeps equals as they were, whichever way it goes.
        found.sort(key=_key(order.by), reverse=order.descending)
    return found


def _key(by: By) -> Callable[[Card], Any]:
    if by is By.RELEVANCE:
        return lambda _card: 0
    if by is By.TITLE:
        return lambda card: fold(entry_values(card)[Field.TITLE][0])
    # An empty list is lower than one with a value.
    return lambda card: entry_values(card)[_FIELD[by]]


def sliced(listed: Sequence[Card], window: Window) -> Slice:
    """What a window shows of a list, as the Relay specification's algorithm has it."""
    paths = [card.admitted.path for card in listed]
    start = 0 if window.after is None else paths.index(window.after) + 1
    end = len(paths) if window.before is None else paths.index(window.before)
    ids = [card.row_id for card in listed[start:end]]
    if window.first is not None:
        more = len(ids) > window.first or window.before is not None
        return Slice(tuple(ids[: window.first]), more, window.after is not None)
    assert window.last is not None
    skipped = max(len(ids) - window.last, 0)
    earlier = skipped > 0 or window.after is not None
    return Slice(tuple(ids[skipped:]), window.before is not None, earlier)


def counts(cards: Iterable[Card], field: Field, limit: int) -> list[Count]:
    """The most frequent values first; equals in the order of the values."""
    tally = Counter(value for card in cards for value in set(entry_values(card)[field]))
    found = sorted(tally.items(), key=lambda pair: (-pair[1], pair[0]))
    return [Count(*pair) for pair in found[:limit]]


def provider_counts(cards: Iterable[Card], limit: int) -> list[ProviderCount]:
    models = [card.admitted.model for card in cards]
    providers = [model.provider for model in models if isinstance(model, Content)]
    tally = Counter((one.name, one.domain) for one in providers if one is not None)
    found = sorted(tally.items(), key=lambda pair: (-pair[1], pair[0]))
    return [ProviderCount(*identity, count) for identity, count in found[:limit]]


def histogram(cards: Iterable[Card], interval: Interval, limit: int) -> list[Bucket]:
    models = [card.admitted.model for card in cards]
    instants = [model.published_at for model in models if isinstance(model, Content)]
    tally = Counter(_start(instant, interval) for instant in instants if instant is not None)
    return [Bucket(*pair) for pair in sorted(tally.items(), reverse=True)[:limit]]


def _start(instant: datetime, interval: Interval) -> datetime:
    day = instant.replace(hour=0, minute=0, second=0, microsecond=0)
    match interval:
        case Interval.DAY:
            return day
        case Interval.WEEK:
            return day - timedelta(days=day.weekday())
        case Interval.MONTH:
            return day.replace(day=1)
        case Interval.YEAR:
            return day.replace(month=1, day=1)
