"""Who named what is withheld, whom we believed when, and which tokens were refused.

It is kept in a file of its own (gateway.observe.chain), or, without one, goes to the log.
"""

from __future__ import annotations

import threading
from collections import OrderedDict, deque
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import structlog

from gateway.errors import QueryError, Reason, SealgateError
from gateway.http.health import Health
from gateway.keys.public_key import PublicKey
from gateway.observe.chain import ChainFile
from gateway.records.instant import show_instant
from gateway.trust.trust import Trust

log = structlog.get_logger("sealgate.audit")

# The member of the log's context in which the id of the caller's token is, if there is one.
CALLER = "caller"

# The same again within so many seconds is counted, and said once when they are over.
WINDOW_SECONDS = 60
# So many different things may begin in that time; whatever comes on top is summed up by its reason.
MOST_A_WINDOW = 1000

# Lines that wait for a disk to take them again.
_MOST_WAITING = 1000
_MOST_NAMES = 100
_MOST_TEXT = 300

_PART = "audit"


@dataclass
class _Window:
    """since: when the first line was written; more: how often it happened again."""

    event: dict[str, Any]
    since: int
    more: int = 0


class Trail:
    """file: None for the log alone; required: whether to refuse what cannot be written down.

    Any thread may call it. Nothing here is ever forgotten but by its sum: what could not be written
    is written later, in its order, and what were too many lines even for that is counted.
    """

    def __init__(
        self,
        file: ChainFile | None,
        health: Health,
        clock: Callable[[], int],
        *,
        worker: int = 0,
        required: bool = False,
    ) -> None:
        self._file = file
        self._health = health
        self._clock = clock
        self._worker = worker
        self._required = required
        self._windows: OrderedDict[tuple[object, ...], _Window] = OrderedDict()
        self._waiting: deque[dict[str, Any]] = deque()
        self._failing = False
        self._lost = 0
        self._lock = threading.RLock()
        self.lines = 0
        self.failures = 0

    @property
    def sequence(self) -> int:
        """The number of the last line that this worker wrote; 0 without a file."""
        return 0 if self._file is None else self._file.head.seq

    def started(self, trust: Trust) -> None:
        members = {"trust": trust.digest.hex(), "keys": _names(trust.keys)}
        self._enter({"event": "started", **members})

    def trust_changed(self, before: Trust, after: Trust) -> None:
        old, new = before.keys, after.keys
        both = old.keys() & new.keys()
        lists = {
            "added": sorted(new.keys() - old.keys()),
            "removed": sorted(old.keys() - new.keys()),
            "revoked": sorted(kid for kid in new if _is_revoked(new, kid) > _is_revoked(old, kid)),
            "changed": sorted(kid for kid in both if old[kid] != new[kid]),
        }
        digests = {"before": before.digest.hex(), "after": after.digest.hex()}
        named = {name: _names(kids) for name, kids in lists.items()}
        self._enter({"event": "trust_changed", **digests, **named})

    def named(self, record: str, status: str, reason: str) -> None:
        """Somebody named a record that is withheld. Raises QueryError(AUDIT_UNAVAILABLE)."""
        self._coalesce({"event": "withheld_access", "record": record[:_MOST_TEXT]}, status, reason)

    def row_changed(self, record: str, status: str, reason: str) -> None:
        """A row is not what was judged. Raises QueryError(AUDIT_UNAVAILABLE)."""
        self._coalesce({"event": "row_changed", "record": record[:_MOST_TEXT]}, status, reason)

    def token_refused(self, reason: str) -> None:
        """Raises QueryError(AUDIT_UNAVAILABLE). Whoever refuses it has the client's address."""
        self._coalesce({"event": "token_refused"}, None, reason)

    def tick(self) -> None:
        """Say what happened again in windows that are over; write what waits."""
        with self._lock:
            now = self._clock()
            for key in [key for key, window in self._windows.items() if _is_over(window, now)]:
                self._end(key)
            if self._failing:
                self._retry()

    def close(self) -> None:
        with self._lock:
            for key in list(self._windows):
                self._end(key)
            if self._file is not None:
                self._file.close()

    # One line for what happens again and again

    def _coalesce(self, event: dict[str, Any], status: str | None, reason: str) -> None:
        with self._lock:
            now = self._clock()
            caller = structlog.contextvars.get_contextvars().get(CALLER)
            key: tuple[object, ...] = (event["event"], event.get("record"), reason, caller)
            if key not in self._windows and len(self._windows) >= MOST_A_WINDOW:
                self.tick()
            if key not in self._windows and len(self._windows) >= MOST_A_WINDOW:
                event, caller = {"event": event["event"], "record": None}, None
                key = (event["event"], None, reason, None)
            event |= {"status": status, "reason": reason, "caller": caller}
            window = self._windows.get(key)
            if window is not None and _is_over(window, now):
                self._end(key)
                window = None
            if window is None:
                self._enter({**event, "request": _request(), "count": 1}, needed=True)
                self._windows[key] = _Window(event, now)
            else:
                if self._required:
                    self._demand()
                window.more += 1

    def _end(self, key: tuple[object, ...]) -> None:
        window = self._windows.pop(key)
        if window.more:
            since = show_instant(window.since)
            self._enter({**window.event, "count": window.more, "since": since})

    # Writing

    def _enter(self, event: dict[str, Any], *, needed: bool = False) -> None:
        """needed: whether to raise QueryError where it must be written, and cannot be."""
        with self._lock:
            line = {**self._stamp(), **event}
            if self._file is None:
                members = {name: value for name, value in line.items() if name != "event"}
                log.info(line["event"], **members)
                self.lines += 1
                return
            if needed and self._required:
                self._demand()
            if not self._failing and self._write(line):
                return
            if needed and self._required:
                raise _unavailable()
            self._wait(line)

    def _demand(self) -> None:
        """Raises QueryError(AUDIT_UNAVAILABLE) as long as nothing can be written."""
        if self._failing and not self._retry():
            raise _unavailable()

    def _stamp(self) -> dict[str, Any]:
        return {"at": show_instant(self._clock()), "worker": self._worker}

    def _wait(self, line: dict[str, Any]) -> None:
        if len(self._waiting) < _MOST_WAITING:
            self._waiting.append(line)
        else:
            self._lost += 1

    def _retry(self) -> bool:
        """Write what waits, in its order, and that there was a gap in time."""
        resumed = {"event": "resumed", "waited": len(self._waiting), "lost": self._lost}
        if not self._write({**self._stamp(), **resumed}):
            return False
        self._lost = 0
        while self._waiting and self._write(self._waiting[0]):
            self._waiting.popleft()
        return not self._waiting

    def _write(self, line: Mapping[str, Any]) -> bool:
        if self._file is None:
            return True
        try:
            self._file.append(line)
        except OSError as error:
            self.failures += 1
            self._failing = True
            self._health.trouble(_PART, _trouble(error))
            return False
        self.lines += 1
        self._failing = False
        self._health.well(_PART)
        return True


def _request() -> str | None:
    """The id of the request that this belongs to."""
    found = structlog.contextvars.get_contextvars().get("request_id")
    return found if isinstance(found, str) else None


def _is_over(window: _Window, now: int) -> bool:
    # A clock that went back ends it, too.
    return not 0 <= now - window.since < WINDOW_SECONDS


def _is_revoked(keys: Mapping[str, PublicKey], kid: str) -> bool:
    return kid in keys and keys[kid].revocation is not None


def _names(kids: Sequence[str] | Mapping[str, object]) -> list[str]:
    return [kid[:_MOST_TEXT] for kid in sorted(kids)[:_MOST_NAMES]]


def _trouble(error: OSError) -> SealgateError:
    message = f"the audit trail cannot be written: {(error.strerror or str(error)).lower()}"
    hint = "Make room, or give the gateway's user access to the file of audit_log."
    return SealgateError(Reason.AUDIT_UNAVAILABLE, message, hint=hint)


def _unavailable() -> QueryError:
    return QueryError(
        Reason.AUDIT_UNAVAILABLE,
        "this answer tells of a withheld record, and that cannot be written down at the moment",
        hint="Send it again a little later.",
    )
