"""Text as people compare it."""

from __future__ import annotations

import unicodedata


def fold(text: str) -> str:
    """Without case and without differences of encoding: what Unicode calls a compatibility
    caseless match (section 3.13, D146), composed in the end (NFKC)."""
    if text.isascii():
        return text.lower()
    # Decomposed first: folding takes some letters apart, and their parts may fold again.
    folded = unicodedata.normalize("NFD", text).casefold()
    return unicodedata.normalize("NFKC", unicodedata.normalize("NFKC", folded).casefold())
