"""Names and messages as people may see them: anybody can give a file any name."""

from __future__ import annotations

import re

# Control characters, which speak to terminals; ends of lines; and marks that turn the direction of
# writing round (UAX #9, section 2), which make one name look like another.
_UNSEEN = re.compile("[\x00-\x1f\x7f-\x9f\u2028\u2029\u200e\u200f\u202a-\u202e\u2066-\u2069]")


def visible(text: str) -> str:
    """The text on one line, with what cannot be seen as its escape."""
    return _UNSEEN.sub(lambda found: ascii(found[0])[1:-1], text)
