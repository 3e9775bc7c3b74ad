"""Callers who are turned away."""

from __future__ import annotations

from typing import Literal

from gateway.access.scope import Scope
from gateway.errors import QueryError, Reason

Why = Literal[
    "malformed", "unknown", "expired", "early", "signature", "issuer", "audience", "claims"
]


class TokenError(QueryError):
    """A token that is not one of ours, or no longer. why: for the audit trail; the client only
    learns whether another one of the same kind would do."""

    def __init__(self, why: Why) -> None:
        super().__init__(
            Reason.UNAUTHENTICATED,
            "this token has ended" if why == "expired" else "this token is not valid",
            hint="Send another one, or none at all.",
        )
        self.why = why


def missing(scope: Scope, *, anonymous: bool) -> QueryError:
    """For a caller without a scope: who is known may not, who is not known might."""
    if anonymous:
        error = QueryError(
            Reason.UNAUTHENTICATED,
            f"this needs a token with the scope {str(scope)!r}",
            hint="Send it as Authorization: Bearer TOKEN.",
        )
    else:
        error = QueryError(Reason.FORBIDDEN, f"this needs the scope {str(scope)!r}")
    return error.with_details(scope=str(scope))
