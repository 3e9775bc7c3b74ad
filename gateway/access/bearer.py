"""Tokens in the header Authorization (RFC 6750)."""

from __future__ import annotations

import re
from collections.abc import Sequence

from gateway.access.refusal import TokenError
from gateway.errors import QueryError, Reason

# Longer ones are nobody's: a JWT with a handful of claims has some 500 characters.
MAX_CHARS = 8192

# RFC 6750, section 2.1; the scheme in any case (RFC 9110, section 11.1).
_BEARER = re.compile(r"bearer +([A-Za-z0-9\-._~+/]+=*)", re.IGNORECASE)


def bearer(lines: Sequence[str]) -> str | None:
    """The token in the header's lines; None where there is no such header.

    Raises TokenError for anything else: whoever sends credentials and has them ignored would take
    what everybody may see for what they may see.
    """
    if not lines:
        return None
    found = _BEARER.fullmatch(lines[0].strip()) if len(lines) == 1 else None
    if found is None or len(found[1]) > MAX_CHARS:
        raise TokenError("malformed")
    return found[1]


def challenge(error: QueryError) -> str:
    """The value of WWW-Authenticate (section 3)."""
    scope = error.details.get("scope")
    parts = ['Bearer realm="sealgate"']
    if isinstance(error, TokenError):
        parts.append('error="invalid_token"')
    elif error.code is Reason.FORBIDDEN:
        parts.append('error="insufficient_scope"')
    if scope is not None:
        parts.append(f'scope="{scope}"')
    return ", ".join(parts)
