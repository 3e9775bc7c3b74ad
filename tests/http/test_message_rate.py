"""Messages a second from one client."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from gateway.http.message_rate import MessageRate
from tests.support.fuzz import fuzz


class Clock:
    def __init__(self) -> None:
        self.now = 0.0

    def __call__(self) -> float:
        return self.now


def test_as_many_as_a_second_allows_may_come_at_once_and_no_more() -> None:
    rate = MessageRate(5, Clock())
    assert [rate.admits() for _ in range(7)] == [True] * 5 + [False] * 2


def test_time_gives_them_back() -> None:
    clock = Clock()
    rate = MessageRate(4, clock)
    assert all(rate.admits() for _ in range(4))
    clock.now = 0.5
    assert [rate.admits() for _ in range(3)] == [True, True, False]


@fuzz
@given(st.integers(1, 50), st.lists(st.floats(0, 0.2), max_size=200))
def test_in_any_stretch_no_more_are_admitted_than_a_second_more_than_it_lasts(
    a_second: int, pauses: list[float]
) -> None:
    clock = Clock()
    rate = MessageRate(a_second, clock)
    admitted = 0
    for pause in pauses:
        clock.now += pause
        admitted += rate.admits()
    assert admitted <= a_second * (1 + clock.now) + 1e-6
