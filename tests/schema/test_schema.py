"""The committed schema is the one that is served, and explains itself."""

from __future__ import annotations

from pathlib import Path

import graphql

from schema import build

SDL = Path(build.__file__).with_name("schema.graphql")


def test_the_committed_sdl_is_what_the_code_says() -> None:
    assert SDL.read_text(encoding="utf-8") == build.sdl(), (
        "run: sealgate schema export --output schema/schema.graphql"
    )


def test_the_sdl_is_a_valid_schema() -> None:
    assert graphql.validate_schema(graphql.build_schema(build.sdl())) == []


def test_everything_has_a_description() -> None:
    schema = graphql.build_schema(build.sdl())
    missing = []
    for name, kind in schema.type_map.items():
        if name.startswith("__") or graphql.is_specified_scalar_type(kind):
            continue
        if not kind.description:
            missing.append(name)
        for value_name, value in getattr(kind, "values", {}).items():
            if not value.description:
                missing.append(f"{name}.{value_name}")
        for field_name, field in getattr(kind, "fields", {}).items():
            if not field.description:
                missing.append(f"{name}.{field_name}")
            for argument_name, argument in getattr(field, "args", {}).items():
                if not argument.description:
                    missing.append(f"{name}.{field_name}({argument_name})")
    assert missing == []


def test_every_member_of_an_article_record_is_served() -> None:
    schema = graphql.build_schema(build.sdl())
    article = schema.get_type("Article")
    assert isinstance(article, graphql.GraphQLObjectType)
    assert {
        "title",
        "excerpt",
        "publishedDateTime",
        "originalUrl",
        "webUrl",
        "ampWebUrl",
        "cdnAmpWebUrl",
        "type",
        "category",
        "quality",
        "heat",
        "published",
        "featuredContent",
        "provider",
        "topics",
        "images",
        "related",
    } <= set(article.fields)
