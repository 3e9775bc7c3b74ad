"""What a fuzz test needs to know of a parser."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

from hypothesis import strategies as st

from gateway.errors import SealgateError
from tests.support.mutations import mutated, mutated_json

Check = Callable[[bytes], None]


@contextmanager
def shown(data: bytes) -> Iterator[None]:
    """Whatever fails in the block says what it failed at."""
    try:
        yield
    except BaseException as error:
        error.add_note(f"the input was {data[:2000]!r}")
        raise


def text_of(data: bytes) -> str:
    """Any bytes as text, those that are not UTF-8 as lone surrogates, which break encoders."""
    return data.decode("utf-8", "surrogateescape")


@dataclass(frozen=True, repr=False)
class Parser:
    """name: of the parser, in the table of docs/fuzzing.md.

    check: parses, and asserts what must hold of whatever is accepted; it raises SealgateError, and
    nothing else, where the input is refused. seeds: inputs that are accepted. words: what has a
    meaning in the language. trees, wrap: JSON values that `wrap` makes accepted inputs of, once
    they are written.
    """

    name: str
    check: Check
    seeds: Sequence[bytes]
    words: Sequence[bytes] = ()
    trees: Sequence[Any] = ()
    wrap: Callable[[bytes], bytes] = field(default=bytes)

    def __repr__(self) -> str:
        return self.name  # a failure is to show the input, and not this

    def near_valid(self) -> st.SearchStrategy[bytes]:
        """Valid inputs, damaged by somebody who knows the language."""
        edited = mutated(self.seeds, self.words)
        return edited | mutated_json(self.trees).map(self.wrap) if self.trees else edited

    def accepts(self, data: bytes) -> bool:
        """Raises what a parser must not raise."""
        try:
            self.check(data)
        except SealgateError:
            return False
        return True
