"""What took how long within a request, for whoever traces; nothing where nobody does."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from contextlib import AbstractContextManager, nullcontext
from contextvars import ContextVar

Attributes = Mapping[str, str | int]

# What makes the block of a span, given its name; None where nobody traces.
CURRENT: ContextVar[Callable[[str, Attributes], AbstractContextManager[None]] | None] = ContextVar(
    "spans", default=None
)

_NOTHING: AbstractContextManager[None] = nullcontext()


def span(name: str, **attributes: str | int) -> AbstractContextManager[None]:
    """The block that a span covers. Attributes are never a client's text, but for its bounded name
    of an operation."""
    make = CURRENT.get()
    return _NOTHING if make is None else make(name, attributes)
