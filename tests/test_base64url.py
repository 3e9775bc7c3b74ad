"""One spelling per value."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gateway.base64url import decode_base64, decode_base64url, encode_base64url
from tests.support.fuzz import fuzz


def test_the_example_of_rfc_7515_appendix_c() -> None:
    assert encode_base64url(bytes([3, 236, 255, 224, 193])) == "A-z_4ME"
    assert decode_base64url("A-z_4ME") == bytes([3, 236, 255, 224, 193])


@pytest.mark.parametrize(
    "text", ["A", "AA=", "AA==", "AB", "A+A", "A/A", "A A", "AA\n", "é", "AAAAA"]
)
def test_other_spellings_are_refused(text: str) -> None:
    with pytest.raises(ValueError):
        decode_base64url(text)


@pytest.mark.parametrize("text", ["A", "AA", "AA=", "AB==", "A-A=", "AA==\n", " AA==", "é==="])
def test_padded_base64_has_one_spelling_too(text: str) -> None:
    assert decode_base64("AA==") == b"\0"
    with pytest.raises(ValueError):
        decode_base64(text)


@fuzz
@given(st.binary())
def test_every_value_comes_back(value: bytes) -> None:
    assert decode_base64url(encode_base64url(value)) == value


@fuzz
@given(st.text(st.sampled_from("AQgw19-_=+/ \n"), max_size=12))
def test_whatever_is_accepted_is_the_canonical_spelling(text: str) -> None:
    try:
        value = decode_base64url(text)
    except ValueError:
        return
    assert encode_base64url(value) == text
