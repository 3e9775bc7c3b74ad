"""The schema as one value, and as text."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from functools import cache

import strawberry
from strawberry.schema.config import StrawberryConfig

from gateway.access.caller import Caller
from gateway.repository.reading import Reading
from gateway.repository.view import View
from gateway.repository.watch import Watch
from schema.article import Article
from schema.community import Download, Forum, Profile
from schema.context import Context, Records
from schema.federation import FEDERATION_SCALARS, federated
from schema.learning import Collection, Course, Video
from schema.present import present
from schema.query import Query
from schema.scalars import SCALARS
from schema.subscription import Subscription, SubscriptionContext
from schema.taxonomy import Organization

# What only interfaces lead to, so that no field's type names it.
_KINDS = [Article, Video, Course, Collection, Download, Profile, Forum, Organization]


@cache
def build_schema(*, federation: bool = False) -> strawberry.Schema:
    """federation: whether `_service` and `_entities` are known, too. Nobody changes a schema, so
    that one is enough for all gateways of a process."""
    scalars = {**SCALARS, **FEDERATION_SCALARS} if federation else SCALARS
    config = StrawberryConfig(scalar_map=scalars)
    query = federated(sdl()) if federation else Query
    return strawberry.Schema(query=query, subscription=Subscription, types=_KINDS, config=config)


def sdl() -> str:
    """The schema definition language document that `schema/schema.graphql` holds."""
    return build_schema().as_str() + "\n"


def make_context(reading: Reading, corpus: str, max_page: int, caller: Caller) -> Context:
    """The context value of one operation on that schema."""
    return Context(Records(reading, corpus), max_page, present, caller)


def make_subscription_context(
    context: Context,
    watch: Watch,
    renew: Callable[[], Awaitable[Context]],
    stands: Callable[[View], bool],
) -> SubscriptionContext:
    """The context value in which a subscription begins (see SubscriptionContext)."""
    return SubscriptionContext(**vars(context), watch=watch, renew=renew, stands=stands)
