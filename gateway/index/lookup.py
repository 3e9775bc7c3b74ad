"""Records by what names them or leads to them."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence

import sqlalchemy as sa

from gateway.index.index import Index
from gateway.index.tables import address, entry, filed, held, link, named
from gateway.records.kind import Kind

_NEWEST = (entry.c.published_key.desc(), entry.c.path)


def articles_by_url(index: Index, urls: Iterable[str]) -> dict[str, int]:
    """The newest article that each URL names; URLs that name none are left out."""
    query = (
        sa.select(address.c.url, entry.c.row_id)
        .join(entry, entry.c.row_id == address.c.row_id)
        .where(address.c.url.in_(list(urls)), entry.c.kind == str(Kind.ARTICLE))
        .order_by(*_NEWEST)
    )
    found: dict[str, int] = {}
    for row in index.rows(query):
        found.setdefault(row.url, row.row_id)
    return found


def referrers(index: Index, paths: Sequence[str], limit: int) -> dict[str, list[int]]:
    """For each path up to `limit` records that lead to the one there, newest first.

    An article leads to another one by a URL of a related item, a collection by a path. Of two
    articles that share a URL only the one that answers for it is led to.
    """
    leads = sa.union(_by_url(index, paths), _by_path(paths)).subquery()
    ranked = (
        sa.select(
            leads.c.target,
            entry.c.row_id,
            sa.func.row_number().over(partition_by=leads.c.target, order_by=_NEWEST).label("place"),
        )
        .join(entry, entry.c.row_id == leads.c.row_id)
        .subquery()
    )
    query = sa.select(ranked).where(ranked.c.place <= limit).order_by(ranked.c.place)
    found: dict[str, list[int]] = defaultdict(list)
    for row in index.rows(query):
        found[row.target].append(row.row_id)
    return found


def _by_path(paths: Sequence[str]) -> sa.Select[tuple[str, int]]:
    return sa.select(held.c.path.label("target"), held.c.row_id).where(held.c.path.in_(paths))


def _by_url(index: Index, paths: Sequence[str]) -> sa.Select[tuple[str, int]]:
    """Pairs of a path and an article that leads there."""
    names = index.rows(
        sa.select(address.c.url, entry.c.path, entry.c.row_id)
        .join(entry, entry.c.row_id == address.c.row_id)
        .where(entry.c.path.in_(paths))
    )
    answering = articles_by_url(index, {row.url for row in names})
    led = {row.url: row.path for row in names if answering.get(row.url) == row.row_id}
    target = sa.case(led, value=link.c.url) if led else sa.literal("")
    return sa.select(target.label("target"), link.c.row_id).where(link.c.url.in_(list(led)))


def topic_names(index: Index, limit: int) -> list[str]:
    """Every topic that a record describes or that content is filed under, in order of names."""
    described = sa.select(named.c.name).where(named.c.kind == str(Kind.TOPIC))
    query = sa.union(described, sa.select(filed.c.topic)).order_by("name").limit(limit)
    return [row.name for row in index.rows(query)]


def known_topics(index: Index, names: Sequence[str]) -> dict[str, str]:
    """Those of the names that a record describes or that content is filed under, by themselves."""
    described = sa.select(named.c.name).where(
        named.c.kind == str(Kind.TOPIC), named.c.name.in_(names)
    )
    used = sa.select(filed.c.topic).where(filed.c.topic.in_(names))
    return {row.name: row.name for row in index.rows(sa.union(described, used))}


def children(index: Index, parents: Sequence[str]) -> dict[str, list[str]]:
    """The topics whose records name each of these as their parent, in order of names."""
    query = sa.select(named.c.parent, named.c.name).where(named.c.parent.in_(parents))
    found: dict[str, list[str]] = defaultdict(list)
    for row in index.rows(query.distinct().order_by(named.c.name)):
        found[row.parent].append(row.name)
    return found


def topic_records(index: Index, names: Sequence[str]) -> dict[str, int]:
    """The record that describes each topic; of several the one with the first path."""
    found: dict[str, int] = {}
    for row in index.rows(_described(Kind.TOPIC, names)):
        found.setdefault(row.name, row.row_id)
    return found


Identity = tuple[str, str]


def organization_records(index: Index, providers: Sequence[Identity]) -> dict[Identity, int]:
    """The record of the organization behind each provider, given as name and domain."""
    found: dict[Identity, int] = {}
    for row in index.rows(_described(Kind.ORGANIZATION, [name for name, _ in providers])):
        found.setdefault((row.name, row.domain), row.row_id)
    return {key: found[key] for key in providers if key in found}


def _described(kind: Kind, names: Sequence[str]) -> sa.Select[tuple[str, str | None, int]]:
    return (
        sa.select(named.c.name, named.c.domain, named.c.row_id)
        .join(entry, entry.c.row_id == named.c.row_id)
        .where(named.c.kind == str(kind), named.c.name.in_(names))
        .order_by(entry.c.path)
    )


def provider_records(index: Index, providers: Sequence[Identity]) -> dict[Identity, int]:
    """The newest record that each provider published, given as name and domain."""
    columns = (entry.c.provider_name, entry.c.provider_domain)
    query = sa.select(*columns, entry.c.row_id).where(sa.tuple_(*columns).in_(providers))
    found: dict[Identity, int] = {}
    for name, domain, row_id in index.rows(query.order_by(*_NEWEST)):
        found.setdefault((name, domain), row_id)
    return found
