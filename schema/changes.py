"""The change feed."""

from __future__ import annotations

from enum import Enum

import strawberry

from gateway.repository import changes as model
from schema.context import Context, Records
from schema.find import object_of
from schema.node import Node


@strawberry.enum(description="What became of a record.")
class ChangeKind(Enum):
    PUBLISH = strawberry.enum_value(
        "publish", description="It can be seen since then. You may hold an older one of that path."
    )
    UPDATE = strawberry.enum_value("update", description="Another one is at its path.")
    WITHDRAW = strawberry.enum_value(
        "withdraw", description="It cannot be seen any more: drop your copy."
    )


@strawberry.type(description="The last change at a path; earlier ones are not told.")
class Change:
    kind: ChangeKind = strawberry.field(description="What became of the record.")
    path: str = strawberry.field(description="Where it stands in its corpus: its identity.")
    record: Node | None = strawberry.field(
        description="What is there now: content, a topic or an organization; null if withdrawn."
    )
    reason: str | None = strawberry.field(
        description=(
            "The code of why a withdrawn record that is still there is withheld; null where there"
            " is none any more, or only a draft."
        )
    )


@strawberry.type(description="Changes in the order in which they happened, each path once.")
class ChangeFeed:
    events: list[Change] = strawberry.field(description="What changed.")
    cursor: str = strawberry.field(description="Give it as since to go on, now or next week.")
    has_more: bool = strawberry.field(description="Whether there is more already.")


async def change_feed(context: Context, since: str | None, first: int) -> ChangeFeed:
    """Raises QueryError: CURSOR_INVALID or CURSOR_EXPIRED; StoreError."""
    records = context.records
    found = await model.changes_since(records.reading, since, first, records.load)
    return ChangeFeed(
        events=[change_from(change, records) for change in found.changes],
        cursor=found.cursor,
        has_more=found.has_more,
    )


def change_from(change: model.Change, records: Records) -> Change:
    return Change(
        kind=ChangeKind(str(change.kind)),
        path=change.path,
        record=None if change.record is None else object_of(change.record, records),
        reason=None if change.reason is None else str(change.reason),
    )
