"""Texts are the same when people say so."""

from __future__ import annotations

import sys
import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gateway.index.fold import fold
from tests.support.drawn import TEXTS
from tests.support.fuzz import fuzz

# Its capital is I, which is i's: Turkish alone tells these apart.
DOTLESS = "\N{LATIN SMALL LETTER DOTLESS I}"


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("Seal", "sEAL"),
        ("Straße", "STRASSE"),
        ("ẞ", "ss"),
        ("ﬁnd", "FIND"),
        ("é", "E\u0301"),
        ("İ", "i\u0307"),
        ("Σίσυφος", "ΣΊΣΥΦΟΣ"),
        ("ΐ", "Ϊ\u0301"),
        ("ΐ", "\u1fd3"),
        ("ᾷ", "ᾷ".upper()),
        ("K", "\u212a"),
        ("\uff11\uff12", "12"),
        ("\u2460", "1"),
    ],
)
def test_case_and_encoding_make_no_difference(one: str, other: str) -> None:
    assert fold(one) == fold(other)


@pytest.mark.parametrize(
    ("one", "other"), [("e", "é"), ("a b", "ab"), ("o", "0"), ("i", DOTLESS), ("", " ")]
)
def test_other_differences_stay(one: str, other: str) -> None:
    assert fold(one) != fold(other)


def test_every_letter_is_folded_with_its_other_forms() -> None:
    letters = [chr(n) for n in range(sys.maxunicode + 1) if unicodedata.category(chr(n))[0] == "L"]
    differing = [
        letter
        for letter in letters
        if len({fold(form) for form in (letter, letter.upper(), letter.lower(), letter.title())})
        > 1
    ]
    assert differing == [DOTLESS]


@fuzz
@given(TEXTS | st.text(st.characters(exclude_categories=["Cs"])))
def test_what_is_folded_stays_folded(text: str) -> None:
    once = fold(text)
    assert fold(once) == once
    for form in ("NFC", "NFD", "NFKC", "NFKD"):
        assert fold(unicodedata.normalize(form, text)) == once
