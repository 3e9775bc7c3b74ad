"""What people type is data: it finds what it says, and it never breaks anything."""

from __future__ import annotations

import html
import unicodedata
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gateway.errors import QueryError, Reason
from gateway.index.card import CLOSE, OPEN, Card
from gateway.index.index import Index
from gateway.index.listing import BEST_MATCH_FIRST, Listing
from gateway.index.page import Window, count, matches, take
from gateway.index.search import MAX_CHARS, MAX_TERMS, Match, Search, Span, spans
from gateway.records.content import Content
from gateway.records.kind import CONTENT_KINDS
from tests.support.cards import ALL, article, card, content, found, index_of, topic
from tests.support.drawn import SEARCHES, TEXTS, libraries
from tests.support.fuzz import fuzz

ANYTHING = SEARCHES | st.text(st.characters(exclude_categories=["Cs"]), max_size=MAX_CHARS)


def listing(text: str) -> Listing:
    return Listing(CONTENT_KINDS, search=Search(text), order=(BEST_MATCH_FIRST,))


def search(index: Index, text: str) -> list[int]:
    return found(index, listing(text))


def accepted(text: str) -> Search | None:
    """A search, or None for a text that is refused as it should be."""
    try:
        return Search(text)
    except QueryError as error:
        reason = error.code
    assert reason is Reason.BAD_USER_INPUT
    return None


def plain(text: str) -> str:
    """A field as readers see it, and as the full text holds it."""
    return html.unescape(text).replace(OPEN, " ").replace(CLOSE, " ")


def whole(pieces: tuple[Span, ...]) -> str:
    return "".join(piece.text for piece in pieces)


def fields_of(card: Card) -> dict[str, str]:
    model = card.admitted.model
    assert isinstance(model, Content)
    labels = [*model.topics, *([model.provider.name] if model.provider else [])]
    return {
        "title": plain(model.title),
        "excerpt": plain(model.excerpt),
        "labels": plain(" · ".join(labels)),
    }


@fuzz
@given(libraries(min_size=1), st.lists(ANYTHING, min_size=1, max_size=4))
def test_whatever_is_typed_hits_are_shown_where_they_are(
    cards: list[Card], texts: list[str]
) -> None:
    index, by_id = index_of(*cards), {card.row_id: card for card in cards}
    for text in texts:
        query = accepted(text)
        if query is None:
            continue
        ids = take(index, listing(text), Window(first=ALL)).row_ids
        shown = matches(index, query, tuple(by_id))
        assert set(shown) == set(ids)
        assert count(index, listing(text)) == len(ids)
        scores = [shown[n].score for n in ids]
        assert scores == sorted(scores, reverse=True)
        for n in ids:
            _is_of(shown[n], by_id[n])


def _is_of(match: Match, card: Card) -> None:
    texts, fields = fields_of(card), dict(match.fields)
    for name, pieces in match.fields:
        assert whole(pieces) == texts[name]
        assert any(piece.is_hit for piece in pieces)
    for pieces in (*fields.values(), match.snippet):
        assert all(piece.text for piece in pieces)
        assert not any(mark in whole(pieces) for mark in (OPEN, CLOSE))
    if "excerpt" in fields or not fields:
        assert any(piece.is_hit for piece in match.snippet)


# Letters that the tables of SQLite and of Python agree about.
_LETTERS = st.characters(
    exclude_categories=["Cs", "Cn", "Co"], exclude_characters='\0"', max_codepoint=0x17F
)


@fuzz
@given(st.lists(TEXTS | st.text(_LETTERS, max_size=12), min_size=1, max_size=5))
def test_a_record_is_found_by_its_own_title(titles: list[str]) -> None:
    cards = [article(n, title=title, excerpt="-") for n, title in enumerate(titles, 1)]
    index = index_of(*cards)
    for n, title in enumerate(titles, 1):
        text = plain(title).replace('"', " ")
        if any(_is_certain(character) for character in text):
            assert n in search(index, text)
            assert n in search(index, f'"{text}"')


def _is_certain(character: str) -> bool:
    return unicodedata.ucd_3_2_0.category(character)[0] in "LN"


@fuzz
@given(st.text(st.characters(exclude_categories=["Cs"]), min_size=MAX_CHARS - 1, max_size=600))
def test_a_text_is_too_long_by_its_length_or_its_words_alone(text: str) -> None:
    if accepted(text) is None:
        assert len(text) > MAX_CHARS or len(text.replace('"', " ").split()) > MAX_TERMS


