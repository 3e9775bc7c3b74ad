"""The shapes of videos, courses and collections."""

from __future__ import annotations

from typing import Any

import pytest

from gateway.errors import Reason, RecordShapeError
from gateway.records.kind import Kind
from gateway.records.learning import (
    Collection,
    Course,
    Ratings,
    read_collection,
    read_course,
    read_video,
)
from gateway.records.shape import Fields

LEAST: dict[str, Any] = {"title": "Title", "excerpt": "Excerpt", "type": "t"}
READERS: list[Any] = [read_video, read_course, read_collection]


def course(**changes: Any) -> Course:
    return read_course(Fields({**LEAST, **changes}))


def collection(*items: str) -> Collection:
    return read_collection(Fields({**LEAST, "items": list(items)}))


def test_the_least_that_each_can_be() -> None:
    video, plain, empty = (read(Fields(LEAST)) for read in READERS)
    assert [video.kind, plain.kind, empty.kind] == [Kind.VIDEO, Kind.COURSE, Kind.COLLECTION]
    for found in (video, plain, empty):
        assert (found.title, found.excerpt, found.type) == ("Title", "Excerpt", "t")
        assert (found.category, found.provider, found.heat) == (None, None, None)
        assert (found.published_date_time, found.published_at) == (None, None)
        assert (found.price, found.length) == (None, None)
        assert (found.topics, found.images, found.urls) == ((), (), ())
        assert not found.is_draft


def test_everything_that_a_course_may_say() -> None:
    found = course(
        price="free",
        length="P4W",
        levels=["beginner", "advanced"],
        ratings={"count": 12, "average": 4.5},
        publishedDateTime="2021-05-21T18:09:00+02:00",
        provider={"name": "Example", "domain": "example.org"},
        webUrl="w",
        originalUrl="o",
    )
    assert (found.price, found.length, found.levels) == ("free", "P4W", ("beginner", "advanced"))
    assert found.ratings == Ratings(12, 4.5)
    assert found.published_at is not None
    assert found.published_at.hour == 16
    assert found.urls == ("w", "o")


@pytest.mark.parametrize("average", [4, 4.0, 4.25, 0, -1])
def test_an_average_is_any_number(average: float) -> None:
    ratings = course(ratings={"count": 1, "average": average}).ratings
    assert ratings is not None
    assert ratings.average == average
    assert isinstance(ratings.average, float)


@pytest.mark.parametrize(
    "length",
    ["PT13M34S", "PT1H", "PT90M", "PT0S", "P1D", "P2DT3H4M5S", "P1DT1S", "P6W", "P1M", "PT999999S"],
)
@pytest.mark.parametrize("read", READERS)
def test_durations_of_whole_units_are_kept_as_written(read: Any, length: str) -> None:
    assert read(Fields({**LEAST, "length": length})).length == length


@pytest.mark.parametrize(
    "length",
    [
        "",
        "P",
        "PT",
        "P1DT",
        "13:34",
        "13M34S",
        "pt1h",
        "PT1.5H",
        "PT1,5H",
        "-PT1H",
        "PT-1H",
        "P1Y",
        "P1Y2M",
        "P1M2D",
        "P1W2D",
        "PT1S1M",
        "PT1M1M",
        "P1H",
        "PTM",
        "PT1234567S",
        "PT1H ",
        " PT1H",
        "PT1H\n",
        "PT\u0661H",
        "PT\uff11H",
    ],
)
@pytest.mark.parametrize("read", READERS)
def test_any_other_duration_is_refused_and_the_field_named(read: Any, length: str) -> None:
    with pytest.raises(RecordShapeError, match="field length must be an ISO 8601") as caught:
        read(Fields({**LEAST, "length": length}))
    assert caught.value.code is Reason.RECORD_SHAPE


@pytest.mark.parametrize("read", READERS)
@pytest.mark.parametrize("name", LEAST)
def test_a_missing_field_is_refused_by_name(read: Any, name: str) -> None:
    with pytest.raises(RecordShapeError, match=f"field {name} must be a string, found nothing"):
        read(Fields({**LEAST, name: None}))


@pytest.mark.parametrize(
    ("changes", "named"),
    [
        ({"price": 10}, "field price must be a string, found int"),
        ({"length": 60}, "field length must be a string, found int"),
        ({"levels": "beginner"}, "field levels must be a list"),
        ({"levels": ["a", None]}, "field levels[1] must be a string"),
        ({"ratings": 4.5}, "field ratings must be a mapping"),
        ({"ratings": {"average": 4.5}}, "field ratings.count must be an integer, found nothing"),
        ({"ratings": {"count": 1.5, "average": 1}}, "field ratings.count"),
        ({"ratings": {"count": 1}}, "field ratings.average must be a number, found nothing"),
        ({"ratings": {"count": 1, "average": True}}, "field ratings.average"),
        ({"ratings": {"count": 1, "average": "4"}}, "field ratings.average"),
        ({"provider": {"name": "x"}}, "field provider.domain"),
        ({"publishedDateTime": "soon"}, "field publishedDateTime must be an RFC 3339"),
        ({"images": [{}]}, "field images[0].url"),
        ({"heat": "hot"}, "field heat"),
    ],
)
def test_a_field_of_another_type_is_refused_by_its_full_name(
    changes: dict[str, Any], named: str
) -> None:
    with pytest.raises(RecordShapeError) as caught:
        course(**changes)
    assert named in caught.value.message
    assert caught.value.code is Reason.RECORD_SHAPE


@pytest.mark.parametrize(
    ("path", "item", "expected"),
    [
        ("learn/collections/c.md", "videos/a", "learn/videos/a.md"),
        ("learn/collections/c.md", "videos/a.md", "learn/videos/a.md"),
        ("learn/collections/c.md", "./videos//a/", "learn/videos/a.md"),
        ("learn/collections/c.md", "/videos/a", "videos/a.md"),
        ("learn/collections/c.md", "//videos/a", "videos/a.md"),
        ("learn/collections/c.md", "///videos/a", "videos/a.md"),
        ("learn/collections/c.md", "2021-05-21-a.b", "learn/2021-05-21-a.b.md"),
        ("learn/collections/c.md", "a..b", "learn/a..b.md"),
        ("a/b/c/d.md", "x", "a/b/x.md"),
        ("_collections/c.md", "_videos/a", "_videos/a.md"),
        ("c.md", "a", "a.md"),
        ("learn/collections/c.md", "", None),
        ("learn/collections/c.md", "..", None),
        ("learn/collections/c.md", "../a", None),
        ("learn/collections/c.md", "videos/../../a", None),
        ("learn/collections/c.md", "/..", None),
        ("learn/collections/c.md", "/", None),
        ("learn/collections/c.md", "//", None),
        ("learn/collections/c.md", ".", None),
        ("_collections/c.md", "./.", None),
    ],
)
def test_an_item_is_found_from_above_the_collection_or_from_the_top(
    path: str, item: str, expected: str | None
) -> None:
    assert collection(item).item_paths(path) == [expected]


def test_every_item_has_its_place_even_if_it_leads_nowhere() -> None:
    found = collection("a", "../b", "a")
    assert found.items == ("a", "../b", "a")
    assert found.item_paths("_c/c.md") == ["a.md", None, "a.md"]


@pytest.mark.parametrize("items", ["a", {"a": "b"}, [1], [None], [["a"]]])
def test_items_are_a_list_of_texts(items: Any) -> None:
    with pytest.raises(RecordShapeError, match="field items"):
        read_collection(Fields({**LEAST, "items": items}))
