"""Plain scalars under the core schema of YAML 1.2.2, section 10.3.2, and nothing beyond it."""

from __future__ import annotations

import math
import re

from gateway.errors import FrontMatterError, Reason

Scalar = str | int | float | bool | None

_CONSTANTS: dict[str, bool | None] = {
    **dict.fromkeys(("", "~", "null", "Null", "NULL"), None),
    **dict.fromkeys(("true", "True", "TRUE"), True),
    **dict.fromkeys(("false", "False", "FALSE"), False),
}
_DECIMAL = re.compile(r"[-+]?[0-9]+")
_PREFIXED = re.compile(r"0o[0-7]+|0x[0-9a-fA-F]+")
_FLOAT = re.compile(r"[-+]?(\.[0-9]+|[0-9]+(\.[0-9]*)?)([eE][-+]?[0-9]+)?")
_NOT_FINITE = re.compile(r"[-+]?\.(inf|Inf|INF)|\.(nan|NaN|NAN)")

# RFC 7493 section 2.2: integers that every JSON reader agrees on.
MAX_INTEGER = 2**53 - 1
_MAX_DIGITS = 32


# What every number begins with.
_NUMERIC = frozenset("-+.0123456789")


def is_text(text: str) -> bool:
    """Whether an unquoted scalar can be nothing but text, at a glance."""
    return text not in _CONSTANTS and text[0] not in _NUMERIC


def resolve_plain(text: str) -> Scalar:
    """The value of an unquoted scalar; a timestamp stays the string that was written.

    Raises FrontMatterError(YAML_NUMBER_RANGE), without a line, for numbers that do not survive RFC
    8785.
    """
    if text in _CONSTANTS:
        return _CONSTANTS[text]
    if _DECIMAL.fullmatch(text) or _PREFIXED.fullmatch(text):
        return _integer(text)
    if _FLOAT.fullmatch(text):
        return _float(text)
    if _NOT_FINITE.fullmatch(text):
        raise _out_of_range(text)
    return text


def _out_of_range(text: str) -> FrontMatterError:
    shown = text if len(text) <= _MAX_DIGITS else f"{text[:_MAX_DIGITS]}..."
    return FrontMatterError(
        Reason.YAML_NUMBER_RANGE,
        f"the number {shown} is outside what JSON readers agree on (+-(2^53-1), finite)",
        hint="Quote it if it is meant as text.",
    )


def _integer(text: str) -> int:
    # Longer than any admissible value: refused before int() does quadratic work on it.
    if len(text) > _MAX_DIGITS:
        raise _out_of_range(text)
    value = int(text, 0) if _PREFIXED.fullmatch(text) else int(text)
    if abs(value) > MAX_INTEGER:
        raise _out_of_range(text)
    return value


def _float(text: str) -> float | int:
    value = float(text)
    if not math.isfinite(value) or (value.is_integer() and abs(value) > MAX_INTEGER):
        raise _out_of_range(text)
    # RFC 8785 writes 1.0 as 1 and -0 as 0; the loaded value is the one that comes back.
    return int(value) if value.is_integer() else value
