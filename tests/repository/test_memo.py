"""What an index was asked before."""

from __future__ import annotations

from gateway.repository.memo import Memo


def test_none_is_an_answer() -> None:
    memo = Memo(10_000)
    assert memo.get("q") is None
    memo.put("q", None)
    assert memo.get("q") == (None,)


def test_the_oldest_answers_make_room() -> None:
    memo = Memo(5_000)
    for number in range(10):
        memo.put(number, [1, 2, 3])
    assert memo.get(0) is None
    assert memo.get(9) == ([1, 2, 3],)


def test_what_is_too_long_is_not_kept() -> None:
    memo = Memo(5_000)
    memo.put("list", list(range(1000)))
    memo.put("text", "x" * 100_000)
    memo.put("map", {number: [number] for number in range(1000)})
    assert memo.get("list") is memo.get("text") is memo.get("map") is None
