"""Work on a large corpus, shared by processes that must not outlive whoever gave it."""

from __future__ import annotations

import os
import pickle
import signal
import subprocess
import sys
from collections.abc import Iterator

import pytest

from gateway.crew import ALONE, Crew
from gateway.errors import FrontMatterError, Reason, SealgateError
from gateway.store.spool import Spool
from tests.support.process import PATIENCE


def double(number: int) -> int:
    return 2 * number


def where(_: int) -> int:
    return os.getpid()


def die(number: int) -> int:
    if number == 3:
        os.kill(os.getpid(), signal.SIGKILL)
    return number


def fail(number: int) -> int:
    if number == 3:
        raise ZeroDivisionError("three")
    return number


@pytest.fixture
def crew() -> Crew:
    return Crew(2, worthwhile=1)


def test_results_come_in_the_order_of_tasks(crew: Crew) -> None:
    assert list(crew.map(double, range(50), 50)) == [2 * number for number in range(50)]


def test_other_processes_work_and_end_when_nobody_is_inside_any_more(crew: Crew) -> None:
    with crew:
        first = set(crew.map(where, range(20), 20))
        second = set(crew.map(where, range(20), 20))
    numbers = first | second
    assert os.getpid() not in numbers
    assert len(numbers) <= 2
    for number in numbers:
        with pytest.raises(ProcessLookupError):
            os.kill(number, 0)


@pytest.mark.parametrize("alone", [ALONE, Crew(2, worthwhile=21)])
def test_too_little_work_is_done_in_this_process(alone: Crew) -> None:
    assert set(alone.map(where, range(20), 20)) == {os.getpid()}


def test_a_process_that_dies_is_a_typed_error_and_the_next_work_has_others(crew: Crew) -> None:
    with crew:
        with pytest.raises(SealgateError, match="signal 9") as caught:
            list(crew.map(die, range(10), 10))
        assert caught.value.code is Reason.PROCESS_LOST
        assert list(crew.map(double, range(4), 4)) == [0, 2, 4, 6]


def test_work_that_fails_is_a_typed_error(crew: Crew) -> None:
    with pytest.raises(SealgateError, match="ZeroDivisionError: three") as caught:
        list(crew.map(fail, range(10), 10))
    assert caught.value.code is Reason.PROCESS_LOST


def test_only_a_few_tasks_are_taken_up_before_their_results_are_wanted(crew: Crew) -> None:
    taken: list[int] = []

    def tasks() -> Iterator[int]:
        for number in range(1000):
            taken.append(number)
            yield number

    results = crew.map(double, tasks(), 1000)
    assert [next(results), next(results)] == [0, 2]
    assert len(taken) < 10
    results.close()  # type: ignore[attr-defined]


def test_an_error_comes_out_of_a_process_as_it_went_in() -> None:
    error = FrontMatterError(Reason.YAML_TAG, "tag", path="a.md", line=3, hint="Remove it.")
    copy = pickle.loads(pickle.dumps(error))
    assert type(copy) is FrontMatterError
    assert copy.document() == error.document()


@pytest.mark.parametrize("in_memory", [1, 1 << 20])
def test_what_was_spooled_comes_back_in_its_order_and_more_than_once(in_memory: int) -> None:
    with Spool[int](in_memory) as spool:
        for batch in ([1, 2], [], [3]):
            spool.put(batch)
        assert [list(batch) for batch in spool.batches()] == [[1, 2], [3]]
        assert [list(batch) for batch in spool.batches()] == [[1, 2], [3]]
        assert len(spool) == 3


ORPHAN = """
import os
from gateway.crew import Crew
from tests.test_crew import where
with Crew(2, worthwhile=1) as crew:
    print(*set(crew.map(where, range(20), 20)), flush=True)
    os.kill(os.getpid(), 9)
"""


def test_whoever_is_killed_leaves_no_process_behind_and_may_be_any_program() -> None:
    """It has no file that could be run again, and ends without a chance to say so. The pipes of
    its output, which they have, too, are closed once nobody is left."""
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join(filter(None, sys.path))}
    done = subprocess.run(
        [sys.executable, "-"],
        input=ORPHAN,
        env=environment,
        capture_output=True,
        text=True,
        check=False,
        timeout=PATIENCE,
    )
    assert done.returncode == -signal.SIGKILL, done.stderr
    assert done.stdout.split()
