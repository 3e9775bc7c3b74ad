"""What people offer each other: downloads, profiles of people, forums."""

from __future__ import annotations

from dataclasses import dataclass

from gateway.records.content import Content, read_common
from gateway.records.kind import Kind
from gateway.records.media import Provider, read_provider
from gateway.records.shape import Fields


@dataclass(frozen=True)
class Action:
    """Something that a download offers to do. type: what, such as download."""

    url: str
    type: str
    title: str
    attribution: str | None


@dataclass(frozen=True, kw_only=True)
class Download(Content):
    actions: tuple[Action, ...]


@dataclass(frozen=True)
class Account:
    """Somebody's page on a social network. followers: when the record was sealed."""

    url: str
    username: str | None
    followers: int | None


@dataclass(frozen=True, kw_only=True)
class Profile(Content):
    """A person. affiliation: whom they work for."""

    location: str | None
    affiliation: Provider | None
    website: str | None
    twitter: Account | None
    linkedin: Account | None


@dataclass(frozen=True, kw_only=True)
class Forum(Content):
    """members: how many there were when the record was sealed."""

    members: int | None


def read_download(fields: Fields) -> Download:
    return Download(**read_common(fields, Kind.DOWNLOAD), actions=fields.each("actions", _action))


def read_profile(fields: Fields) -> Profile:
    return Profile(
        **read_common(fields, Kind.PROFILE, title="name", excerpt="bio"),
        location=fields.text("location"),
        affiliation=fields.optional("affiliation", read_provider),
        website=fields.text("website"),
        twitter=fields.optional("twitter", _account),
        linkedin=fields.optional("linkedin", _account),
    )


def read_forum(fields: Fields) -> Forum:
    return Forum(**read_common(fields, Kind.FORUM, title="name"), members=fields.integer("members"))


def _action(fields: Fields) -> Action:
    return Action(
        url=fields.required_text("url"),
        type=fields.required_text("type"),
        title=fields.required_text("title"),
        attribution=fields.text("attribution"),
    )


def _account(fields: Fields) -> Account:
    return Account(
        url=fields.required_text("url"),
        username=fields.text("username"),
        followers=fields.integer("followers"),
    )
