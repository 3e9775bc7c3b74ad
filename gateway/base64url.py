"""Base 64 in exactly one spelling per value."""

from __future__ import annotations

import base64
import binascii


def decode_base64url(text: str) -> bytes:
    """RFC 7515 section 2: no padding. Raises ValueError unless re-encoding gives `text` back.

    The comparison refuses padding, the other alphabet, white space and non-zero trailing bits,
    each of which would be a second spelling of the same signature.
    """
    try:
        value = base64.urlsafe_b64decode(text + "=" * (-len(text) % 4))
    except (binascii.Error, UnicodeError) as error:
        raise ValueError(str(error)) from None
    if encode_base64url(value) != text:
        raise ValueError("not the canonical base64url spelling")
    return value


def encode_base64url(value: bytes) -> str:
    return base64.urlsafe_b64encode(value).rstrip(b"=").decode("ascii")


def decode_base64(text: str) -> bytes:
    """RFC 4648 section 4, with padding. Raises ValueError unless re-encoding gives `text` back."""
    try:
        value = base64.b64decode(text, validate=True)
    except (binascii.Error, UnicodeError) as error:
        raise ValueError(str(error)) from None
    if base64.b64encode(value).decode("ascii") != text:
        raise ValueError("not the canonical base64 spelling")
    return value
