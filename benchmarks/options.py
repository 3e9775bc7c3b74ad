"""What the command lines here have in common."""

from __future__ import annotations

from argparse import ArgumentTypeError
from collections.abc import Collection


def number(least: int, text: str) -> int:
    """A whole number of at least `least`."""
    if not text.isdecimal() or int(text) < least:
        raise ArgumentTypeError(f"a number of at least {least} is needed")
    return int(text)


def names(known: Collection[str], text: str) -> list[str]:
    """Some of the names that there are, separated by commas."""
    found = [name.strip() for name in text.split(",") if name.strip()]
    if unknown := [name for name in found if name not in known]:
        raise ArgumentTypeError(f"{unknown[0]} is none of {', '.join(known)}")
    return found
