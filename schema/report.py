"""How the whole corpus stands, for auditors."""

from __future__ import annotations

import strawberry

from gateway.access.access import require
from gateway.access.scope import Scope
from gateway.records.instant import show_instant
from gateway.repository import withheld as model
from gateway.repository.view import View
from schema.context import Context, check_length
from schema.integrity import Check, Status, check_from
from schema.scalars import DateTime


@strawberry.type(description="How many records have a verdict.")
class StatusCount:
    status: Status = strawberry.field(description="The verdict.")
    count: int = strawberry.field(description="Records of the snapshot.")


@strawberry.type(description="How many records have a reason.")
class ReasonCount:
    reason: str = strawberry.field(description="Stable code; OK for what is shown.")
    count: int = strawberry.field(description="Records of the snapshot.")


@strawberry.type(description="How many records a key proves.")
class KeyCount:
    key_id: str = strawberry.field(description="The key's kid in the trust folder.")
    count: int = strawberry.field(
        description="Records of the snapshot; one with several seals counts for each of its keys."
    )


@strawberry.type(description="The verdicts over a whole snapshot, drafts included.")
class IntegrityReport:
    snapshot: int = strawberry.field(description="Number of the snapshot.")
    total: int = strawberry.field(description="Records in it.")
    by_status: list[StatusCount] = strawberry.field(description="By verdict, most frequent first.")
    by_reason: list[ReasonCount] = strawberry.field(description="By reason, most frequent first.")
    by_key: list[KeyCount] = strawberry.field(description="By key, most frequent first.")
    withheld: int = strawberry.field(
        description="Records that nobody is shown; the field withheld of Query names them."
    )


@strawberry.type(description="A record that is withheld.")
class Withheld:
    path: str = strawberry.field(description="Where it stands in its corpus.")
    status: Status = strawberry.field(description="The verdict.")
    reason: str = strawberry.field(description="Stable code of why; docs/verdicts.md explains it.")
    detail: str = strawberry.field(description="What was seen, for people.")
    since: DateTime | None = strawberry.field(
        description=(
            "When a gateway on this store first withheld it for this reason, in UTC; null where"
            " that is not known."
        )
    )
    checks: list[Check] = strawberry.field(description="Every step of the verdict, in order.")


def integrity_report(context: Context) -> IntegrityReport:
    """Raises QueryError: FORBIDDEN or UNAUTHENTICATED."""
    require(context.caller, Scope.AUDIT)
    view: View = context.records.reading.view
    return IntegrityReport(
        snapshot=view.snapshot.id,
        total=len(view.items),
        by_status=[
            StatusCount(status=Status[status], count=count)
            for status, count in view.counts.most_common()
        ],
        by_reason=[
            ReasonCount(reason=str(reason), count=count)
            for reason, count in view.reasons.most_common()
        ],
        by_key=[KeyCount(key_id=kid, count=count) for kid, count in view.keys.most_common()],
        withheld=len(view.withheld),
    )


async def withheld(context: Context, first: int, after: str | None) -> list[Withheld]:
    """Raises QueryError: FORBIDDEN, UNAUTHENTICATED or BAD_USER_INPUT."""
    require(context.caller, Scope.AUDIT)
    check_length("first", first, context.max_page)
    found = await model.withheld_page(context.records.reading, first, after)
    return [_withheld(item) for item in found]


def _withheld(item: model.Withheld) -> Withheld:
    rejected = item.rejected
    return Withheld(
        path=rejected.path,
        status=Status[rejected.status],
        reason=str(rejected.reason),
        detail=rejected.detail,
        since=None if item.since is None else DateTime(show_instant(item.since)),
        checks=[check_from(check) for check in item.checks],
    )
