"""Inputs for parsers, made from valid ones: bytes that are edited, and trees that are edited before
they are written as JSON. Plans of edits are plain data, so that a failure shrinks and prints well.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from hypothesis import strategies as st

# No edit makes an input larger than this, so that a plan of edits cannot eat the machine.
LARGEST = 1 << 16
_COUNTS = st.sampled_from([1, 1, 1, 2, 3, 40, 3000])
_PLACES = st.integers(0, 1 << 16)
_LENGTHS = st.sampled_from([0, 1, 1, 2, 3, 8, 64])

# What breaks readers of text: NUL, a byte order mark, halves of characters, other line ends.
ODD = (b"\0", b"\xef\xbb\xbf", b"\xff", b"\xc3", b"\xed\xa0\x80", b"\xe2\x80\xa8", b"\r", b"\n")


@dataclass(frozen=True)
class Edit:
    """what: a name in `_EDITS`; at, to: places, taken modulo the length; word, count: what it puts
    there, and how often."""

    what: str
    at: int
    to: int
    length: int
    word: bytes
    count: int


def _flip(data: bytes, edit: Edit) -> bytes:
    at = edit.at % len(data)
    return data[:at] + bytes([data[at] ^ (1 << edit.to % 8)]) + data[at + 1 :]


def _cut(data: bytes, edit: Edit) -> bytes:
    at = edit.at % len(data)
    return data[:at] + data[at + edit.length :]


def _truncate(data: bytes, edit: Edit) -> bytes:
    return data[: edit.at % len(data)]


def _insert(data: bytes, edit: Edit) -> bytes:
    at = edit.at % (len(data) + 1)
    return data[:at] + edit.word * edit.count + data[at:]


def _replace(data: bytes, edit: Edit) -> bytes:
    at = edit.at % len(data)
    return data[:at] + edit.word * edit.count + data[at + edit.length :]


def _repeat(data: bytes, edit: Edit) -> bytes:
    at = edit.at % len(data)
    return data[:at] + data[at : at + edit.length] * edit.count + data[at:]


def _move(data: bytes, edit: Edit) -> bytes:
    at, to = edit.at % len(data), edit.to % len(data)
    piece, rest = data[at : at + edit.length], data[:at] + data[at + edit.length :]
    return rest[:to] + piece + rest[to:]


_EDITS: dict[str, Callable[[bytes, Edit], bytes]] = {
    "flip": _flip,
    "cut": _cut,
    "truncate": _truncate,
    "insert": _insert,
    "replace": _replace,
    "repeat": _repeat,
    "move": _move,
}


def edited(data: bytes, edits: Sequence[Edit]) -> bytes:
    for edit in edits:
        if data or edit.what == "insert":
            data = _EDITS[edit.what](data, edit)[:LARGEST]
    return data


def mutated(seeds: Sequence[bytes], words: Sequence[bytes] = ()) -> st.SearchStrategy[bytes]:
    """One of the seeds, flipped, cut, repeated, moved about and mixed with words."""
    chosen = st.sampled_from([*words, *ODD]) | st.binary(max_size=4)
    edits = st.builds(
        Edit, st.sampled_from(sorted(_EDITS)), _PLACES, _PLACES, _LENGTHS, chosen, _COUNTS
    )
    return st.builds(edited, st.sampled_from(list(seeds)), st.lists(edits, max_size=5))


class _Written(str):
    """JSON text, or what somebody might take for it, to be written as it stands."""

    __slots__ = ()


# One value of every type, and what readers are known to differ about or to break on.
_VALUES: tuple[Any, ...] = (
    None, True, False, 0, 1, -1, 2**31, 2**53, 2**64, 0.5, "", "a", "\0", "é", "A" * 300, [], {},
    [""], {"": ""}, [None], [[]],
    *map(_Written, (
        "-0", "1.0", "1e0", "1E400", "-1e400", "9" * 400, "9" * 5000, "NaN", "-Infinity",
        '"\\ud800"', '"\\udc00x"', '"\\u0000"', '"\\u00e9"', "01", "'a'", "", "//",
        "[" * 2000 + "]" * 2000, '{"a":' * 2000 + "1" + "}" * 2000, "[" * 70000,
    )),
)  # fmt: skip


class _Members(list[tuple[str, Any]]):
    """An object as a list of names and values, since a name may be made to stand twice."""


def _open(value: object) -> Any:
    if isinstance(value, dict):
        return _Members((name, _open(member)) for name, member in value.items())
    return [_open(item) for item in value] if isinstance(value, list) else value


def _write(value: object) -> str:
    if isinstance(value, _Written):
        return str(value)
    if isinstance(value, _Members):
        return "{" + ",".join(f"{_write(n)}:{_write(member)}" for n, member in value) + "}"
    if isinstance(value, list):
        return "[" + ",".join(map(_write, value)) + "]"
    return json.dumps(value, ensure_ascii=False)


_Place = tuple[list[Any], int]


def _places(value: list[Any]) -> Iterator[_Place]:
    """Every place of a tree where a value stands."""
    for at, item in enumerate(value):
        yield value, at
        inner = item[1] if isinstance(value, _Members) else item
        if isinstance(inner, list):
            yield from _places(inner)


def _get(place: _Place) -> Any:
    holder, at = place
    return holder[at][1] if isinstance(holder, _Members) else holder[at]


def _set(place: _Place, value: object) -> None:
    holder, at = place
    holder[at] = (holder[at][0], value) if isinstance(holder, _Members) else value


@dataclass(frozen=True)
class TreeEdit:
    """what: how to change the value at the place `at`, modulo how many there are; to: another."""

    what: str
    at: int
    to: int
    value: Any


def _edit_tree(root: list[Any], edit: TreeEdit) -> None:
    places = list(_places(root))
    place, other = places[edit.at % len(places)], places[edit.to % len(places)]
    holder, at = place
    if edit.what == "set":
        _set(place, _open(edit.value))
    elif edit.what == "copy":
        _set(place, _open(json.loads(_plain(_get(other)))))
    elif edit.what == "nest":
        _set(place, [_get(place)] if edit.to % 2 else _Members([("and", _get(place))]))
    elif edit.what == "remove" and holder is not root:
        del holder[at]
    elif edit.what == "twice":
        holder.insert(edit.to % (len(holder) + 1) if holder is not root else 1, holder[at])
    elif edit.what == "rename" and isinstance(holder, _Members):
        holder[at] = (str(edit.value)[:40], _get(place))


def _plain(value: object) -> str:
    """The value as JSON without what only looks like it, which cannot be read back."""
    if isinstance(value, _Written):
        return "null"
    if isinstance(value, _Members):
        return json.dumps({name: json.loads(_plain(member)) for name, member in value})
    if isinstance(value, list):
        return "[" + ",".join(map(_plain, value)) + "]"
    return json.dumps(value)


def edited_tree(tree: object, edits: Sequence[TreeEdit]) -> bytes:
    root = [_open(tree)]
    for edit in edits:
        _edit_tree(root, edit)
    return _write(root[0]).encode("utf-8", "surrogatepass")[:LARGEST]


_TREE_EDITS = ("set", "set", "copy", "nest", "remove", "twice", "rename")


def mutated_json(trees: Sequence[object], *values: object) -> st.SearchStrategy[bytes]:
    """One of the trees as JSON, with values of other types, missing, doubled, nested and moved;
    values: what else might stand somewhere."""
    edits = st.builds(
        TreeEdit,
        st.sampled_from(_TREE_EDITS),
        _PLACES,
        _PLACES,
        st.sampled_from([*_VALUES, *values]),
    )
    return st.builds(edited_tree, st.sampled_from(list(trees)), st.lists(edits, max_size=4))


def each_changed_once(tree: object) -> Iterator[bytes]:
    """The tree as JSON with one thing wrong, for each place in it and each thing that can be: a
    value of another type, none, two, or one level too many."""
    changes = [("remove", None), ("twice", None), ("nest", None), *(("set", v) for v in _VALUES)]
    for at in range(sum(1 for _ in _places([_open(tree)]))):
        for what, value in changes:
            yield edited_tree(tree, [TreeEdit(what, at, 0, value)])
