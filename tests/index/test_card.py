"""What a record is found by is what was judged of it, made plain."""

from __future__ import annotations

from typing import Any

import pytest
import sqlalchemy as sa

from gateway.index.card import CLOSE, OPEN, Card, rows_of
from gateway.index.rows import LOWEST, Name
from gateway.index.tables import entry, entry_text, filed, held, link, named, related
from tests.support.cards import article, card, content, organization, related_item, topic


def rows(found: Card, table: sa.FromClause) -> list[dict[str, Any]]:
    """The card's rows of one table, by the names of its columns."""
    names = [column.name for column in table.columns]
    return [dict(zip(names, row, strict=True)) for row in rows_of([found])[Name(str(table))]]


def text_of(found: Card) -> dict[str, Any]:
    (text,) = rows(found, entry_text)
    return text


@pytest.mark.parametrize(
    ("body", "expected"),
    [
        (b"", ""),
        (b"plain & simple", "plain & simple"),
        (b"R&amp;D &lt;b&gt;", "R&D <b>"),
        (b"<p>one</p><p>two</p>", "one two"),
        (b"a<br>b", "a b"),
        (b"<p title='secret'>seen</p>", "seen"),
        (b"<script>alert('x')</script><style>p{}</style>seen", "seen"),
        (b"a<!-- hidden -->b", "a b"),
        (b"1 < 2 && 3 > 2", "1 < 2 && 3 > 2"),
        ("<i>Ünï</i> 🔒 &#x1F512;".encode(), "Ünï 🔒 🔒"),
        (b"\x02marked\x03 &#0;", "marked \ufffd"),
    ],
)
def test_a_body_is_searched_without_its_markup(body: bytes, expected: str) -> None:
    assert text_of(article(1, body=body))["body"].split() == expected.split()


def test_no_text_holds_the_marks_of_hits() -> None:
    marked = f"{OPEN}a{CLOSE}&#2;&#3;"
    provider = {"name": marked, "domain": "d"}
    found = article(
        1, title=marked, excerpt=marked, topics=[marked], provider=provider, body=marked.encode()
    )
    text = text_of(found)
    assert not any(mark in str(value) for value in text.values() for mark in (OPEN, CLOSE))
    assert text["title"] == " a "


def test_labels_are_topics_and_the_provider() -> None:
    assert text_of(article(1, topics=["R&amp;D", "AI"]))["labels"] == "R&D · AI · Example News"
    assert text_of(card(1, "_c/a.md", content("course")))["labels"] == ""


def test_words_that_content_is_filed_under_have_no_full_text() -> None:
    assert rows(topic(1, "AI"), entry_text) == []
    assert rows(organization(1, "Example", "example.org"), entry_text) == []


def test_missing_numbers_sort_lowest_and_are_missing_all_the_same() -> None:
    (row,) = rows(card(7, "_c/a.md", content("course")), entry)
    assert (row["published"], row["quality"], row["heat"]) == (None, None, None)
    assert (row["published_key"], row["quality_key"], row["heat_key"]) == (LOWEST,) * 3
    found = article(7, heat=-(2**31), publishedDateTime="1969-12-31T23:59:59.5Z")
    (row,) = rows(found, entry)
    assert (row["heat"], row["heat_key"]) == (-(2**31),) * 2
    assert (row["published"], row["published_key"]) == (-500_000,) * 2


def test_each_topic_url_and_held_path_has_one_row() -> None:
    found = article(1, topics=["a", "b", "a"])
    assert [row["topic"] for row in rows(found, filed)] == ["a", "b"]
    collection = card(1, "_c/a.md", content("collection", items=["x/a", "x/a.md", "../b", "/x/a"]))
    assert [row["path"] for row in rows(collection, held)] == ["x/a.md"]


def test_related_items_keep_their_places() -> None:
    items = [related_item(webUrl="w", originalUrl="o"), related_item(webUrl="w", originalUrl="w")]
    found = article(1, related=items)
    assert [row["place"] for row in rows(found, related)] == [0, 1]
    assert [(row["place"], row["url"]) for row in rows(found, link)] == [
        (0, "w"),
        (0, "o"),
        (1, "w"),
    ]


def test_an_organization_goes_by_each_of_its_names_once() -> None:
    found = organization(1, "Ex", "example.org", otherNames=["Example", "Ex", "Example"])
    assert [(row["name"], row["domain"]) for row in rows(found, named)] == [
        ("Ex", "example.org"),
        ("Example", "example.org"),
    ]
