"""Points in time: one spelling in, UTC out."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from gateway.errors import Reason, RecordShapeError
from gateway.records.instant import parse_instant, show_instant


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("2021-05-21T18:09:00Z", datetime(2021, 5, 21, 18, 9, tzinfo=UTC)),
        ("2021-05-21T18:09:00+00:00", datetime(2021, 5, 21, 18, 9, tzinfo=UTC)),
        ("2021-05-21T18:09:00-07:30", datetime(2021, 5, 22, 1, 39, tzinfo=UTC)),
        ("2024-02-29T00:00:00.5Z", datetime(2024, 2, 29, 0, 0, 0, 500_000, tzinfo=UTC)),
        ("2021-05-21T18:09:00.123456Z", datetime(2021, 5, 21, 18, 9, 0, 123_456, tzinfo=UTC)),
    ],
)
def test_an_instant_is_read_into_utc(text: str, expected: datetime) -> None:
    found = parse_instant(text, "f")
    assert (found, found.tzinfo) == (expected, UTC)


@pytest.mark.parametrize(
    "text",
    [
        "",
        "2021-05-21",
        "2021-05-21T18:09:00",
        "2021-05-21T18:09Z",
        "2021-05-21 18:09:00Z",
        "2021-05-21t18:09:00z",
        "2021-05-21T18:09:00Z\n",
        "2021-05-21T18:09:60Z",
        "2021-05-21T24:00:01Z",
        "2021-02-29T00:00:00Z",
        "2021-13-01T00:00:00Z",
        "2021-05-21T18:09:00+0000",
        "2021-05-21T18:09:00+25:00",
        "2021-05-21T18:09:00.1234567Z",
        "0001-01-01T00:00:00+10:00",
        "9999-12-31T23:59:59-10:00",
        "0000-01-01T00:00:00Z",
    ],
)
def test_anything_else_is_refused_and_the_field_named(text: str) -> None:
    with pytest.raises(RecordShapeError, match="field someDate") as caught:
        parse_instant(text, "someDate")
    assert caught.value.code is Reason.RECORD_SHAPE


@pytest.mark.parametrize(
    ("seconds", "shown"),
    [
        (0, "1970-01-01T00:00:00Z"),
        (1_800_000_000, "2027-01-15T08:00:00Z"),
        (-1, "1969-12-31T23:59:59Z"),
        (10**18, "1000000000000000000 seconds after 1970"),
        (-(10**30), "-1000000000000000000000000000000 seconds after 1970"),
    ],
)
def test_any_claimed_number_of_seconds_can_be_shown(seconds: int, shown: str) -> None:
    assert show_instant(seconds) == shown
