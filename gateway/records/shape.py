"""Reading a decoded record field by field, refusing instead of coercing."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import TypeVar

from gateway.errors import Reason, RecordShapeError

T = TypeVar("T")

_NAMES = {str: "a string", bool: "true or false", int: "an integer"}


def _refuse(where: str, expected: str, value: object) -> RecordShapeError:
    found = "nothing" if value is None else type(value).__name__
    return RecordShapeError(
        Reason.RECORD_SHAPE,
        f"field {where} must be {expected}, found {found}",
        hint="Correct the field in the file and seal it again.",
    )


class Fields:
    """A mapping with a name, so that every refusal says which field it is about."""

    def __init__(self, values: Mapping[str, object], name: str = "") -> None:
        self._values = values
        self._name = name

    def _where(self, key: str) -> str:
        return f"{self._name}.{key}" if self._name else key

    def _scalar(self, key: str, kind: type[T]) -> T | None:
        value = self._values.get(key)
        if value is None:
            return None
        # bool is a subclass of int in Python, but not in YAML or in JSON.
        if not isinstance(value, kind) or (kind is not bool and isinstance(value, bool)):
            raise _refuse(self._where(key), _NAMES[kind], value)
        return value

    def text(self, key: str) -> str | None:
        # Most fields are texts, so they take no detour.
        value = self._values.get(key)
        if value is None or isinstance(value, str):
            return value
        raise _refuse(self._where(key), _NAMES[str], value)

    def flag(self, key: str) -> bool | None:
        return self._scalar(key, bool)

    def integer(self, key: str) -> int | None:
        value = self._scalar(key, int)
        # GraphQL's Int (October 2021, section 3.5.1) has 32 bits; a larger one could not be served.
        if value is not None and not -(2**31) <= value < 2**31:
            raise _refuse(self._where(key), "an integer of 32 bits", value)
        return value

    def required_text(self, key: str) -> str:
        value = self.text(key)
        if value is None:
            raise _refuse(self._where(key), "a string", None)
        return value

    def required_integer(self, key: str) -> int:
        value = self.integer(key)
        if value is None:
            raise _refuse(self._where(key), "an integer", None)
        return value

    def required_number(self, key: str) -> float:
        """Any JSON number. RFC 8785 writes 4.0 as 4, so a whole one comes back as an int."""
        value = self._values.get(key)
        if isinstance(value, bool) or not isinstance(value, int | float):
            raise _refuse(self._where(key), "a number", value)
        return float(value)

    def list(self, key: str) -> tuple[object, ...]:
        value = self._values.get(key)
        if value is None:
            return ()
        if not isinstance(value, list):
            raise _refuse(self._where(key), "a list", value)
        return tuple(value)

    def texts(self, key: str) -> tuple[str, ...]:
        return tuple(self._text_at(f"{key}[{n}]", item) for n, item in enumerate(self.list(key)))

    def _text_at(self, key: str, item: object) -> str:
        if not isinstance(item, str):
            raise _refuse(self._where(key), "a string", item)
        return item

    def nested(self, key: str) -> Fields:
        return self._mapping_at(key, self._values.get(key))

    def optional(self, key: str, build: Callable[[Fields], T]) -> T | None:
        """`build` applied to the mapping at `key`; None where there is none."""
        return None if self._values.get(key) is None else build(self.nested(key))

    def each(self, key: str, build: Callable[[Fields], T]) -> tuple[T, ...]:
        """`build` applied to every mapping of the list `key`; no list is an empty list."""
        items = self.list(key)
        return tuple(build(self._mapping_at(f"{key}[{n}]", item)) for n, item in enumerate(items))

    def _mapping_at(self, key: str, item: object) -> Fields:
        if not isinstance(item, Mapping):
            raise _refuse(self._where(key), "a mapping", item)
        return Fields(item, self._where(key))
