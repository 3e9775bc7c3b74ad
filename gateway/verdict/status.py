"""The words of a verdict."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from gateway.errors import Reason


class Status(StrEnum):
    """What is known about a record. Only VERIFIED is proof of anything."""

    VERIFIED = "VERIFIED"
    INVALID = "INVALID"
    REVOKED = "REVOKED"
    EXPIRED = "EXPIRED"
    UNKNOWN_KEY = "UNKNOWN_KEY"
    MALFORMED = "MALFORMED"
    UNVERIFIABLE = "UNVERIFIABLE"
    MISSING = "MISSING"


class Outcome(StrEnum):
    PASSED = "PASSED"
    FAILED = "FAILED"
    NOT_RUN = "NOT_RUN"


@dataclass(frozen=True)
class Check:
    """One step of a verdict. envelope: index into `secured`, None for steps about the record."""

    name: str
    outcome: Outcome
    detail: str = ""
    envelope: int | None = None


@dataclass(frozen=True)
class Finding:
    """Why something failed: a status, the stable code, and words for people.

    until: the instant (Unix seconds) from which it may be different for no other reason than time.
    """

    status: Status
    reason: Reason
    detail: str
    until: int | None = None