def test_the_longest_text_is_taken_and_one_more_is_refused() -> None:
    index = index_of(article(1))
    for text in ("a" * MAX_CHARS, "a-" * (MAX_CHARS // 2), "é" * MAX_CHARS, '"' * MAX_CHARS):
        assert search(index, text) == []
        with pytest.raises(QueryError, match="256 characters") as caught:
            Search(f"{text}a")
        assert caught.value.code is Reason.BAD_USER_INPUT


def test_as_many_words_as_that_are_taken_and_one_more_is_refused() -> None:
    words = " ".join(["seal"] * MAX_TERMS)
    assert search(index_of(article(1)), words) == [1]
    # What is no word is not counted.
    assert search(index_of(article(1)), f"{words} - ( ) *") == [1]
    with pytest.raises(QueryError, match="32 words"):
        Search(f"{words} seal")


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("seal page", [1]),
        ("page SEAL", [1]),
        ("seals paged", [1]),
        ("sea", [2]),
        ("sea*", [1, 2]),
        ("sea *", [2]),
        ('"seal on"', [1]),
        ('"on seal"', []),
        ('"every pa"*', [1]),
        ('"every pa"', []),
        ('"seal', [1]),
        ("cafe", [2]),
        ("CAFÉ", [2]),
        ("cafe\u0301", [2]),
        ("sea-side", [2]),
        ("side-sea", []),
        ("title:seal", []),
        ("seal NOT page", []),
        ("seal OR café", []),
        ("NEAR(seal page)", []),
        ("^seal", [1]),
        ("{title} : seal", []),
        ("se\0al", []),
        ("seal\0page", [1]),
        ("", []),
        ("*", []),
        ("🔒", []),
        ("& < >", []),
        ("\U0001e900", []),
        ("seal \U0001e900*", []),
        ('"\U0001e900"*', []),
    ],
)
def test_words_phrases_and_endings_have_a_meaning_and_nothing_else(
    text: str, expected: list[int]
) -> None:
    cards = [
        article(1, title="Seal on every page", excerpt="-"),
        article(2, title="A sea-side café 🔒", excerpt="-"),
    ]
    assert sorted(search(index_of(*cards), text)) == expected


def test_every_column_is_searched_and_a_title_weighs_most() -> None:
    nothing: dict[str, Any] = {"title": "T", "excerpt": "E", "topics": []}
    cards = [
        article(1, body=b"lorem", **nothing),
        article(2, **{**nothing, "topics": ["lorem"]}),
        article(3, **{**nothing, "excerpt": "lorem"}),
        article(4, **{**nothing, "title": "lorem"}),
        article(5, **{**nothing, "provider": {"name": "Lorem", "domain": "d"}}),
        topic(6, "lorem"),
    ]
    ranked = search(index_of(*cards), "lorem")
    assert ranked[:2] == [4, 3]
    assert sorted(ranked) == [1, 2, 3, 4, 5]
    assert ranked[-1] == 1


def test_other_kinds_are_found_by_what_plays_the_part_of_a_title() -> None:
    cards = [
        card(1, "_people/a.md", content("profile", name="Ada Lovelace", bio="Wrote programs.")),
        card(2, "_forums/a.md", content("forum", name="Analysts")),
    ]
    assert search(index_of(*cards), "lovelace program") == [1]
    assert search(index_of(*cards), "analyst") == [2]


def test_hits_are_enclosed_in_the_plain_text_of_their_fields() -> None:
    index = index_of(article(1, title="R&amp;D seals", excerpt="\x02Seal\x03 &#x1F512; seal"))
    found_at = matches(index, Search("seal"), (1,))[1]
    assert dict(found_at.fields) == {
        "title": (Span("R&D ", is_hit=False), Span("seals", is_hit=True)),
        "excerpt": (
            Span(" ", is_hit=False),
            Span("Seal", is_hit=True),
            Span("  🔒 ", is_hit=False),
            Span("seal", is_hit=True),
        ),
    }


def test_a_hit_in_the_body_shows_in_the_snippet_alone() -> None:
    body = b"word " * 100 + b"<p>the <b>needle</b></p>" + b" word" * 100
    index = index_of(article(1, body=body))
    match = matches(index, Search("needle"), (1,))[1]
    assert match.fields == ()
    assert Span("needle", is_hit=True) in match.snippet
    assert whole(match.snippet).startswith("…")
    assert whole(match.snippet).endswith("…")
    assert "<" not in whole(match.snippet)
    assert len(whole(match.snippet).split()) <= 26


def test_the_snippet_is_of_the_excerpt_unless_only_the_body_holds_hits() -> None:
    shown: dict[str, Any] = {"title": "Seal", "excerpt": "What it is.", "body": b"a needle"}
    index = index_of(article(1, **shown), article(2, **{**shown, "excerpt": "A needle, too."}))
    assert whole(matches(index, Search("seal"), (1,))[1].snippet) == "What it is."
    assert whole(matches(index, Search("needle"), (1,))[1].snippet) == "a needle"
    assert whole(matches(index, Search("needle"), (2,))[2].snippet) == "A needle, too."


def test_records_that_were_not_asked_about_or_do_not_match_are_left_out() -> None:
    index = index_of(article(1), article(2), article(3, title="T", excerpt="E"))
    assert set(matches(index, Search("seal"), (1, 3, 9))) == {1}
    assert matches(index, Search("seal"), ()) == {}
    assert matches(index, Search(""), (1, 2, 3)) == {}


@pytest.mark.parametrize(
    ("marked", "expected"),
    [
        ("", ()),
        ("a", (("a", False),)),
        ("\x02a\x03", (("a", True),)),
        ("a\x02b\x03c\x02d\x03", (("a", False), ("b", True), ("c", False), ("d", True))),
        ("\x02a\x03\x02b\x03", (("a", True), ("b", True))),
    ],
)
def test_a_marked_text_is_cut_at_its_marks(
    marked: str, expected: tuple[tuple[str, bool], ...]
) -> None:
    assert spans(marked) == tuple(Span(text, is_hit=hit) for text, hit in expected)
