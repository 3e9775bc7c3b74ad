"""Text as people compare it."""

from __future__ import annotations

import unicodedata


def fold(text: str) -> str:
    """Without case and without differences of encoding: Unicode NFKC, then full case folding."""
    return unicodedata.normalize("NFKC", text).casefold()
