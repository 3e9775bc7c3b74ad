"""Canonical JSON. The examples of RFC 8785 are in tests/vectors."""

from __future__ import annotations

import json
import math
from typing import Any

import pytest
import rfc8785
from hypothesis import given
from hypothesis import strategies as st

from gateway.canonical.jcs import canonicalize
from gateway.errors import CanonicalError, Reason
from tests.support.fuzz import fuzz


@pytest.mark.parametrize(
    "value", [math.nan, math.inf, -math.inf, 2**53, -(2**53), b"x", {1: 2}, {"a": {3}}, "\ud800"]
)
def test_what_has_no_canonical_form_is_refused(value: object) -> None:
    with pytest.raises(CanonicalError) as caught:
        canonicalize(value)
    assert caught.value.code is Reason.CANONICAL_UNREADABLE


TEXT = st.text(st.characters(exclude_categories=["Cs"]), max_size=20)
SCALARS = (
    st.none()
    | st.booleans()
    | st.integers(-(2**53) + 1, 2**53 - 1)
    | TEXT
    | st.floats(allow_nan=False, allow_infinity=False).filter(
        lambda n: not n.is_integer() or abs(n) < 2**53
    )
)
VALUES = st.recursive(
    SCALARS, lambda inner: st.lists(inner) | st.dictionaries(TEXT, inner), max_leaves=20
)


@fuzz
@given(VALUES)
def test_canonicalisation_is_idempotent(value: object) -> None:
    once = canonicalize(value)
    assert canonicalize(json.loads(once)) == once


@fuzz
@given(st.dictionaries(TEXT, VALUES), st.randoms())
def test_canonicalisation_does_not_depend_on_the_order_of_keys(
    value: dict[str, object], random: object
) -> None:
    names = list(value)
    random.shuffle(names)  # type: ignore[attr-defined]
    assert canonicalize({name: value[name] for name in names}) == canonicalize(value)


PLAIN = st.recursive(
    st.none() | st.booleans() | st.integers(-(2**53) + 1, 2**53 - 1) | st.text(max_size=20),
    lambda inner: st.lists(inner) | st.dictionaries(st.text(max_size=8), inner),
    max_leaves=20,
)


@fuzz
@given(VALUES | PLAIN)
def test_the_fast_writer_and_the_one_of_the_standard_write_the_same(value: Any) -> None:
    try:
        expected = rfc8785.dumps(value)
    except (rfc8785.CanonicalizationError, ValueError):
        with pytest.raises(CanonicalError):
            canonicalize(value)
    else:
        assert canonicalize(value) == expected


def test_every_character_is_escaped_as_the_standard_has_it() -> None:
    text = "".join(map(chr, [*range(0x300), 0x2028, 0x2029, 0xFEFF, 0xFFFF, 0x1F600]))
    assert canonicalize(text) == rfc8785.dumps(text)
    assert canonicalize({text[:128]: text}) == rfc8785.dumps({text[:128]: text})


def test_names_beyond_the_basic_plane_come_before_those_at_its_end() -> None:
    """RFC 8785, section 3.2.3: UTF-16 code units, where a surrogate is less than U+FFFF."""
    assert canonicalize({"\uffff": 1, "\U0001f600": 2}) == '{"\U0001f600":2,"\uffff":1}'.encode()
