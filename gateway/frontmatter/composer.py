"""From YAML events to plain Python values, without recursion and within bounds.

libyaml's event parser is a state machine and does not recurse; the composer and the constructor
that PyYAML puts on top of it do, and take the process down at some 40,000 nested brackets. So
only the events are used, and the stack here is a list that is bounded.
"""

from __future__ import annotations

import re
from bisect import bisect_left
from collections.abc import Callable
from functools import cached_property
from typing import Any

import yaml

from gateway.errors import FrontMatterError, Reason
from gateway.frontmatter.limits import Limits
from gateway.frontmatter.scalars import Scalar, is_text, resolve_plain

Value = Scalar | list["Value"] | dict[str, "Value"]


class _Frame:
    """One open collection; `key` is the mapping key that waits for its value."""

    __slots__ = ("is_mapping", "key", "value")

    def __init__(self, value: list[Value] | dict[str, Value]) -> None:
        # Which of the two it is was decided once; asking again for each value takes longer.
        self.value: Any = value
        self.is_mapping = isinstance(value, dict)
        self.key: str | None = None

    def put(self, value: Value) -> None:
        if self.is_mapping:
            self.value[self.key] = value
            self.key = None
        else:
            self.value.append(value)


class _Lines:
    """Line numbers as editors count them, from the index of a character.

    YAML 1.1, which libyaml follows, also breaks lines at U+0085, U+2028 and U+2029; YAML 1.2 and
    everybody else do not. Its lines also go one too far at the end of a text without a newline.
    """

    def __init__(self, text: str, first: int) -> None:
        self._text = text
        self._first = first

    @cached_property
    def _ends(self) -> list[int]:
        return [match.start() for match in re.finditer("\n", self._text)]

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
    """Takes events in their order. root is what they made, keys where its keys begin."""

    def __init__(self, lines: _Lines, limits: Limits) -> None:
        self._limits = limits
        self._lines = lines
        # Below all others lies a list that takes the root.
        self._frame = _Frame([])
        self._stack = [self._frame]
        self._nodes = 0
        self._documents = 0
        self.keys: dict[str, int] = {}

    @property
    def root(self) -> Value:
        found: list[Value] = self._stack[0].value
        return found[0] if found else None

    def _refuse(self, reason: Reason, message: str, event: yaml.Event) -> FrontMatterError:
        return FrontMatterError(reason, message, line=self._lines.of(event.start_mark))

    def start_document(self, event: yaml.DocumentStartEvent) -> None:
        self._documents += 1
        if self._documents > 1:
            raise self._refuse(Reason.YAML_SECOND_DOCUMENT, "a second document begins here", event)
        if event.version is not None or event.tags:
            raise self._refuse(Reason.YAML_DIRECTIVE, "directives are not allowed", event)

    def _unwelcome(self, event: yaml.ScalarEvent | yaml.CollectionStartEvent) -> FrontMatterError:
        """What no node may carry, or one node too many."""
        if event.anchor is not None:
            return self._refuse(Reason.YAML_ANCHOR, f"anchor &{event.anchor:.40} found", event)
        if event.tag is not None:
            return self._refuse(Reason.YAML_TAG, f"tag {event.tag:.40} found", event)
        message = f"more than {self._limits.nodes} values"
        return self._refuse(Reason.YAML_TOO_MANY_NODES, message, event)

    def scalar(self, event: yaml.ScalarEvent) -> None:
        # Three events of four come here, so nothing is called that need not be.
        self._nodes += 1
        if event.anchor is not None or event.tag is not None or self._nodes > self._limits.nodes:
            raise self._unwelcome(event)
        value: Any = event.value
        if "\0" in value:
            raise self._refuse(Reason.YAML_NUL, "a string holds a NUL character", event)
        frame = self._frame
        if frame.is_mapping and frame.key is None:
            frame.key = self._key(event, value, frame.value)
            return
        if event.implicit[0] and not is_text(value):
            value = self._resolve(event, value)
        frame.put(value)

    def _key(self, event: yaml.ScalarEvent, key: str, mapping: dict[str, Value]) -> str:
        if event.implicit[0]:
            if key == "<<":
                raise self._refuse(Reason.YAML_MERGE_KEY, "merge keys are not allowed", event)
            if not is_text(key):
                self._require_text(event, key)
        if key in mapping:
            message = f"the key {key[:40]!r} stands twice"
            raise self._refuse(Reason.YAML_DUPLICATE_KEY, message, event)
        if len(self._stack) == 2:
            self.keys[key] = event.start_mark.index if event.start_mark else 0
        return key

    def _require_text(self, event: yaml.ScalarEvent, key: str) -> None:
        if not isinstance(self._resolve(event, key), str):
            message = f"the key {key:.40} is not a string"
            raise self._refuse(Reason.YAML_KEY_NOT_STRING, message, event)

    def _resolve(self, event: yaml.ScalarEvent, text: str) -> Scalar:
        try:
            return resolve_plain(text)
        except FrontMatterError as error:
            raise error.on(self._lines.of(event.start_mark)) from None

    def open(self, event: yaml.CollectionStartEvent) -> None:
        self._nodes += 1
        if event.anchor is not None or event.tag is not None or self._nodes > self._limits.nodes:
            raise self._unwelcome(event)
        frame = self._frame
        if frame.is_mapping and frame.key is None:
            raise self._refuse(Reason.YAML_KEY_NOT_STRING, "a key is a collection", event)
        if len(self._stack) > self._limits.depth:
            message = f"nested deeper than {self._limits.depth} levels"
            raise self._refuse(Reason.YAML_TOO_DEEP, message, event)
        value: list[Value] | dict[str, Value]
        value = {} if isinstance(event, yaml.MappingStartEvent) else []
        frame.put(value)
        self._frame = _Frame(value)
        self._stack.append(self._frame)

    def close(self, _event: yaml.CollectionEndEvent) -> None:
        self._stack.pop()
        self._frame = self._stack[-1]

    def refuse_alias(self, event: yaml.AliasEvent) -> None:
        raise self._refuse(Reason.YAML_ANCHOR, "aliases are not allowed", event)


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


def compose(text: str, limits: Limits, first_line: int) -> tuple[Value, dict[str, int]]:
    """The one document in `text`, and the index of the first character of each top-level key.

    Lines are numbered so that the first line of `text` is `first_line`. Raises FrontMatterError.
    """
    lines = _Lines(text, first_line)
    composer = _Composer(lines, limits)
    try:
        # Not through yaml.parse, which asks the parser twice for each event.
        next_event = yaml.CSafeLoader(text).get_event
        while (event := next_event()) is not None:
            handler = _HANDLERS.get(type(event))
            if handler is not None:
                handler(composer, event)
    except yaml.YAMLError as error:
        problem = getattr(error, "problem", None) or getattr(error, "reason", None) or "not YAML"
        line = lines.of_error(error)
        raise FrontMatterError(Reason.YAML_SYNTAX, str(problem), line=line) from None
    return composer.root, composer.keys
