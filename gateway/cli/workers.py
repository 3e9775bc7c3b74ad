"""Several processes that serve one port."""

from __future__ import annotations

import multiprocessing
import os
import signal
import socket
import threading
import time
from collections.abc import Callable
from multiprocessing.connection import Connection, wait
from multiprocessing.context import SpawnProcess
from types import FrameType

import structlog

log = structlog.get_logger("sealgate.workers")

# What a worker does: it is given its number, counted from 0, and the listening socket.
Work = Callable[[int, socket.socket], None]

# How long workers may take to end after a signal, with what they grant their requests
# (gateway.server).
_GRACE_SECONDS = 14.0
# A worker that dies at once would die again at once: replacements wait this long.
_PAUSE_SECONDS = 1.0


class Workers:
    """Keeps so many workers running until a signal ends all of them.

    Each is a fresh interpreter, since neither the threads of this one nor its database connections
    survive a fork. The kernel hands connections to whichever worker accepts first.
    """

    def __init__(self, count: int, work: Work, listener: socket.socket) -> None:
        self._context = multiprocessing.get_context("spawn")
        self._work = work
        self._listener = listener
        self._processes: list[SpawnProcess | None] = [None] * count
        self._ending, self._end = self._context.Pipe(duplex=False)

    def obey_signals(self) -> None:
        """From now on SIGTERM and SIGINT end `run`."""
        for told in (signal.SIGINT, signal.SIGTERM):
            signal.signal(told, self._told_to_end)

    def run(self) -> None:
        """Blocks. Returns when every worker has ended after a signal."""
        for number in range(len(self._processes)):
            self._start(number)
        while not self._ended():
            self._replace_the_dead()
        self._stop()

    def _told_to_end(self, _number: int, _frame: FrameType | None) -> None:
        self._end.send_bytes(b".")

    def _start(self, number: int) -> None:
        arguments = (self._work, number, self._listener)
        process = self._context.Process(target=_serve, args=arguments, name=f"worker-{number}")
        process.start()
        self._processes[number] = process

    def _ended(self) -> bool:
        """Wait until a worker dies or somebody wants all of them to end; say which it was."""
        sentinels = [process.sentinel for process in self._processes if process is not None]
        ready = wait([*sentinels, self._ending])
        return any(isinstance(found, Connection) for found in ready)

    def _replace_the_dead(self) -> None:
        for number, process in enumerate(self._processes):
            if process is not None and process.exitcode is not None:
                log.error("worker_died", worker=number, exitcode=process.exitcode)
                if self._ending.poll(_PAUSE_SECONDS):
                    return
                self._start(number)

    def _stop(self) -> None:
        # While it is open here, the kernel goes on taking connections that nobody will answer.
        self._listener.close()
        living = [process for process in self._processes if process is not None]
        for process in living:
            process.terminate()
        end = time.monotonic() + _GRACE_SECONDS
        for process in living:
            process.join(max(0.0, end - time.monotonic()))
            if process.exitcode is None:
                log.error("worker_killed", worker=process.name)
                process.kill()
                process.join()


def _serve(work: Work, number: int, listener: socket.socket) -> None:
    # Ctrl+C reaches the whole group; the supervisor alone decides when workers end.
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    threading.Thread(target=_end_with_the_supervisor, daemon=True).start()
    work(number, listener)


def _end_with_the_supervisor() -> None:
    """However it ended: nobody would end or replace a worker that is left behind."""
    supervisor = multiprocessing.parent_process()
    if supervisor is not None:
        supervisor.join()
        os.kill(os.getpid(), signal.SIGTERM)
