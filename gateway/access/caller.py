"""Somebody who asks."""

from __future__ import annotations

from dataclasses import dataclass

from gateway.access.scope import Scope

ANONYMOUS = "anonymous"


@dataclass(frozen=True)
class Caller:
    """name: for logs, never part of a secret; until: when the token ends, in Unix seconds, None for
    never; proof: what the token was checked with, so that it can be asked again whether that still
    counts."""

    name: str
    scopes: frozenset[Scope]
    until: int | None = None
    proof: object = None

    @property
    def is_anonymous(self) -> bool:
        return self.name == ANONYMOUS
