"""JSON Canonicalization Scheme (RFC 8785)."""

from __future__ import annotations

import rfc8785

from gateway.errors import CanonicalError, Reason


def canonicalize(value: object) -> bytes:
    """RFC 8785 bytes of a JSON value: dict with string keys, list, str, int, float, bool, None.

    Raises CanonicalError for what has no canonical form (NaN, large integers, other types).
    """
    try:
        return rfc8785.dumps(value)  # type: ignore[arg-type]
    except (rfc8785.CanonicalizationError, ValueError, TypeError, RecursionError) as error:
        raise CanonicalError(Reason.CANONICAL_UNREADABLE, f"no canonical form: {error}") from None
