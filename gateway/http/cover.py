"""What stands around an answer: its headers, which the headers of the request decide.

Whatever the body of a POST asks for, an answer without errors is of the type that Accept prefers,
open to the page that Origin names, and kept by nobody. So whoever has seen one such answer knows
the headers of all others to requests that differ in nothing but their bodies.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

Header = tuple[bytes, bytes]

_LENGTH = b"content-length"


def wire(headers: Sequence[Header]) -> bytes:
    """Headers as they go over the wire."""
    return b"".join([b"%b: %b\r\n" % header for header in headers])


@dataclass(frozen=True, slots=True)
class Reply:
    """A response but for the headers that change. head: the others as they go over the wire;
    operation: its name, if the client gave it one."""

    headers: tuple[Header, ...]
    head: bytes
    body: bytes
    operation: str | None


@dataclass(frozen=True, slots=True)
class Cover:
    """Headers before and after the one that says how long the body is."""

    before: tuple[Header, ...]
    after: tuple[Header, ...]
    head: tuple[bytes, bytes]

    def around(self, body: bytes, operation: str | None) -> Reply:
        length = str(len(body)).encode()
        begin, end = self.head
        return Reply(
            (*self.before, (_LENGTH, length), *self.after),
            b"%bcontent-length: %b\r\n%b" % (begin, length, end),
            body,
            operation,
        )


def cover_of(reply: Reply) -> Cover | None:
    """None for a reply that does not say how long it is."""
    names = [name.lower() for name, _ in reply.headers]
    if names.count(_LENGTH) != 1:
        return None
    place = names.index(_LENGTH)
    before, after = reply.headers[:place], reply.headers[place + 1 :]
    return Cover(before, after, (wire(before), wire(after)))
