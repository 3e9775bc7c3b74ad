"""How much one operation may ask for."""

from __future__ import annotations

from dataclasses import dataclass

from gateway.errors import QueryError, Reason


@dataclass(frozen=True)
class Limits:
    """Bounds on one document, and on what executing it may come to.

    tokens: lexical tokens; depth: nested fields; fields: fields after fragments are spread;
    roots: fields at the root, after fragments are spread; aliases: fields that are renamed;
    directives: those in the whole document; fragments: definitions of fragments; spreads: their
    uses; arguments: those of all fields and directives; values: literals, and likewise values in
    the variables; cost: fields times the lists they may stand in, and what their questions to
    the index weigh; page: what a list without a literal `first` is taken to be; answer: bytes of
    one answer, or of one part of it.
    """

    tokens: int = 4000
    depth: int = 16
    fields: int = 500
    roots: int = 20
    aliases: int = 100
    directives: int = 50
    fragments: int = 50
    spreads: int = 100
    arguments: int = 300
    values: int = 2000
    cost: int = 25_000
    page: int = 100
    answer: int = 1 << 23


# Directives at one place; those that are served are neither repeatable nor many.
MAX_DIRECTIVES_AT_ONE_PLACE = 4

# Levels of lists and objects within one argument or variable. No input type needs more, and what
# reads them recurses.
MAX_VALUE_DEPTH = 32


def too_large(name: str, found: int, allowed: int) -> QueryError:
    """The error for a bound that was passed, by its name."""
    return QueryError(
        Reason.OPERATION_TOO_LARGE,
        f"the operation's {name} is {found}, the limit is {allowed}",
        hint="Ask for less at once, or page.",
    ).with_details(limit=name, found=found, allowed=allowed)
