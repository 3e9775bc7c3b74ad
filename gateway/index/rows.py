"""Rows for the tables of the index, as plain values that another process can be asked for."""

from __future__ import annotations

from enum import StrEnum
from typing import Any

# Lower than every value that a record can hold: what a missing one counts as when it is sorted by.
LOWEST = -(2**63)


class Name(StrEnum):
    """The tables that a record may have rows in."""

    ENTRY = "entry"
    FILED = "filed"
    ADDRESS = "address"
    RELATED = "related"
    LINK = "link"
    HELD = "held"
    NAMED = "named"
    ENTRY_TEXT = "entry_text"


# Values in the order of the table's columns.
Rows = dict[Name, list[tuple[Any, ...]]]


def no_rows() -> Rows:
    return {name: [] for name in Name}
