"""One JSON object, read so that no two readers can disagree about it."""

from __future__ import annotations

import json
from typing import Any


def read_object(data: bytes) -> dict[str, Any]:
    """The members of the JSON object in `data`.

    RFC 8259 section 4 leaves duplicate names open, and readers differ; they are refused here, as
    is everything else that is not one object in UTF-8. Raises ValueError.
    """
    try:
        value = json.loads(data.decode("utf-8"), object_pairs_hook=_unique)
        # An escaped lone surrogate is JSON to some readers, and text to none (RFC 7493, 2.1).
        json.dumps(value, ensure_ascii=False).encode("utf-8")
    except RecursionError:
        raise ValueError("nested too deeply") from None
    if not isinstance(value, dict):
        raise ValueError("not a JSON object")
    return value


def _unique(pairs: list[tuple[str, object]]) -> dict[str, object]:
    members = dict(pairs)
    if len(members) != len(pairs):
        raise ValueError("a name stands twice")
    return members
