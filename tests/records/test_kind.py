"""What a record is, by what its front matter declares."""

from __future__ import annotations

from typing import Any

import pytest

from gateway.records.kind import CONTENT_KINDS, Kind, kind_of


@pytest.mark.parametrize(
    ("record", "kind"),
    [
        ({"category": "news"}, Kind.ARTICLE),
        ({"category": "news", "type": "video"}, Kind.ARTICLE),
        ({"category": "news", "taxonomy": "topic"}, Kind.ARTICLE),
        ({"type": "video"}, Kind.VIDEO),
        ({"type": "video", "category": "learn"}, Kind.VIDEO),
        ({"type": "course"}, Kind.COURSE),
        ({"type": "collection"}, Kind.COLLECTION),
        ({"type": "download"}, Kind.DOWNLOAD),
        ({"type": "profile"}, Kind.PROFILE),
        ({"type": "forum"}, Kind.FORUM),
        ({"taxonomy": "topic"}, Kind.TOPIC),
        ({"taxonomy": "organization"}, Kind.ORGANIZATION),
        ({"taxonomy": "topic", "type": "video"}, Kind.TOPIC),
    ],
)
def test_a_record_is_what_it_declares(record: dict[str, Any], kind: Kind) -> None:
    assert kind_of(record) is kind


@pytest.mark.parametrize(
    "record",
    [
        {},
        {"type": "page"},
        {"type": "article"},
        {"type": "topic"},
        {"type": "Video"},
        {"type": ["video"]},
        {"type": None},
        {"type": True},
        {"category": "News"},
        {"category": ["news"]},
        {"taxonomy": "tag"},
        {"taxonomy": "video"},
        # A word of a vocabulary that is not modelled is not content either.
        {"taxonomy": "tag", "type": "video"},
    ],
)
def test_anything_else_is_not_modelled(record: dict[str, Any]) -> None:
    assert kind_of(record) is None


def test_content_is_everything_but_the_words_it_is_filed_under() -> None:
    assert set(Kind) - set(CONTENT_KINDS) == {Kind.TOPIC, Kind.ORGANIZATION}
