"""Sealing a whole corpus again with another key, on as many cores as there are."""

from __future__ import annotations

import multiprocessing
import os
import signal
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor
from concurrent.futures.process import BrokenProcessPool
from dataclasses import dataclass
from enum import StrEnum

from gateway.audit.bench import Bench
from gateway.corpus.claim import claim_file
from gateway.corpus.seal import is_done, remove_leftovers, seal_file
from gateway.errors import Reason, SealgateError
from gateway.keys.private_key import PrivateKey, parse_private_key
from gateway.verdict.status import Status
from gateway.verdict.verify import verify

Progress = Callable[[int, int], None]

# Below this a second process takes longer to start than it saves.
_FEW = 500
_CHUNK = 64

# What nobody can vouch for any more, or yet, but nothing speaks against. A record with evidence
# against it is never sealed here: that would launder it.
_LAPSED = frozenset(
    {Status.EXPIRED, Status.REVOKED, Status.UNKNOWN_KEY, Status.UNVERIFIABLE, Status.MISSING}
)


class Done(StrEnum):
    """What became of a file, or would have."""

    SEALED = "sealed"
    UNCHANGED = "unchanged"
    REFUSED = "refused"


@dataclass(frozen=True)
class Outcome:
    """status, reason: of the record before; detail: why it was refused."""

    path: str
    done: Done
    status: Status
    reason: Reason
    detail: str = ""


@dataclass(frozen=True)
class Order:
    """What is to be done. drop: kids whose envelopes go; lapsed: whether records are sealed, too,
    that are not verified, and that nothing speaks against; dry: whether nothing is written."""

    bench: Bench
    jwk: bytes
    drop: frozenset[str] = frozenset()
    lapsed: bool = False
    dry: bool = False


def reseal(
    order: Order, paths: Sequence[str], jobs: int | None = None, progress: Progress | None = None
) -> Iterator[Outcome]:
    """Seal files again, each atomically, in the order of their paths.

    What a run that was killed did is found done by the next one, and its half-written files are
    removed. Raises SealgateError(INTERNAL) when a process dies before it answered.
    """
    if not order.dry:
        remove_leftovers(order.bench.root)
    count = jobs or (1 if len(paths) < _FEW else os.cpu_count() or 1)
    made = map(_Sealer(order), paths) if count == 1 else _elsewhere(order, paths, count)
    for number, outcome in enumerate(made, start=1):
        yield outcome
        if progress is not None:
            progress(number, len(paths))


class _Sealer:
    def __init__(self, order: Order) -> None:
        self._order = order
        self._key: PrivateKey = parse_private_key(order.jwk, "the private key")

    def __call__(self, path: str) -> Outcome:
        bench = self._order.bench
        try:
            raw = claim_file(bench.corpus, bench.root, path, bench.limits)
        except SealgateError as error:
            return Outcome(path, Done.REFUSED, Status.MALFORMED, error.code, str(error))
        verdict = verify(raw, bench.trust, bench.now)
        if verdict.status is not Status.VERIFIED and not self._may_seal(verdict.status):
            detail = f"it is {verdict.status}: review it, then use seal"
            return Outcome(path, Done.REFUSED, verdict.status, verdict.reason, detail)
        if is_done(raw, self._key, bench.now, self._order.drop):
            return Outcome(path, Done.UNCHANGED, verdict.status, verdict.reason)
        try:
            self._write(path)
        except SealgateError as error:
            return Outcome(path, Done.REFUSED, verdict.status, error.code, str(error))
        return Outcome(path, Done.SEALED, verdict.status, verdict.reason)

    def _may_seal(self, status: Status) -> bool:
        return self._order.lapsed and status in _LAPSED

    def _write(self, path: str) -> None:
        bench, drop = self._order.bench, self._order.drop
        if not self._order.dry:
            seal_file(bench.corpus, bench.root, path, self._key, bench.now, bench.limits, drop)


_sealer: _Sealer


def _begin(order: Order) -> None:
    """In a worker: the key is parsed once, and lies in its memory alone."""
    global _sealer  # noqa: PLW0603  what an initializer leaves for the tasks of its process
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    _sealer = _Sealer(order)


def _seal(path: str) -> Outcome:
    return _sealer(path)


def _elsewhere(order: Order, paths: Sequence[str], jobs: int) -> Iterator[Outcome]:
    context = multiprocessing.get_context("spawn")
    pool = ProcessPoolExecutor(jobs, context, initializer=_begin, initargs=(order,))
    try:
        yield from pool.map(_seal, paths, chunksize=_CHUNK)
    except BrokenProcessPool:
        message = "a sealing process ended before it answered"
        hint = "Run the same command again: what is done is found done."
        raise SealgateError(Reason.INTERNAL, message, hint=hint) from None
    finally:
        pool.shutdown(cancel_futures=True)
