"""JSON Canonicalization Scheme (RFC 8785)."""

from __future__ import annotations

import orjson
import rfc8785

from gateway.errors import CanonicalError, Reason

_SAME = frozenset({str, int, bool, type(None)})
# orjson then refuses the integers that RFC 8785 does, too.
_OPTIONS = orjson.OPT_SORT_KEYS | orjson.OPT_STRICT_INTEGER


def canonicalize(value: object) -> bytes:
    """RFC 8785 bytes of a JSON value: dict with string keys, list, str, int, float, bool, None.

    Raises CanonicalError for what has no canonical form (NaN, large integers, other types).
    """
    if _is_written_alike(value):
        try:
            return orjson.dumps(value, option=_OPTIONS)
        except orjson.JSONEncodeError:
            pass  # the other writer says what is wrong with it
    try:
        return rfc8785.dumps(value)  # type: ignore[arg-type]
    except (rfc8785.CanonicalizationError, ValueError, TypeError, RecursionError) as error:
        raise CanonicalError(Reason.CANONICAL_UNREADABLE, f"no canonical form: {error}") from None


def _is_written_alike(value: object) -> bool:
    """Whether orjson, which is many times faster, writes RFC 8785 bytes of it.

    It escapes as section 3.2.2.2 has it. It orders names by code points and not by UTF-16 units
    (3.2.3), which is the same for ASCII; and it writes floating point in a spelling of its own.
    """
    left = [value]
    while left:
        found = left.pop()
        kind = type(found)
        if kind in _SAME:
            continue
        if isinstance(found, dict) and kind is dict:
            if not all(type(name) is str and name.isascii() for name in found):
                return False
            left += found.values()
        elif isinstance(found, list) and kind is list:
            left += found
        else:
            return False
    return True
