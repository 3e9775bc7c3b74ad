"""What a caller may do."""

from __future__ import annotations

from collections.abc import Iterable
from enum import StrEnum


class Scope(StrEnum):
    """read: ask anything at all; drafts: see what is not published, too; audit: see verdicts over
    the whole corpus, and what is withheld; metrics: read /metrics."""

    READ = "read"
    DRAFTS = "drafts"
    AUDIT = "audit"
    METRICS = "metrics"


def known_scopes(names: Iterable[object]) -> frozenset[Scope]:
    """Those of the names that mean something here; an issuer may have scopes for others, too."""
    return frozenset(scope for scope in Scope if str(scope) in set(map(str, names)))
