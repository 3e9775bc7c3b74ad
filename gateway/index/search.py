"""Full text: what people type, and where it was found."""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass

from gateway.errors import QueryError, Reason
from gateway.index.card import CLOSE, OPEN

MAX_CHARS = 256
MAX_TERMS = 32

# A quoted phrase, or a run without blanks; either may end in an asterisk.
_TERM = re.compile(r'"([^"]*)"(\*?)|([^\s"]+)')


@dataclass(frozen=True)
class Search:
    """What somebody looks for, as they typed it: every word must occur, in whatever form.

    Words in quotation marks must stand next to each other; an asterisk at the end of a word stands
    for any ending. Nothing else has a meaning: the text is data, never a query language's.
    """

    text: str

    def __post_init__(self) -> None:
        """Raises QueryError(BAD_USER_INPUT) for a text that is too long."""
        if len(self.text) > MAX_CHARS or len(self._terms()) > MAX_TERMS:
            message = f"search takes at most {MAX_CHARS} characters and {MAX_TERMS} words"
            raise QueryError(Reason.BAD_USER_INPUT, message)

    def expression(self) -> str | None:
        """For FTS5's MATCH operator; None when there is no word in it, which nothing matches."""
        return " ".join(self._terms()) or None

    def _terms(self) -> list[str]:
        found = []
        for phrase, ending, word in _TERM.findall(self.text.replace("\0", " ")):
            text = phrase or word
            if any(map(_is_word_character, text)):
                # FTS5 strings have one special character, which is none of those in `text`.
                star = "*" if ending or word.endswith("*") else ""
                found.append(f'"{text}"{star}')
        return found


def _is_word_character(character: str) -> bool:
    # As FTS5's unicode61 tokenizer has it: letters, numbers, private use.
    return unicodedata.category(character)[0] in "LN" or unicodedata.category(character) == "Co"


@dataclass(frozen=True)
class Span:
    """A piece of text; is_hit: whether it is what was looked for."""

    text: str
    is_hit: bool


@dataclass(frozen=True)
class Match:
    """Where a search was found in one record.

    score: higher is better, comparable within one list only. snippet: the best place of the
    excerpt, or of the body if only that holds hits, some words long. fields: whole fields that hold
    hits, by name (title, excerpt, labels).
    """

    score: float
    snippet: tuple[Span, ...]
    fields: tuple[tuple[str, tuple[Span, ...]], ...]


def spans(marked: str) -> tuple[Span, ...]:
    """A text in which OPEN and CLOSE enclose hits, cut into its pieces."""
    found: list[Span] = []
    for piece in marked.split(OPEN):
        hit, closed, rest = piece.rpartition(CLOSE)
        if closed:
            found.append(Span(hit.replace(CLOSE, ""), is_hit=True))
        if rest:
            found.append(Span(rest, is_hit=False))
    return tuple(found)
