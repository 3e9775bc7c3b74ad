"""The core schema of YAML 1.2.2, section 10.3.2."""

from __future__ import annotations

import pytest

from gateway.errors import FrontMatterError, Reason
from gateway.frontmatter.scalars import resolve_plain


@pytest.mark.parametrize(
    ("text", "value"),
    [
        *[(text, None) for text in ("", "~", "null", "Null", "NULL")],
        *[(text, True) for text in ("true", "True", "TRUE")],
        *[(text, False) for text in ("false", "False", "FALSE")],
        *[(text, text) for text in ("yes", "no", "on", "off", "y", "n", "nULL", "tRUE")],
        *[(text, text) for text in ("1:30", "0b11", "1_000", "0o8", "0xg", "-0x1", "1e", ".")],
        *[(text, text) for text in ("2021-05-21", "2021-05-21T18:09:00Z", "v1.0", "<<", "=")],
        ("0", 0),
        ("-0", 0),
        ("+12", 12),
        ("010", 10),
        ("0o14", 12),
        ("0xC", 12),
        ("-2147483648", -2147483648),
        ("9007199254740991", 2**53 - 1),
        ("-9007199254740991", -(2**53 - 1)),
        ("1.5", 1.5),
        ("-1.5e3", -1500),
        (".5", 0.5),
        ("12e03", 12000),
        ("1.0", 1),
        ("-0.0", 0),
        ("1e-400", 0),
    ],
)
def test_a_plain_scalar_has_its_core_value(text: str, value: object) -> None:
    found = resolve_plain(text)
    assert found == value
    assert type(found) is type(value)


@pytest.mark.parametrize(
    "text",
    [
        "9007199254740992",
        "-9007199254740992",
        "0x20000000000000",
        "9" * 5000,
        "0" * 5000,
        "1e400",
        "-1e400",
        "1e20",
        ".inf",
        "-.Inf",
        "+.INF",
        ".nan",
        ".NaN",
    ],
)
def test_numbers_that_json_readers_disagree_on_are_refused(text: str) -> None:
    with pytest.raises(FrontMatterError) as caught:
        resolve_plain(text)
    assert caught.value.code is Reason.YAML_NUMBER_RANGE
    assert len(caught.value.message) < 200
