"""The shapes of topics and organizations."""

from __future__ import annotations

from typing import Any

import pytest

from gateway.errors import Reason, RecordShapeError
from gateway.records.kind import Kind
from gateway.records.shape import Fields
from gateway.records.taxonomy import read_organization, read_topic

ORGANIZATION: dict[str, Any] = {"name": "Example", "domain": "example.org"}


def test_the_least_that_each_can_be() -> None:
    topic, organization = (
        read_topic(Fields({"name": "AI"})),
        read_organization(Fields(ORGANIZATION)),
    )
    assert (topic.kind, topic.name, topic.short_name, topic.parent) == (
        Kind.TOPIC, "AI", None, None
    )  # fmt: skip
    assert (topic.keywords, topic.hashtags, topic.image_urls) == ((), (), ())
    assert (organization.kind, organization.name) == (Kind.ORGANIZATION, "Example")
    assert (organization.domain, organization.description) == ("example.org", None)
    assert (organization.other_names, organization.images) == ((), ())


def test_everything_that_a_topic_may_say() -> None:
    topic = read_topic(
        Fields(
            {
                "name": "Artificial intelligence",
                "shortname": "AI",
                "parent": "Science",
                "keywords": ["a", "b"],
                "hashtags": ["#ai"],
                "images": ["/a.png", "/b.png"],
            }
        )
    )
    assert (topic.short_name, topic.parent, topic.keywords) == ("AI", "Science", ("a", "b"))
    assert (topic.hashtags, topic.image_urls) == (("#ai",), ("/a.png", "/b.png"))


def test_everything_that_an_organization_may_say() -> None:
    images = [{"url": "/a.png", "width": 3, "height": 2}]
    more = {"otherNames": ["Ex", "Example Inc."], "description": "D", "images": images}
    organization = read_organization(Fields({**ORGANIZATION, **more}))
    assert (organization.other_names, organization.description) == (("Ex", "Example Inc."), "D")
    assert organization.images[0].width == 3


@pytest.mark.parametrize(
    ("read", "record", "named"),
    [
        (read_topic, {}, "field name must be a string, found nothing"),
        (read_topic, {"name": 1}, "field name must be a string, found int"),
        (read_topic, {"name": "AI", "shortname": []}, "field shortname"),
        (read_topic, {"name": "AI", "parent": ["Science"]}, "field parent must be a string"),
        (read_topic, {"name": "AI", "keywords": "a"}, "field keywords must be a list"),
        (read_topic, {"name": "AI", "hashtags": ["a", 1]}, "field hashtags[1]"),
        (read_topic, {"name": "AI", "images": [{"url": "u"}]}, "field images[0] must be a string"),
        (read_organization, {"domain": "d"}, "field name must be a string, found nothing"),
        (read_organization, {"name": "n"}, "field domain must be a string, found nothing"),
        (read_organization, {**ORGANIZATION, "otherNames": "Ex"}, "field otherNames"),
        (read_organization, {**ORGANIZATION, "otherNames": [None]}, "field otherNames[0]"),
        (read_organization, {**ORGANIZATION, "description": 1}, "field description"),
        (read_organization, {**ORGANIZATION, "images": ["u"]}, "field images[0] must be a mapping"),
    ],
)
def test_a_field_of_another_type_is_refused_by_its_full_name(
    read: Any, record: dict[str, Any], named: str
) -> None:
    with pytest.raises(RecordShapeError) as caught:
        read(Fields(record))
    assert named in caught.value.message
    assert caught.value.code is Reason.RECORD_SHAPE
