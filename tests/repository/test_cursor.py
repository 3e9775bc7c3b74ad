"""Cursors are opaque, and nobody but a gateway can make one."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gateway.errors import QueryError, Reason
from gateway.repository.cursor import Cursor, CursorCodec
from tests.support.fuzz import fuzz

CODEC = CursorCodec(b"k" * 32)


@fuzz
@given(st.integers(0, 2**53), st.text(st.characters(exclude_categories=["Cs"]), max_size=200))
def test_a_cursor_comes_back(snapshot: int, path: str) -> None:
    cursor = Cursor(snapshot, path, "0123")
    assert CODEC.decode(CODEC.encode(cursor)) == cursor


@fuzz
@given(st.text())
def test_anything_else_is_refused(text: str) -> None:
    with pytest.raises(QueryError) as caught:
        CODEC.decode(text)
    assert caught.value.code is Reason.CURSOR_INVALID


@fuzz
@given(st.integers(0, 10**9))
def test_a_changed_cursor_is_refused(position: int) -> None:
    text = CODEC.encode(Cursor(7, "_news/a.md", "0123"))
    index = position % len(text)
    changed = text[:index] + ("A" if text[index] != "A" else "B") + text[index + 1 :]
    with pytest.raises(QueryError):
        CODEC.decode(changed)


def test_a_cursor_of_another_store_is_refused() -> None:
    with pytest.raises(QueryError):
        CODEC.decode(CursorCodec(b"x" * 32).encode(Cursor(1, "a", "0123")))
