"""The schema as one value, and as text."""

from __future__ import annotations

import strawberry
from strawberry.schema.config import StrawberryConfig

from schema.article import Article
from schema.query import Query
from schema.scalars import SCALARS


def build_schema() -> strawberry.Schema:
    config = StrawberryConfig(scalar_map=SCALARS)
    return strawberry.Schema(query=Query, types=[Article], config=config)


def sdl() -> str:
    """The schema definition language document that `schema/schema.graphql` holds."""
    return build_schema().as_str() + "\n"
