"""What is known about a record's authenticity, in GraphQL."""

from __future__ import annotations

import strawberry

from gateway.verdict.status import Check as VerdictCheck
from gateway.verdict.status import Outcome, Status
from gateway.verdict.verdict import Visible

GraphQLStatus = strawberry.enum(
    Status,
    name="Status",
    description="What is known about a record. Only VERIFIED is proof of anything.",
)
GraphQLOutcome = strawberry.enum(
    Outcome, name="CheckOutcome", description="How one step of a verdict ended."
)


@strawberry.type(description="One step of a verdict, in the order in which it was taken.")
class Check:
    name: str = strawberry.field(description="Which step; docs/verdicts.md explains each.")
    outcome: GraphQLOutcome = strawberry.field(  # type: ignore[valid-type]
        description="Whether it passed, failed, or was not reached."
    )
    detail: str = strawberry.field(description="What was seen, for people.")
    envelope: int | None = strawberry.field(
        description="Index into secured of the envelope it is about; null for the whole record."
    )


@strawberry.type(
    description="The verdict over a record, and everything needed to reach it without us."
)
class Integrity:
    visible: strawberry.Private[Visible]

    @strawberry.field(description="The verdict itself.")
    def status(self) -> GraphQLStatus:  # type: ignore[valid-type]
        return self.visible.status

    @strawberry.field(description="Stable code of why; OK for a verified record.")
    def reason(self) -> str:
        return str(self.visible.reason)

    @strawberry.field(description="Every step of the verdict, in order.")
    def checks(self) -> list[Check]:
        return [_check(check) for check in self.visible.checks]

    @strawberry.field(description="SHA-256 of the canonical bytes, in lower-case hex.")
    def digest(self) -> str:
        return self.visible.raw.digest

    @strawberry.field(description="Ids of the keys whose signatures counted.")
    def key_ids(self) -> list[str]:
        return list(self.visible.key_ids)

    @strawberry.field(
        description=(
            "The canonical form (RFC 8785) that the envelopes speak of. Encode it as UTF-8 to get"
            " the signed bytes."
        )
    )
    def canonical(self) -> str:
        return self.visible.raw.canonical.decode("utf-8")

    @strawberry.field(
        description=(
            "The envelopes of the record, in the order of its file: a JWS with detached payload"
            " (RFC 7515, appendix F), or legacy ciphertext."
        )
    )
    def secured(self) -> list[str]:
        return list(self.visible.raw.secured)


def _check(check: VerdictCheck) -> Check:
    return Check(
        name=check.name, outcome=check.outcome, detail=check.detail, envelope=check.envelope
    )
