"""Verdicts on stored rows, remembered as long as nothing they depend on changes."""

from __future__ import annotations

import threading

from cachetools import LRUCache

from gateway.errors import SealgateError
from gateway.store.row import Row
from gateway.trust.trust import Trust
from gateway.verdict.verdict import Verdict, Verified
from gateway.verdict.verify import reject_unreadable, verify

_OVERHEAD = 4096  # what the objects around a remembered record weigh, in bytes, rounded up


def _weight(verified: Verified) -> int:
    raw = verified.raw
    return _OVERHEAD + len(raw.canonical) + len(raw.body) + sum(map(len, raw.secured))


class Judge:
    """Judges rows under one trust, for instants between two boundaries of its keys' validity.

    Only Verified is remembered, under the SHA-256 of every byte that it depends on, so a row that
    was changed is a different entry, and a judge never outlives its trust.
    """

    def __init__(self, trust: Trust, now: int, cache_bytes: int) -> None:
        self.trust = trust
        self._now = now
        self._until = trust.next_boundary(now)
        self._cache: LRUCache[bytes, Verified] = LRUCache(cache_bytes, getsizeof=_weight)
        self._lock = threading.Lock()
        self.hits = 0
        self.misses = 0

    @property
    def until(self) -> int | None:
        """The first second at which its verdicts have to be made anew; None is open."""
        return self._until

    def heed(self, until: int | None) -> None:
        """What time will change is looked at again then, with everything else."""
        if until is not None:
            self._until = min(until, self._until or until)

    def __reduce__(self) -> tuple[type[Judge], tuple[Trust, int, int]]:
        # To another process goes what it judges by; a Verified does not leave the one that made it.
        return Judge, (self.trust, self._now, 0)

    def covers(self, now: int) -> bool:
        """Whether a verdict of this judge still stands at `now`.

        It does not when the clock went back past the moment at which the judge was made.
        """
        return self._now <= now and (self._until is None or now < self._until)

    def judge(self, row: Row, now: int) -> Verdict:
        raw = row.raw
        if isinstance(raw, SealgateError):
            return reject_unreadable(row.path, raw)
        with self._lock:
            known = self._cache.get(raw.fingerprint)
        # Compared as bytes: what is remembered is not believed because of where it was found.
        if known is not None and known.raw == raw:
            self.hits += 1
            return known
        self.misses += 1
        verdict = verify(raw, self.trust, now)
        self.heed(verdict.until)
        if isinstance(verdict, Verified) and _weight(verdict) <= self._cache.maxsize:
            with self._lock:
                self._cache[raw.fingerprint] = verdict
        return verdict
