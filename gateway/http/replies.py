"""Whole responses, kept for requests that come again.

A view never changes, and an operation that looks at nothing else has one answer for as long as the
view is there (gateway.http.caching). So a request that says the same, byte for byte, in everything
that may decide an answer gets the same bytes, without being read again.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from cachetools import LRUCache
from starlette.types import Message, Scope

from gateway.http.response import REFUSED

Header = tuple[bytes, bytes]
Question = tuple[object, ...]

# The member of a request's state that names the view which alone its answer was made of.
MADE_OF = "made_of"

_PATH = "/graphql"
_METHODS = frozenset({"GET", "POST"})

# Headers that decide nothing about an answer: all others are part of the question. One that is
# missing here costs a hit; one too many would be a wrong answer.
IRRELEVANT = frozenset(
    {
        *(b"connection", b"content-length", b"keep-alive", b"te"),
        *(b"accept-encoding", b"accept-language", b"dnt", b"priority", b"user-agent", b"via"),
        *(b"sec-ch-ua", b"sec-ch-ua-mobile", b"sec-ch-ua-platform"),
        *(b"forwarded", b"x-forwarded-for", b"x-forwarded-host", b"x-forwarded-port"),
        *(b"x-forwarded-proto", b"x-real-ip", b"x-request-id"),
    }
)
# What is kept for one caller would outlive what that caller may do; what waits for a word from us
# wants more than an answer.
_UNKEPT = frozenset({b"authorization", b"expect"})

# Written anew on each answer.
CHANGING = frozenset({b"x-request-id", b"ratelimit", b"ratelimit-policy", b"date"})

# What an entry takes beside the bytes of question and answer, and what each part of a question
# does; rounded up.
_OVERHEAD = 2048
_PART = 160
# So many answers fit at least: one that is larger would push out too many others.
_LEAST_ENTRIES = 16


@dataclass(frozen=True, slots=True)
class State:
    """What answers are made of: a view, and the version of the database behind it."""

    view: object
    version: int

    def is_same(self, other: State | None) -> bool:
        """Views are equal only to themselves here; to compare them takes as long as they are."""
        return other is not None and self.view is other.view and self.version == other.version


@dataclass(frozen=True, slots=True)
class Reply:
    """A response but for the headers that change. head: the others as they go over the wire."""

    headers: tuple[Header, ...]
    head: bytes
    body: bytes
    operation: str | None


class Replies:
    """capacity: memory in bytes; state: what answers are made of at the moment, None where nothing
    may be kept. Another state drops everything."""

    def __init__(self, capacity: int, state: Callable[[], State | None]) -> None:
        self._kept: LRUCache[Question, tuple[Reply, int]] = LRUCache(
            capacity, getsizeof=lambda kept: kept[1]
        )
        self._longest = capacity // _LEAST_ENTRIES
        self._now = state
        self._state: State | None = None
        self.hits = 0
        self.misses = 0

    def state(self) -> State | None:
        """What answers are made of now, and whatever is kept with them."""
        found = self._now()
        if found is None or not found.is_same(self._state):
            self._kept.clear()
            self._state = found
        return found

    def find(self, question: Question) -> Reply | None:
        """What is kept of the present state; ask for that first."""
        kept = self._kept.get(question)
        if kept is None:
            self.misses += 1
            return None
        self.hits += 1
        return kept[0]

    def keep(self, question: Question, reply: Reply, before: State) -> None:
        """before: the state when the question came; if it is another one by now, so may be the
        answer."""
        weight = _OVERHEAD + 2 * len(reply.head) + len(reply.body) + _weight(question)
        if weight <= self._longest and before.is_same(self.state()):
            self._kept[question] = (reply, weight)


def question_of(scope: Scope, body: bytes) -> Question:
    """All that may decide an answer, but for what it is made of."""
    return (
        scope["method"],
        scope["query_string"],
        body,
        *[header for header in scope["headers"] if header[0] not in IRRELEVANT],
    )


def may_be_kept(scope: Scope) -> bool:
    """Whether it is worth looking for an answer before anything else is done."""
    if scope["path"] != _PATH or scope["method"] not in _METHODS:
        return False
    return not any(name in _UNKEPT for name, _ in scope["headers"])


def reply_from(scope: Scope, sent: Sequence[Message], view: object) -> Reply | None:
    """What was sent, if it is one whole answer, made of that view and of nothing else."""
    state = scope["state"]
    if state.get(MADE_OF) is not view or REFUSED in state or len(sent) != 2:
        return None
    if sent[0].get("status") != 200 or sent[1].get("more_body", False):
        return None
    kept = tuple((n, v) for n, v in sent[0]["headers"] if n.lower() not in CHANGING)
    head = b"".join(b"%b: %b\r\n" % header for header in kept)
    return Reply(kept, head, sent[1].get("body", b""), state.get("operation_name"))


def _weight(question: object) -> int:
    if isinstance(question, tuple):
        return _PART + sum(map(_weight, question))
    return _PART + (len(question) if isinstance(question, str | bytes) else 0)
