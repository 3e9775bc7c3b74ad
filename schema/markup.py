"""HTML out of records, made harmless for those who ask for that."""

from __future__ import annotations

from typing import Annotated

import nh3
import strawberry

Sanitized = Annotated[
    bool,
    strawberry.argument(
        description=(
            "Whether to leave out what could run or reach out: scripts, styles, handlers, forms,"
            " addresses other than https, http and mailto. Embedded players stay, in a sandbox."
        )
    ),
]

FEATURED_CONTENT = (
    "HTML of an embedded player. Treat it as untrusted markup unless it is sanitized: sealed, not"
    " safe."
)

# A frame of another site may run its player, and neither navigate the page nor act as its origin.
# One value only: several are set in an order that differs from process to process.
_FRAME = {"src", "width", "height", "title", "allowfullscreen", "loading"}
_SANDBOX = {"sandbox": "allow-scripts allow-presentation"}

_CLEANER = nh3.Cleaner(
    tags=nh3.ALLOWED_TAGS | {"iframe"},
    attributes={**nh3.ALLOWED_ATTRIBUTES, "iframe": _FRAME},
    set_tag_attribute_values={"iframe": _SANDBOX},
    url_schemes={"https", "http", "mailto"},
)


def markup(text: str | None, *, sanitize: bool) -> str | None:
    """The text as it was sealed, or its harmless part as HTML; None stays None."""
    return _CLEANER.clean(text) if sanitize and text else text
