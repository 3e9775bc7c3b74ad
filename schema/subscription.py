"""The root of every subscription.

An event holds what is told and the context in which it was judged, so that everything selected
below it comes from one reading that was fresh when the event was made.
"""

from __future__ import annotations

from collections.abc import AsyncGenerator, Awaitable, Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Annotated

import strawberry

from gateway.repository.follower import Follower
from gateway.repository.view import View
from gateway.repository.watch import Watch
from schema.changes import Change, change_from
from schema.context import Context
from schema.scalars import DateTime
from schema.where import ContentWhere, condition


@dataclass(kw_only=True)
class SubscriptionContext(Context):
    """The context in which a subscription begins.

    watch: rings when what is served changes; renew: a context of a fresh reading; stands: whether
    what was judged in a view may still be shown.
    """

    watch: Watch
    renew: Callable[[], Awaitable[Context]]
    stands: Callable[[View], bool]


@dataclass
class Event:
    """One event: its value, and the context in which its fields are resolved.

    claim: called when it is about to be handed over. False when it must not be, since other keys
    or another time hold by now; it is told anew then.
    """

    context: Context
    value: object
    stands: Callable[[View], bool]
    claimed: bool = False

    def claim(self) -> bool:
        self.claimed = self.stands(self.context.records.reading.view)
        return self.claimed


@strawberry.type(description="The state of the corpus that is served.")
class Snapshot:
    id: int = strawberry.field(description="Grows by one with each change of files.")
    created_at: DateTime = strawberry.field(description="When it was taken, in UTC.")
    record_count: int = strawberry.field(description="How many records of it can be seen now.")


def snapshot_of(view: View) -> Snapshot:
    created = datetime.fromtimestamp(view.snapshot.created_at, UTC)
    return Snapshot(
        id=view.snapshot.id,
        created_at=DateTime(created.strftime("%Y-%m-%dT%H:%M:%SZ")),
        record_count=len(view.by_path),
    )


Info = strawberry.Info[SubscriptionContext, None]


@strawberry.type(
    description=(
        "What can be waited for, over WebSocket (graphql-transport-ws) or server-sent events."
        " Each event is read and judged when it is sent. What happened while nobody was connected"
        " is told by the query changes."
    )
)
class Subscription:
    @strawberry.subscription(
        graphql_type=Change,
        description=(
            "Articles that became visible, changed, or were withdrawn since the subscription began,"
            " whatever caused it: files, keys or time. Several changes of one path in short"
            " succession are one event, the last."
        ),
    )
    def article_changed(
        self,
        info: Info,
        where: Annotated[
            ContentWhere | None,
            strawberry.argument(
                description=(
                    "Only publications and updates of what is like this; what begins to fit is an"
                    " update, what stops to fit is not told. A withdrawal is told of what was like"
                    " this when it could last be seen or was last told, and of every path, of"
                    " whatever kind, of which that is not known: fields of a withdrawn record"
                    " decide nothing."
                )
            ),
        ] = None,
    ) -> AsyncGenerator[Event, None]:
        start = info.context.records.reading.view
        follower = Follower(start, None if where is None else condition(where))
        return _changes(info.context, follower)

    @strawberry.subscription(
        graphql_type=Snapshot,
        description=(
            "What is served, once at the beginning and again whenever it may have changed: a new"
            " snapshot, other keys, or a time at which a key begins or ends."
        ),
    )
    def snapshot_changed(self, info: Info) -> AsyncGenerator[Event, None]:
        return _snapshots(info.context)


async def _changes(context: SubscriptionContext, follower: Follower) -> AsyncGenerator[Event, None]:
    with context.watch.bell() as bell:
        while True:
            fresh = await context.renew()
            records = fresh.records
            change = await follower.next(records.reading, records.load)
            if change is None:
                await bell.wait()
                continue
            event = Event(fresh, change_from(change, records), context.stands)
            yield event
            if event.claimed:
                follower.told(change)


async def _snapshots(context: SubscriptionContext) -> AsyncGenerator[Event, None]:
    told: View | None = None
    with context.watch.bell() as bell:
        while True:
            fresh = await context.renew()
            view = fresh.records.reading.view
            if view is told:
                await bell.wait()
                continue
            event = Event(fresh, snapshot_of(view), context.stands)
            yield event
            if event.claimed:
                told = view
