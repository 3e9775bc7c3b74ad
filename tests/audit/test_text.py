"""Whatever a name holds, it is shown on one line and as text."""

from __future__ import annotations

import re
from html.parser import HTMLParser

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gateway.audit.charts import bar_chart
from gateway.audit.markdown_form import escape
from gateway.audit.text import visible
from tests.support.fuzz import fuzz


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("plain ünïcode 🔏.md", "plain ünïcode 🔏.md"),
        ("a\x1b[31mb", "a\\x1b[31mb"),
        ("a\nb\r\tc", "a\\nb\\r\\tc"),
        ("a\u202eb\u2066c\u2028d", "a\\u202eb\\u2066c\\u2028d"),
    ],
)
def test_what_cannot_be_seen_is_spelt_out(text: str, shown: str) -> None:
    assert visible(text) == shown


@fuzz
@given(st.text())
def test_visible_text_is_one_printable_line_and_stays_as_it_is(text: str) -> None:
    shown = visible(text)
    assert len(shown.splitlines()) <= 1
    assert "\x1b" not in shown
    assert visible(shown) == shown


@fuzz
@given(st.text())
def test_markdown_text_reads_back_as_it_was(text: str) -> None:
    escaped = escape(text)
    assert re.sub(r"\\([!-/:-@\[-`{-~])", r"\1", escaped) == visible(text)
    assert not re.search(r"(?<!\\)(\\\\)*[|<`\[]", escaped)


class Words(HTMLParser):
    """The elements and the text of a piece of markup."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.tags: list[str] = []
        self.text: list[str] = []
        self.feed(text)
        self.close()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:  # noqa: ARG002
        self.tags.append(tag)

    def handle_data(self, data: str) -> None:
        self.text.append(data)


@fuzz
@given(st.text(max_size=40).map(visible).filter(lambda name: len(name) <= 52))
def test_a_picture_has_the_same_elements_whatever_it_is_of(name: str) -> None:
    plain = Words(bar_chart("Records", [("name", 3)], "g"))
    drawn = Words(bar_chart("Records", [(name, 3)], "g"))
    assert drawn.tags == plain.tags
    assert f"{name}: 3" in "".join(drawn.text)
