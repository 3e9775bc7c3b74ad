"""Points in time as records write them."""

from __future__ import annotations

import re
from datetime import UTC, datetime

from gateway.errors import Reason, RecordShapeError

EPOCH = datetime(1970, 1, 1, tzinfo=UTC)

# RFC 3339 section 5.6, upper-case T and Z only: one spelling per instant and offset.
_DATE_TIME = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d{1,6})?(Z|[+-]\d\d:\d\d)")


def parse_instant(text: str, field: str) -> datetime:
    """The instant that an RFC 3339 date-time names, in UTC.

    Raises RecordShapeError naming `field` for anything else, leap seconds included: they do not
    occur in published news and would not survive a round trip.
    """
    try:
        if not _DATE_TIME.fullmatch(text):
            raise ValueError(text)
        return datetime.fromisoformat(text).astimezone(UTC)
    except (ValueError, OverflowError):
        raise RecordShapeError(
            Reason.RECORD_SHAPE,
            f"field {field} must be an RFC 3339 date-time such as 2021-05-21T18:09:00Z",
            hint="Write the time in full, with Z or an offset, and seal the file again.",
        ) from None


def show_instant(seconds: int) -> str:
    """Unix seconds as people read them: RFC 3339 in UTC. `seconds` may be any claim at all."""
    try:
        # Not strftime: its years before 1000 have fewer than four digits on some systems.
        return datetime.fromtimestamp(seconds, UTC).isoformat().replace("+00:00", "Z")
    except (ValueError, OverflowError, OSError):
        return f"{seconds} seconds after 1970"
