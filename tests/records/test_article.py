"""The shape of an article: fields are read or refused by name, never coerced."""

from __future__ import annotations

from typing import Any

import pytest

from gateway.errors import Reason, RecordShapeError
from gateway.records.article import Article, read_article
from gateway.records.kind import Kind
from gateway.records.shape import Fields

PROVIDER = {"name": "Example", "domain": "example.org"}
IMAGE = {"url": "/a.png", "width": 3, "height": 2}
RELATED = {
    "title": "T",
    "excerpt": "E",
    "publishedDateTime": "2021-05-21T18:09:00Z",
    "type": "article",
    "quality": 1,
    "provider": PROVIDER,
}
ARTICLE: dict[str, Any] = {
    "category": "news",
    "title": "Title",
    "excerpt": "Excerpt",
    "publishedDateTime": "2021-05-21T18:09:00+02:00",
    "type": "article",
    "provider": PROVIDER,
}


def read(**changes: Any) -> Article:
    return read_article(Fields({**ARTICLE, **changes}))


def refused(**changes: Any) -> str:
    with pytest.raises(RecordShapeError) as caught:
        read(**changes)
    assert caught.value.code is Reason.RECORD_SHAPE
    return caught.value.message


def test_the_least_an_article_can_be() -> None:
    article = read()
    assert (article.kind, article.category, article.type) == (Kind.ARTICLE, "news", "article")
    assert (article.title, article.provider.name) == ("Title", "Example")
    assert article.published_date_time == "2021-05-21T18:09:00+02:00"
    assert article.published_at.hour == 16
    assert (article.quality, article.heat, article.published) == (None, None, None)
    assert (article.topics, article.images, article.related, article.urls) == ((), (), (), ())
    assert not article.is_draft


def test_nested_parts_are_read() -> None:
    related = {**RELATED, "images": [IMAGE]}
    provider = {**PROVIDER, "images": [{**IMAGE, "isCached": False, "title": "logo"}]}
    article = read(provider=provider, related=[related], topics=["a", "b"])
    assert article.provider.images[0].title == "logo"
    assert article.provider.images[0].is_cached is False
    assert article.related[0].images[0].width == 3
    assert article.topics == ("a", "b")


@pytest.mark.parametrize(
    ("published", "removed", "draft"),
    [
        (None, None, False),
        (True, None, False),
        (False, None, True),
        (None, False, False),
        (None, True, True),
        (True, True, True),
        (False, False, True),
    ],
)
def test_only_an_explicit_word_makes_a_draft(
    published: bool | None, removed: bool | None, draft: bool
) -> None:
    assert read(published=published, removed=removed).is_draft is draft


def test_urls_are_listed_once_in_falling_order_of_authority() -> None:
    urls = {"cdnAmpWebUrl": "c", "webUrl": "w", "originalUrl": "w", "ampWebUrl": ""}
    assert read(**urls).urls == ("w", "c")
    related = {**RELATED, "originalUrl": "o", "webUrl": "w", "ampWebUrl": "a"}
    assert read(related=[related]).related[0].urls == ("w", "o")


@pytest.mark.parametrize("name", ARTICLE)
def test_a_missing_field_is_refused_by_name(name: str) -> None:
    assert f"field {name} must be" in refused(**{name: None})


@pytest.mark.parametrize(
    ("changes", "named"),
    [
        ({"title": 1}, "field title must be a string, found int"),
        ({"title": True}, "field title"),
        ({"quality": "1"}, "field quality must be an integer, found str"),
        ({"quality": 1.5}, "field quality"),
        ({"quality": True}, "field quality"),
        ({"heat": 2**31}, "field heat must be an integer of 32 bits"),
        ({"heat": -(2**31) - 1}, "field heat"),
        ({"published": 1}, "field published must be true or false"),
        ({"published": "false"}, "field published"),
        ({"removed": 0}, "field removed must be true or false"),
        ({"publishedDateTime": "2021-05-21"}, "field publishedDateTime must be an RFC 3339"),
        ({"topics": "a"}, "field topics must be a list"),
        ({"topics": ["a", 1]}, "field topics[1] must be a string"),
        ({"topics": [None]}, "field topics[0]"),
        ({"provider": []}, "field provider must be a mapping"),
        ({"provider": {"name": "x"}}, "field provider.domain"),
        ({"images": [IMAGE, "x"]}, "field images[1] must be a mapping"),
        ({"images": [{**IMAGE, "width": None}]}, "field images[0].width"),
        ({"related": [RELATED, {**RELATED, "quality": None}]}, "field related[1].quality"),
        ({"related": [{**RELATED, "provider": {}}]}, "field related[0].provider.name"),
        ({"related": [{**RELATED, "publishedDateTime": "soon"}]}, "publishedDateTime"),
    ],
)
def test_a_field_of_another_type_is_refused_by_its_full_name(
    changes: dict[str, Any], named: str
) -> None:
    assert named in refused(**changes)


@pytest.mark.parametrize("heat", [2**31 - 1, -(2**31), 0])
def test_every_integer_that_graphql_can_carry_is_read(heat: int) -> None:
    assert read(heat=heat).heat == heat
