"""From a record to what it describes, by its kind."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gateway.errors import Reason, RecordShapeError
from gateway.records.article import Article
from gateway.records.community import Download, Forum, Profile
from gateway.records.kind import Kind, kind_of
from gateway.records.learning import Collection, Course, Video
from gateway.records.model import read_model
from gateway.records.taxonomy import Organization, Topic
from tests.support.cards import content
from tests.support.fuzz import fuzz
from tests.support.publisher import article_fields

RECORDS: dict[Kind, tuple[dict[str, Any], type]] = {
    Kind.ARTICLE: (article_fields(), Article),
    Kind.VIDEO: (content("video"), Video),
    Kind.COURSE: (content("course"), Course),
    Kind.COLLECTION: (content("collection"), Collection),
    Kind.DOWNLOAD: (content("download"), Download),
    Kind.PROFILE: (content("profile"), Profile),
    Kind.FORUM: (content("forum"), Forum),
    Kind.TOPIC: ({"taxonomy": "topic", "name": "AI"}, Topic),
    Kind.ORGANIZATION: ({"taxonomy": "organization", "name": "n", "domain": "d"}, Organization),
}


@pytest.mark.parametrize("kind", Kind)
def test_every_kind_has_its_model(kind: Kind) -> None:
    record, expected = RECORDS[kind]
    model = read_model(record)
    assert type(model) is expected
    assert model.kind is kind


def test_a_news_video_is_an_article() -> None:
    assert isinstance(read_model(article_fields(type="video")), Article)


@pytest.mark.parametrize("kind", Kind)
def test_a_record_of_another_shape_is_refused_by_the_field(kind: Kind) -> None:
    record, _ = RECORDS[kind]
    name = "name" if "name" in record else "title"
    with pytest.raises(RecordShapeError, match=f"field {name} must be a string") as caught:
        read_model({**record, name: 1})
    assert caught.value.code is Reason.RECORD_SHAPE


@pytest.mark.parametrize(
    ("record", "kind"),
    [
        ({}, "unknown"),
        ({"type": "page"}, "page"),
        ({"type": "article"}, "article"),
        ({"taxonomy": "tag"}, "tag"),
        ({"taxonomy": "tag", "type": "video"}, "tag"),
        ({"category": "News", "type": "t"}, "t"),
        ({"category": ["news"]}, "unknown"),
        ({"type": "x" * 500}, "x" * 40),
    ],
)
def test_another_kind_is_named_and_not_modelled(record: dict[str, Any], kind: str) -> None:
    with pytest.raises(RecordShapeError, match=f"'{kind}'") as caught:
        read_model(record)
    assert caught.value.code is Reason.KIND_NOT_MODELLED


_JSON = st.recursive(
    st.none() | st.booleans() | st.integers(-(2**53), 2**53) | st.floats() | st.text(max_size=9),
    lambda inner: st.lists(inner, max_size=2) | st.dictionaries(st.text(max_size=9), inner),
    max_leaves=4,
)
_NAMES = (
    "category", "type", "taxonomy", "title", "name", "excerpt", "bio", "publishedDateTime",
    "provider", "topics", "images", "related", "heat", "quality", "length", "levels", "ratings",
    "items", "actions", "twitter", "affiliation", "members", "parent", "keywords", "otherNames",
)  # fmt: skip


@fuzz
@given(st.sampled_from(Kind), st.dictionaries(st.sampled_from(_NAMES), _JSON, max_size=4))
def test_any_record_is_modelled_or_refused_with_a_reason(
    kind: Kind, changes: dict[str, Any]
) -> None:
    record = {**RECORDS[kind][0], **changes}
    try:
        model = read_model(record)
    except RecordShapeError as error:
        refusal = error
    else:
        assert model.kind is kind_of(record)
        return
    unknown = kind_of(record) is None
    assert refusal.code is (Reason.KIND_NOT_MODELLED if unknown else Reason.RECORD_SHAPE)
