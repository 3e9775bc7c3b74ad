"""From YAML events to plain Python values, without recursion and within bounds.

libyaml's event parser is a state machine and does not recurse; the composer and the constructor
that PyYAML puts on top of it do, and take the process down at some 40,000 nested brackets. So
only the events are used, and the stack here is a list that is bounded.
"""

from __future__ import annotations

import re
from bisect import bisect_left
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

import yaml

from gateway.errors import FrontMatterError, Reason
from gateway.frontmatter.limits import Limits
from gateway.frontmatter.scalars import Scalar, is_text, resolve_plain

Value = Scalar | list["Value"] | dict[str, "Value"]


@dataclass(frozen=True)
class KeyMark:
    """Where a key stands: its line, and the index of its first character in the text."""

    line: int
    start: int


class _Frame:
    """One open collection; `key` is the mapping key that waits for its value."""

    __slots__ = ("is_mapping", "key", "value")

    def __init__(self, value: list[Value] | dict[str, Value]) -> None:
        # Which of the two it is was decided once; asking again for each value takes longer.
        self.value: Any = value
        self.is_mapping = isinstance(value, dict)
        self.key: str | None = None


class _Lines:
    """Line numbers as editors count them, from the index of a character.

    YAML 1.1, which libyaml follows, also breaks lines at U+0085, U+2028 and U+2029; YAML 1.2 and
    everybody else do not. Its lines also go one too far at the end of a text without a newline.
    """

    def __init__(self, text: str, first: int) -> None:
        self._text = text
        self._first = first
        self._ends = [match.start() for match in re.finditer("\n", text)]

    def of(self, mark: Any) -> int:
        return self._first + bisect_left(self._ends, mark.index)

    def of_error(self, error: yaml.YAMLError) -> int:
        mark = getattr(error, "problem_mark", None)
        if mark is not None:
            return self.of(mark)
        # A character that YAML forbids comes without a mark, at an offset in the text as UTF-8.
        offset = getattr(error, "position", 0)
        return self._first + self._text.encode().count(b"\n", 0, offset)


class _Composer:
    def __init__(self, lines: _Lines, limits: Limits) -> None:
        self._limits = limits
        self._lines = lines
        self._stack: list[_Frame] = []
        self._nodes = 0
        self._documents = 0
        self.root: Value = None
        self.keys: dict[str, KeyMark] = {}

    def line(self, event: yaml.Event) -> int:
        return self._lines.of(event.start_mark)

    def _refuse(self, reason: Reason, message: str, event: yaml.Event) -> FrontMatterError:
        return FrontMatterError(reason, message, line=self.line(event))

    def start_document(self, event: yaml.DocumentStartEvent) -> None:
        self._documents += 1
        if self._documents > 1:
            raise self._refuse(Reason.YAML_SECOND_DOCUMENT, "a second document begins here", event)
        if event.version is not None or event.tags:
            raise self._refuse(Reason.YAML_DIRECTIVE, "directives are not allowed", event)

    def _admit(self, event: yaml.ScalarEvent | yaml.CollectionStartEvent) -> None:
        """Refuse what no node may carry, and count it."""
        if event.anchor is not None:
            raise self._refuse(Reason.YAML_ANCHOR, f"anchor &{event.anchor:.40} found", event)
        if event.tag is not None:
            raise self._refuse(Reason.YAML_TAG, f"tag {event.tag:.40} found", event)
        self._nodes += 1
        if self._nodes > self._limits.nodes:
            message = f"more than {self._limits.nodes} values"
            raise self._refuse(Reason.YAML_TOO_MANY_NODES, message, event)

    def scalar(self, event: yaml.ScalarEvent) -> None:
        self._admit(event)
        value: Any = event.value
        if "\0" in value:
            raise self._refuse(Reason.YAML_NUL, "a string holds a NUL character", event)
        stack = self._stack
        if stack:
            frame = stack[-1]
            if frame.key is None and frame.is_mapping:
                frame.key = self._key(event, frame.value)
                return
        if event.implicit[0] and not is_text(value):
            value = resolve_plain(value, self.line(event))
        self._place(value)

    def _key(self, event: yaml.ScalarEvent, mapping: dict[str, Value]) -> str:
        key: str = event.value
        if event.implicit[0]:
            if key == "<<":
                raise self._refuse(Reason.YAML_MERGE_KEY, "merge keys are not allowed", event)
            if not is_text(key) and not isinstance(resolve_plain(key, self.line(event)), str):
                message = f"the key {key:.40} is not a string"
                raise self._refuse(Reason.YAML_KEY_NOT_STRING, message, event)
        if key in mapping:
            message = f"the key {key[:40]!r} stands twice"
            raise self._refuse(Reason.YAML_DUPLICATE_KEY, message, event)
        if len(self._stack) == 1:
            start = event.start_mark.index if event.start_mark else 0
            self.keys[key] = KeyMark(self.line(event), start)
        return key

    def open(self, event: yaml.CollectionStartEvent) -> None:
        self._admit(event)
        if self._stack and self._stack[-1].is_mapping and self._stack[-1].key is None:
            raise self._refuse(Reason.YAML_KEY_NOT_STRING, "a key is a collection", event)
        if len(self._stack) >= self._limits.depth:
            message = f"nested deeper than {self._limits.depth} levels"
            raise self._refuse(Reason.YAML_TOO_DEEP, message, event)
        value: list[Value] | dict[str, Value]
        value = {} if isinstance(event, yaml.MappingStartEvent) else []
        self._place(value)
        self._stack.append(_Frame(value))

    def close(self, _event: yaml.CollectionEndEvent) -> None:
        self._stack.pop()

    def refuse_alias(self, event: yaml.AliasEvent) -> None:
        raise self._refuse(Reason.YAML_ANCHOR, "aliases are not allowed", event)

    def _place(self, value: Value) -> None:
        if not self._stack:
            self.root = value
            return
        frame = self._stack[-1]
        if frame.is_mapping:
            frame.value[frame.key] = value
            frame.key = None
        else:
            frame.value.append(value)


# Events by their exact types, which is what libyaml's binding makes. The others say nothing.
_HANDLERS: dict[type[yaml.Event], Callable[[_Composer, Any], None]] = {
    yaml.ScalarEvent: _Composer.scalar,
    yaml.MappingStartEvent: _Composer.open,
    yaml.SequenceStartEvent: _Composer.open,
    yaml.MappingEndEvent: _Composer.close,
    yaml.SequenceEndEvent: _Composer.close,
    yaml.DocumentStartEvent: _Composer.start_document,
    yaml.AliasEvent: _Composer.refuse_alias,
}


def _events(text: str, lines: _Lines) -> Iterator[yaml.Event]:
    try:
        yield from yaml.parse(text, Loader=yaml.CSafeLoader)
    except yaml.YAMLError as error:
        problem = getattr(error, "problem", None) or getattr(error, "reason", None) or "not YAML"
        line = lines.of_error(error)
        raise FrontMatterError(Reason.YAML_SYNTAX, str(problem), line=line) from None


def compose(text: str, limits: Limits, first_line: int) -> tuple[Value, dict[str, KeyMark]]:
    """The one document in `text`, and the place of each of its top-level keys.

    Lines are numbered so that the first line of `text` is `first_line`. Raises FrontMatterError.
    """
    lines = _Lines(text, first_line)
    composer = _Composer(lines, limits)
    for event in _events(text, lines):
        handler = _HANDLERS.get(type(event))
        if handler is not None:
            handler(composer, event)
    return composer.root, composer.keys
