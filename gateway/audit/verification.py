"""Every record of a corpus judged once, on as many cores as there are."""

from __future__ import annotations

import multiprocessing
import os
import signal
import time
from collections import deque
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import Future, ProcessPoolExecutor
from concurrent.futures.process import BrokenProcessPool
from contextlib import contextmanager
from itertools import islice

from gateway.audit.bench import Bench
from gateway.audit.judgement import Judgement
from gateway.errors import Reason, SealgateError

# Enough for the way between two processes to cost little, few enough for a bar to move.
_CHUNK = 128
# Below this a second process takes longer to start than it saves.
_FEW = 2000

Progress = Callable[[int, int], None]


class Verification:
    """The judgements of the records at `paths`, in their order, each made as it is asked for.

    At most a few chunks are under way at a time, so that memory does not grow with the corpus.
    jobs: how many processes judge; None takes one for each core, and one alone for few files.
    seconds: what it took, by a clock that only goes forward, once the end was reached.
    """

    def __init__(
        self,
        bench: Bench,
        paths: Sequence[str],
        jobs: int | None = None,
        progress: Progress | None = None,
    ) -> None:
        self.jobs = jobs or _jobs_for(len(paths))
        self.seconds = 0.0
        self._bench = bench
        self._paths = paths
        self._progress = progress

    def __iter__(self) -> Iterator[Judgement]:
        """Raises SealgateError(INTERNAL) when a process dies before it answered."""
        begun = time.perf_counter()
        made = self._here() if self.jobs == 1 else self._elsewhere()
        for number, judgement in enumerate(made, start=1):
            yield judgement
            if self._progress is not None:
                self._progress(number, len(self._paths))
        self.seconds = time.perf_counter() - begun

    @property
    def records_per_second(self) -> float:
        """0 before the end was reached."""
        return len(self._paths) / self.seconds if self.seconds else 0.0

    def _here(self) -> Iterator[Judgement]:
        return map(self._bench.judge, self._paths)

    def _elsewhere(self) -> Iterator[Judgement]:
        starts = range(0, len(self._paths), _CHUNK)
        chunks = (self._paths[start : start + _CHUNK] for start in starts)
        with _pool(self.jobs) as pool:
            first = islice(chunks, 2 * self.jobs)
            pending = deque(pool.submit(_judge_chunk, self._bench, chunk) for chunk in first)
            while pending:
                answer = _result(pending.popleft())
                pending.extend(
                    pool.submit(_judge_chunk, self._bench, chunk) for chunk in islice(chunks, 1)
                )
                yield from answer


def _jobs_for(files: int) -> int:
    return 1 if files < _FEW else os.cpu_count() or 1


def _judge_chunk(bench: Bench, paths: Sequence[str]) -> list[Judgement]:
    return [bench.judge(path) for path in paths]


@contextmanager
def _pool(jobs: int) -> Iterator[ProcessPoolExecutor]:
    """Started afresh everywhere (spawn): a copy of a process that has threads may hang.

    Ctrl+C is for the process that a person started, which then sends the others home.
    """
    pool = ProcessPoolExecutor(
        jobs,
        multiprocessing.get_context("spawn"),
        initializer=signal.signal,
        initargs=(signal.SIGINT, signal.SIG_IGN),
    )
    try:
        yield pool
    finally:
        pool.shutdown(cancel_futures=True)


def _result(answer: Future[list[Judgement]]) -> list[Judgement]:
    try:
        return answer.result()
    except BrokenProcessPool:
        message = "a verifying process ended before it answered"
        hint = "If memory is short, ask for fewer: --jobs 1."
        raise SealgateError(Reason.INTERNAL, message, hint=hint) from None
