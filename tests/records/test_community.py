"""The shapes of downloads, profiles and forums."""

from __future__ import annotations

from typing import Any

import pytest

from gateway.errors import Reason, RecordShapeError
from gateway.records.community import (
    Account,
    Action,
    read_download,
    read_forum,
    read_profile,
)
from gateway.records.kind import Kind
from gateway.records.shape import Fields

DOWNLOAD: dict[str, Any] = {"title": "T", "excerpt": "E", "type": "download"}
PROFILE: dict[str, Any] = {"name": "Ada Lovelace", "bio": "Wrote programs.", "type": "profile"}
FORUM: dict[str, Any] = {"name": "Analysts", "excerpt": "E", "type": "forum"}
ACTION = {"url": "u", "type": "download", "title": "Get it"}


def test_the_least_that_each_can_be() -> None:
    download, profile, forum = (
        read_download(Fields(DOWNLOAD)),
        read_profile(Fields(PROFILE)),
        read_forum(Fields(FORUM)),
    )
    assert (download.kind, download.title, download.actions) == (Kind.DOWNLOAD, "T", ())
    assert (profile.kind, profile.location, profile.affiliation) == (Kind.PROFILE, None, None)
    assert (profile.website, profile.twitter, profile.linkedin) == (None, None, None)
    assert (forum.kind, forum.members) == (Kind.FORUM, None)


def test_a_name_and_a_bio_play_the_parts_of_title_and_excerpt() -> None:
    profile, forum = read_profile(Fields(PROFILE)), read_forum(Fields(FORUM))
    assert (profile.title, profile.excerpt) == ("Ada Lovelace", "Wrote programs.")
    assert (forum.title, forum.excerpt) == ("Analysts", "E")
    # A title beside them is not read.
    assert read_profile(Fields({**PROFILE, "title": 1, "excerpt": 2})).title == "Ada Lovelace"


def test_what_a_download_offers_keeps_its_order() -> None:
    attributed = {**ACTION, "attribution": "Somebody"}
    found = read_download(Fields({**DOWNLOAD, "actions": [ACTION, attributed]}))
    assert found.actions == (
        Action("u", "download", "Get it", None),
        Action("u", "download", "Get it", "Somebody"),
    )


def test_everything_that_a_profile_and_a_forum_may_say() -> None:
    more = {
        "location": "London",
        "affiliation": {"name": "Example", "domain": "example.org"},
        "website": "w",
        "twitter": {"url": "t"},
        "linkedin": {"url": "l", "username": "ada", "followers": 3},
    }
    found = read_profile(Fields({**PROFILE, **more}))
    assert found.affiliation is not None
    assert (found.location, found.affiliation.domain, found.website) == (
        "London", "example.org", "w"
    )  # fmt: skip
    assert (found.twitter, found.linkedin) == (Account("t", None, None), Account("l", "ada", 3))
    assert read_forum(Fields({**FORUM, "members": 0})).members == 0


@pytest.mark.parametrize(
    ("read", "record"),
    [(read_download, DOWNLOAD), (read_profile, PROFILE), (read_forum, FORUM)],
)
def test_a_missing_field_is_refused_by_the_name_it_has_there(
    read: Any, record: dict[str, Any]
) -> None:
    for name in record:
        with pytest.raises(RecordShapeError, match=f"field {name} must be a string, found nothing"):
            read(Fields({**record, name: None}))


@pytest.mark.parametrize(
    ("read", "record", "named"),
    [
        (read_download, {**DOWNLOAD, "actions": ACTION}, "field actions must be a list"),
        (read_download, {**DOWNLOAD, "actions": ["x"]}, "field actions[0] must be a mapping"),
        (
            read_download,
            {**DOWNLOAD, "actions": [ACTION, {**ACTION, "url": None}]},
            "field actions[1].url must be a string",
        ),
        (
            read_download,
            {**DOWNLOAD, "actions": [{**ACTION, "attribution": 1}]},
            "field actions[0].attribution",
        ),
        (read_profile, {**PROFILE, "name": 1}, "field name must be a string, found int"),
        (read_profile, {**PROFILE, "bio": ["x"]}, "field bio must be a string, found list"),
        (read_profile, {**PROFILE, "affiliation": "x"}, "field affiliation must be a mapping"),
        (read_profile, {**PROFILE, "affiliation": {"name": "x"}}, "field affiliation.domain"),
        (read_profile, {**PROFILE, "twitter": "@x"}, "field twitter must be a mapping"),
        (read_profile, {**PROFILE, "linkedin": {}}, "field linkedin.url"),
        (
            read_profile,
            {**PROFILE, "twitter": {"url": "t", "followers": "many"}},
            "field twitter.followers must be an integer",
        ),
        (read_forum, {**FORUM, "members": 2**31}, "field members must be an integer of 32 bits"),
        (read_forum, {**FORUM, "members": True}, "field members"),
    ],
)
def test_a_field_of_another_type_is_refused_by_its_full_name(
    read: Any, record: dict[str, Any], named: str
) -> None:
    with pytest.raises(RecordShapeError) as caught:
        read(Fields(record))
    assert named in caught.value.message
    assert caught.value.code is Reason.RECORD_SHAPE
