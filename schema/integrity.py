"""What is known about a record's authenticity, in GraphQL."""

from __future__ import annotations

from enum import Enum

import strawberry

from gateway.verdict.status import Check as VerdictCheck
from gateway.verdict.verdict import Visible


@strawberry.enum(description="What is known about a record. Only VERIFIED is proof of anything.")
class Status(Enum):
    VERIFIED = strawberry.enum_value(
        "VERIFIED", description="Keys that the policy trusts signed exactly these bytes."
    )
    INVALID = strawberry.enum_value("INVALID", description="There is evidence against it.")
    REVOKED = strawberry.enum_value("REVOKED", description="Its key has been revoked.")
    EXPIRED = strawberry.enum_value("EXPIRED", description="Its key's validity has ended.")
    UNKNOWN_KEY = strawberry.enum_value("UNKNOWN_KEY", description="Nobody here knows its key.")
    MALFORMED = strawberry.enum_value(
        "MALFORMED", description="The file, the envelope or a field is not what the format wants."
    )
    UNVERIFIABLE = strawberry.enum_value(
        "UNVERIFIABLE", description="A legacy envelope whose key is not here: proves nothing."
    )
    MISSING = strawberry.enum_value("MISSING", description="It has no envelope at all.")


@strawberry.enum(description="How one step of a verdict ended.")
class CheckOutcome(Enum):
    PASSED = strawberry.enum_value("PASSED", description="It holds.")
    FAILED = strawberry.enum_value("FAILED", description="It does not hold.")
    NOT_RUN = strawberry.enum_value(
        "NOT_RUN", description="Not looked at, because of an earlier failure."
    )


@strawberry.type(description="One step of a verdict, in the order in which it was taken.")
class Check:
    name: str = strawberry.field(description="Which step; docs/verdicts.md explains each.")
    outcome: CheckOutcome = strawberry.field(
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
    def status(self) -> Status:
        return Status[self.visible.status]

    @strawberry.field(description="Stable code of why; OK for a verified record.")
    def reason(self) -> str:
        return str(self.visible.reason)

    @strawberry.field(description="Every step of the verdict, in order.")
    def checks(self) -> list[Check]:
        return [check_from(check) for check in self.visible.checks]

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
        ),
        metadata={"weight": 20},
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


def check_from(check: VerdictCheck) -> Check:
    """One step of a verdict as GraphQL shows it."""
    return Check(
        name=check.name,
        outcome=CheckOutcome[check.outcome],
        detail=check.detail,
        envelope=check.envelope,
    )
