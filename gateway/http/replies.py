"""Whole responses, kept for requests that come again.

A view never changes, and an operation that looks at nothing else has one answer for as long as the
view is there (gateway.http.caching). So a request that says the same, byte for byte, in everything
that may decide an answer gets the same bytes, without being read again.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from operator import itemgetter
from typing import NamedTuple

from starlette.types import Message, Scope

from gateway.http.cover import Cover, Header, Reply, cover_of, wire
from gateway.http.response import REFUSED
from gateway.lru import Lru

# All of a request, but for its body, that may decide the answer.
Manner = tuple[object, ...]


class Question(NamedTuple):
    """All that may decide an answer, but for what it is made of."""

    manner: Manner
    body: bytes


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
# Where these stand, somebody has to say first who the client is.
_FORWARDED = frozenset({b"forwarded", b"x-forwarded-for"})
_NEVER_AT_ONCE = _UNKEPT | _FORWARDED

# Written anew on each answer.
CHANGING = frozenset({b"x-request-id", b"ratelimit", b"ratelimit-policy", b"date"})

# What an entry takes beside the bytes of question and answer, and what each part of a question
# does; rounded up.
_OVERHEAD = 2048
_PART = 160
# So many answers fit at least: one that is larger would push out too many others.
_LEAST_ENTRIES = 16
# For headers of answers, by the manners of requests; a manner is some hundred bytes, mostly.
_COVER_BYTES = 1 << 20


@dataclass(frozen=True, slots=True)
class State:
    """What answers are made of: a view, and the version of the database behind it."""

    view: object
    version: int

    def is_same(self, other: State | None) -> bool:
        """Views are equal only to themselves here; to compare them takes as long as they are."""
        return other is not None and self.view is other.view and self.version == other.version


class Replies:
    """capacity: memory in bytes, 0 for keeping none; state: what answers are made of at the moment,
    None where nothing may be kept. Another state drops everything.

    The headers of answers to POST are kept apart from their bodies, too, and no state drops them:
    they are not made of anything but the request.
    """

    def __init__(self, capacity: int, state: Callable[[], State | None]) -> None:
        self._kept: Lru[Question, Reply] = Lru(capacity)
        self._covers: Lru[Manner, Cover] = Lru(_COVER_BYTES)
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
        if not self._longest:
            return None
        kept = self._kept.get(question)
        if kept is None:
            self.misses += 1
            return None
        self.hits += 1
        return kept

    def cover(self, manner: Manner) -> Cover | None:
        """The headers of an answer without errors to any POST of this manner, if there was one."""
        return self._covers.get(manner)

    def keep(self, question: Question, reply: Reply, before: State) -> None:
        """before: the state when the question came; if it is another one by now, so may be the
        answer."""
        if len(reply.body) >= self._longest:
            return
        weight = _OVERHEAD + 2 * len(reply.head) + len(reply.body) + _weight(question)
        if weight <= self._longest and before.is_same(self.state()):
            self._kept.put(question, reply, weight)

    def learn(self, question: Question, reply: Reply, before: State) -> None:
        """The same, for an answer that went the whole way."""
        self.keep(question, reply, before)
        if question.manner[0] == "POST" and self._covers.get(question.manner) is None:
            cover = cover_of(reply)
            if cover is not None:
                weight = _OVERHEAD + 4 * len(reply.head) + _weight(question.manner)
                self._covers.put(question.manner, cover, weight)


def manner_of(scope: Scope, *, at_once: bool = False) -> Manner | None:
    """None for requests whose answers are neither kept nor found: it is not worth looking.

    at_once: whether nobody looked at the request yet, so that it is not known who sent it.
    """
    if scope["path"] != _PATH or scope["method"] not in _METHODS:
        return None
    never = _NEVER_AT_ONCE if at_once else _UNKEPT
    found: list[Header] = []
    for header in scope["headers"]:
        name = header[0]
        if name in never:
            return None
        if name not in IRRELEVANT:
            found.append(header)
    # In whatever order names come, it says the same (RFC 9110, section 5.3); lines of one name
    # stay in theirs.
    found.sort(key=itemgetter(0))
    return (scope["method"], scope["query_string"], *found)


def reply_from(scope: Scope, sent: Sequence[Message], view: object) -> Reply | None:
    """What was sent, if it is one whole answer, made of that view and of nothing else."""
    state = scope["state"]
    if state.get(MADE_OF) is not view or REFUSED in state or len(sent) != 2:
        return None
    if sent[0].get("status") != 200 or sent[1].get("more_body", False):
        return None
    kept = tuple((n, v) for n, v in sent[0]["headers"] if n.lower() not in CHANGING)
    return Reply(kept, wire(kept), sent[1].get("body", b""), state.get("operation_name"))


def _weight(question: object) -> int:
    if isinstance(question, tuple):
        return _PART + sum(map(_weight, question))
    return _PART + (len(question) if isinstance(question, str | bytes) else 0)
