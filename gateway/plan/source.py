"""The Python source of a plan while it is written."""

from __future__ import annotations

import textwrap
import weakref
from collections.abc import Sequence
from typing import Any


class Source:
    """Functions as text, and the objects that they name."""

    def __init__(self) -> None:
        self._functions: list[str] = []
        self._names: dict[str, Any] = {}

    @property
    def text(self) -> str:
        return "\n\n".join(self._functions)

    def bind(self, prefix: str, value: object) -> str:
        """A name under which the functions see a value."""
        name = f"{prefix}{len(self._names)}"
        self._names[name] = value
        return name

    def function(self, prefix: str, body: Sequence[str], *, is_async: bool) -> str:
        """Write a function of the object `o` in the run `x`; its name."""
        name = self.bind(prefix, None)
        keyword = "async def" if is_async else "def"
        self._functions.append(
            f"{keyword} {name}(o, x):\n" + textwrap.indent("\n".join(body), "    ")
        )
        return name

    def compile(self, name: str) -> Any:
        """The function of this name, with all that it calls."""
        exec(compile(self.text, "<plan>", "exec"), self._names)  # noqa: S102  our own text
        return self._names[name]

    def lives_with(self, owner: object) -> None:
        """Whoever owns the functions takes them along when it goes. They hold on to their names,
        and the names to them: until all objects are looked at, which is rare (gateway.memory)."""
        weakref.finalize(owner, self._names.clear).atexit = False
