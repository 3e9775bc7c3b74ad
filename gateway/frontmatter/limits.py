"""How large a record file may be."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Limits:
    """Bounds that real records stay two orders of magnitude below.

    file_bytes: whole file; depth: nested collections; nodes: scalars and collections together.
    """

    file_bytes: int = 1 << 20
    depth: int = 32
    nodes: int = 50_000
