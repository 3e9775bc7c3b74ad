"""Verdicts as values: what passed, what did not, and the records that may be shown.

`Verified` and `Disclosed` cannot be made, copied, unpickled or subclassed elsewhere: their
constructors want a witness object that only this package holds, and a test reads the source tree
to see that nobody else takes it.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final, NoReturn

from gateway.canonical.record import CanonicalRecord, decode_record
from gateway.errors import Reason
from gateway.records.raw import RawRecord
from gateway.trust.policy import Mode, Policy
from gateway.verdict.status import Check, Status

_WITNESS: Final = object()


@dataclass(frozen=True)
class Rejected:
    """A record that is not proven, with everything that was found out about it.

    raw is None when not even canonical bytes could be made of the file. until: the instant (Unix
    seconds) from which the verdict may be another, if it is time alone that would change it; keys
    that begin or end are not counted (Trust.next_boundary).
    """

    path: str
    status: Status
    reason: Reason
    detail: str
    checks: tuple[Check, ...]
    key_ids: tuple[str, ...] = ()
    raw: RawRecord | None = None
    until: int | None = None


class _Witnessed:
    """A record with its evidence; made only by whoever holds the witness.

    sealed_at: when the newest signature that counts was made, by its signer's word, in Unix
    seconds; 0 where none says. until: as in Rejected.
    """

    __slots__ = ("checks", "key_ids", "raw", "reason", "sealed_at", "status", "until")

    raw: RawRecord
    status: Status
    reason: Reason
    checks: tuple[Check, ...]
    key_ids: tuple[str, ...]
    sealed_at: int
    until: int | None

    def __init__(
        self,
        witness: object,
        *,
        raw: RawRecord,
        status: Status,
        reason: Reason,
        checks: tuple[Check, ...],
        key_ids: tuple[str, ...],
        sealed_at: int,
        until: int | None,
    ) -> None:
        if witness is not _WITNESS:
            raise TypeError(f"only gateway.verdict makes a {type(self).__name__}")
        for name, value in (
            ("raw", raw),
            ("status", status),
            ("reason", reason),
            ("checks", checks),
            ("key_ids", key_ids),
            ("sealed_at", sealed_at),
            ("until", until),
        ):
            object.__setattr__(self, name, value)

    def __setattr__(self, name: str, value: object) -> NoReturn:
        raise AttributeError(f"{type(self).__name__} is immutable")

    def __delattr__(self, name: str) -> NoReturn:
        raise AttributeError(f"{type(self).__name__} is immutable")

    def __reduce__(self) -> NoReturn:
        raise TypeError(f"a {type(self).__name__} does not leave the process that judged it")

    def __copy__(self) -> _Witnessed:
        return self

    def __deepcopy__(self, memo: object) -> _Witnessed:
        return self

    @property
    def path(self) -> str:
        return self.raw.path

    def decode(self) -> CanonicalRecord:
        """The members of the canonical bytes, afresh: nobody can change what was judged."""
        return decode_record(self.raw.canonical)


class Verified(_Witnessed):
    """A record that the policy's keys vouch for, byte by byte.

    key_ids: the kids whose signatures counted, in the order of `secured`.
    """

    __slots__ = ()

    def __init_subclass__(cls) -> NoReturn:
        raise TypeError("Verified cannot be subclassed")


class Disclosed(_Witnessed):
    """An unproven record that the policy mode `report` shows all the same, verdict beside it."""

    __slots__ = ()

    def __init_subclass__(cls) -> NoReturn:
        raise TypeError("Disclosed cannot be subclassed")


Verdict = Verified | Rejected
Visible = Verified | Disclosed


def disclose(rejected: Rejected, policy: Policy) -> Disclosed | None:
    """What may be shown of a rejected record: nothing, unless the policy only reports."""
    if policy.mode is not Mode.REPORT or rejected.raw is None:
        return None
    return Disclosed(
        _WITNESS,
        raw=rejected.raw,
        status=rejected.status,
        reason=rejected.reason,
        checks=rejected.checks,
        key_ids=rejected.key_ids,
        sealed_at=0,
        until=rejected.until,
    )
