"""What people offer each other: downloads, profiles of people, forums."""

from __future__ import annotations

import strawberry

from gateway.records import community as model
from gateway.verdict.admitted import Admitted
from schema.content import Content, common
from schema.context import Records
from schema.taxonomy import Provider, provider_from


@strawberry.type(description="Something that a download offers to do.")
class Action:
    url: str = strawberry.field(description="Where it is done.")
    type: str = strawberry.field(description="What is done, such as download.")
    title: str = strawberry.field(description="What to write on the button.")
    attribution: str | None = strawberry.field(description="Whom to thank.")


@strawberry.type(description="Something to fetch and use, such as a sample with its source.")
class Download(Content):
    actions: list[Action] = strawberry.field(description="What it offers.")


@strawberry.type(description="Somebody's page on a social network.")
class Account:
    url: str = strawberry.field(description="Of the page.")
    username: str | None = strawberry.field(description="Without a leading @.")
    followers: int | None = strawberry.field(
        description="How many there were when the record was sealed."
    )


@strawberry.type(description="A person.")
class Profile(Content):
    profile: strawberry.Private[model.Profile]
    name: str = strawberry.field(description="The same as title.")
    bio: str = strawberry.field(description="The same as excerpt.")
    location: str | None = strawberry.field(description="In the person's own words.")
    website: str | None = strawberry.field(description="Its URL.")
    twitter: Account | None = strawberry.field(description="Null where there is none.")
    linkedin: Account | None = strawberry.field(description="Null where there is none.")

    @strawberry.field(description="Whom the person works for.")
    def affiliation(self) -> Provider | None:
        found = self.profile.affiliation
        return None if found is None else provider_from(found, self.records)


@strawberry.type(description="A place where people talk.")
class Forum(Content):
    name: str = strawberry.field(description="The same as title.")
    members: int | None = strawberry.field(
        description="How many there were when the record was sealed."
    )


def download_from(admitted: Admitted, records: Records, download: model.Download) -> Download:
    actions = [
        Action(url=action.url, type=action.type, title=action.title, attribution=action.attribution)
        for action in download.actions
    ]
    return Download(**common(admitted, records, download), actions=actions)


def profile_from(admitted: Admitted, records: Records, profile: model.Profile) -> Profile:
    return Profile(
        **common(admitted, records, profile),
        profile=profile,
        name=profile.title,
        bio=profile.excerpt,
        location=profile.location,
        website=profile.website,
        twitter=_account(profile.twitter),
        linkedin=_account(profile.linkedin),
    )


def forum_from(admitted: Admitted, records: Records, forum: model.Forum) -> Forum:
    return Forum(**common(admitted, records, forum), name=forum.title, members=forum.members)


def _account(account: model.Account | None) -> Account | None:
    if account is None:
        return None
    return Account(url=account.url, username=account.username, followers=account.followers)
