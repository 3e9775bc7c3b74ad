"""Which fields show one immutable record, and nothing but what that record says.

What was made of such a field once can be used again wherever the same record is shown: whoever
executes queries is told so by the field's metadata.
"""

from __future__ import annotations

from collections.abc import Callable, Hashable
from typing import Any

RECORD = "sealgate.record"


def shows(record: Callable[[Any], Hashable]) -> dict[Any, Any]:
    """Metadata for a field. record: from the object that has the field to what identifies the
    shown record down to its last byte."""
    return {RECORD: record}
