"""Processes of our own that share the work on a large corpus (docs/adr/0020)."""

from __future__ import annotations

import gc
import os
import pickle
import queue
import signal
import subprocess
import sys
import threading
from collections import deque
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import suppress
from dataclasses import dataclass
from itertools import islice
from multiprocessing.connection import Connection, Pipe
from types import TracebackType
from typing import Any, Self, TypeVar

from gateway.errors import Reason, SealgateError

T = TypeVar("T")
R = TypeVar("R")

# For fewer records than these, starting processes takes longer than it saves.
WORTHWHILE = 2000
# Seconds that a process may take to end once nobody wants anything of it any more.
_GRACE = 5.0


def cores() -> int:
    """How many cores this process may use."""
    if hasattr(os, "sched_getaffinity"):
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1


@dataclass(frozen=True)
class _Failure:
    """What work that should not fail said when it did."""

    text: str


class _Member:
    """One process, and the pipe to it; nobody else has an end of that."""

    def __init__(self) -> None:
        self._pipe, theirs = Pipe()
        number = theirs.fileno()
        # A fresh interpreter: threads and database connections of this one survive no fork. It
        # knows nothing of the program that runs here, as those of `multiprocessing` do, which
        # would run it again.
        program = (
            f"import sys; sys.path[:] = {sys.path!r}; from gateway.crew import labour;"
            f" labour({number})"
        )
        self.process = subprocess.Popen(
            [sys.executable, "-c", program], stdin=subprocess.DEVNULL, pass_fds=[number]
        )
        theirs.close()
        self._work: object = None

    def do(self, work: Callable[[T], R], task: T) -> R:
        """Raises SealgateError(PROCESS_LOST) when the process ended, or its work failed."""
        try:
            if self._work is not work:
                self._pipe.send_bytes(pickle.dumps((True, work)))
                self._work = work
            self._pipe.send_bytes(pickle.dumps((False, task), pickle.HIGHEST_PROTOCOL))
            found: Any = pickle.loads(self._pipe.recv_bytes())  # noqa: S301  our own process
        except (EOFError, OSError):
            raise _lost(f"a process that shared the work ended ({self._how()})") from None
        if isinstance(found, _Failure):
            raise _lost(f"a process that shared the work failed: {found.text}")
        result: R = found
        return result

    def _how(self) -> str:
        try:
            code = self.process.wait(_GRACE)
        except subprocess.TimeoutExpired:
            return "its pipe broke"
        return f"signal {-code}" if code < 0 else f"exit status {code}"

    def end(self) -> None:
        """At the latest when it has done what it was given last."""
        self._pipe.close()
        try:
            self.process.wait(_GRACE)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait()


class Crew:
    """Up to `size` processes that work side by side; with 1 all is done in this one.

    They run while somebody is inside a `with` block of the crew; blocks may overlap, in several
    threads, too.
    """

    def __init__(self, size: int, worthwhile: int = WORTHWHILE) -> None:
        self.size = size
        self._worthwhile = worthwhile
        self._lock = threading.Lock()
        self._inside = 0
        self._members: list[_Member] = []
        self._idle: queue.SimpleQueue[_Member] = queue.SimpleQueue()

    def __enter__(self) -> Self:
        with self._lock:
            self._inside += 1
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        with self._lock:
            self._inside -= 1
            if self._inside == 0:
                self._dismiss()

    def map(
        self, work: Callable[[T], R], tasks: Iterable[T], count: int, *, serial: bool = False
    ) -> Iterator[R]:
        """What `work` makes of each task, in their order. count: of the records in all of them.

        Work and tasks go to other processes if there are enough records: both have to be
        picklable, and what is done must depend on nothing but them. Only a few results exist at
        a time, however many tasks there are. Raises SealgateError(PROCESS_LOST).
        """
        if serial or self.size == 1 or count < self._worthwhile:
            yield from map(work, tasks)
            return
        with self:
            self._muster()
            yield from self._shared(work, tasks)

    def _shared(self, work: Callable[[T], R], tasks: Iterable[T]) -> Iterator[R]:
        threads = ThreadPoolExecutor(self.size, "crew")
        # One task in each hand, and one for each to go on with.
        under_way: deque[Future[R]] = deque()
        left = iter(tasks)
        try:
            under_way.extend(threads.submit(self._do, work, t) for t in islice(left, 2 * self.size))
            while under_way:
                found = under_way.popleft().result()
                under_way.extend(threads.submit(self._do, work, task) for task in islice(left, 1))
                yield found
        finally:
            threads.shutdown(cancel_futures=True)

    def _do(self, work: Callable[[T], R], task: T) -> R:
        member = self._idle.get()
        try:
            return member.do(work, task)
        finally:
            self._idle.put(member)

    def _muster(self) -> None:
        """Replace everybody if somebody ended: who is left may be in the middle of something."""
        with self._lock:
            if any(member.process.poll() is not None for member in self._members):
                self._dismiss()
            while len(self._members) < self.size:
                member = _Member()
                self._members.append(member)
                self._idle.put(member)

    def _dismiss(self) -> None:
        members, self._members = self._members, []
        self._idle = queue.SimpleQueue()
        for member in members:
            member.end()


ALONE = Crew(1)


def _lost(message: str) -> SealgateError:
    hint = "It is tried again; if memory is short, set processes = 1."
    return SealgateError(Reason.PROCESS_LOST, message, hint=hint)


def labour(number: int) -> None:
    """What such a process does, until the other end of its pipe is closed, in whatever way.

    number: of the descriptor of its own end.
    """
    pipe: Connection = Connection(number)
    # Ctrl+C reaches the whole group; whoever gave the work decides when it ends.
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    # What is made here stays until it is sent and holds no cycles, so there is little to look for.
    gc.freeze()
    gc.set_threshold(100_000, 10, 10)
    with suppress(EOFError, OSError):
        work: Any = None
        while True:
            is_work, found = pickle.loads(pipe.recv_bytes())  # noqa: S301  from our own process
            if is_work:
                work = found
            else:
                pipe.send_bytes(_answer(work, found))


def _answer(work: Callable[[Any], Any], task: Any) -> bytes:
    try:
        return pickle.dumps(work(task), pickle.HIGHEST_PROTOCOL)
    except Exception as error:  # noqa: BLE001  whatever it is, the other side has to know
        return pickle.dumps(_Failure(f"{type(error).__name__}: {error}"))
