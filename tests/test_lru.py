"""What was needed last."""

from __future__ import annotations

from gateway.lru import Lru


def filled(capacity: float, *keys: str) -> Lru[str, str]:
    kept: Lru[str, str] = Lru(capacity)
    for key in keys:
        kept.put(key, key.upper(), 1)
    return kept


def test_what_is_kept_is_found() -> None:
    kept = filled(2, "a", "b")
    assert (kept.get("a"), kept.get("b"), kept.get("c")) == ("A", "B", None)


def test_what_was_not_asked_for_the_longest_makes_room() -> None:
    kept = filled(2, "a", "b")
    kept.get("a")
    kept.put("c", "C", 1)
    assert (kept.get("a"), kept.get("b"), kept.get("c")) == ("A", None, "C")


def test_all_together_is_never_more_than_there_is_room_for() -> None:
    kept = filled(10)
    for number in range(100):
        kept.put(str(number % 7), "x", number % 11)
        assert kept.weighs <= 10


def test_what_is_put_again_counts_once() -> None:
    kept = filled(2, "a", "a", "a")
    assert (len(kept), kept.weighs) == (1, 1)


def test_what_is_too_much_alone_is_not_kept_and_pushes_nothing_out() -> None:
    kept = filled(2, "a", "b")
    kept.put("c", "C", 3)
    assert (kept.get("a"), kept.get("c")) == ("A", None)


def test_what_grew_too_large_is_not_kept_as_it_was() -> None:
    kept = filled(2, "a")
    kept.put("a", "longer", 3)
    assert (kept.get("a"), kept.weighs) == (None, 0)


def test_after_a_clearing_there_is_room_again() -> None:
    kept = filled(2, "a", "b")
    kept.clear()
    assert (len(kept), kept.weighs, kept.get("a")) == (0, 0, None)
