"""Answering at once, with what was answered before (gateway.http.replies) or is at hand."""

from __future__ import annotations

import time
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol

from starlette.types import ASGIApp, Message, Receive, Scope, Send

from gateway.http.access_log import Meter, RequestLog
from gateway.http.cover import Header, Reply, wire
from gateway.http.rate import Limiter
from gateway.http.replies import Question, Replies, State, manner_of, reply_from
from gateway.http.request_id import request_id_of

# A body of so many bytes is waited for before anything else is asked; what is longer is not kept.
_BRIEF = 1 << 14
_DIGITS = 10

# Messages of which no whole answer consists any more.
_TOO_MANY = 3


@dataclass(frozen=True, slots=True)
class Made:
    """The body of an answer without errors. is_all: whether it is made of the present state and of
    nothing else; operation: its name, if the client gave it one."""

    body: bytes
    operation: str | None
    is_all: bool


class Maker(Protocol):
    """Whoever makes answers to the bodies of POSTs out of what is at hand."""

    def make(self, body: bytes, version: int) -> Made | None:
        """None where something is missing, or amiss, or not understood; nothing is left of the
        attempt then. version: of the database."""


@dataclass(frozen=True, slots=True)
class Hit:
    """A reply, and the headers of this one answer."""

    reply: Reply
    headers: list[Header]

    def head(self) -> bytes:
        """The lines of the headers, up to the empty one."""
        return b"%b%b\r\n" % (self.reply.head, wire(self.headers))


class Repeats:
    """Requests that come again, or ask for what is at hand. What is answered here is counted,
    logged and bounded as if it had gone the whole way. limiter: None where clients may send as much
    as they like."""

    # Nobody, until the parts that it takes have been put together.
    maker: Maker | None = None

    def __init__(self, replies: Replies, meter: Meter, limiter: Limiter | None) -> None:
        self._replies = replies
        self._meter = meter
        self._limiter = limiter
        self._log = RequestLog()

    def hit(self, scope: Scope, body: bytes) -> Hit | None:
        """The answer to a whole request that nobody has looked at, if it can be had at once."""
        if len(body) > _BRIEF:
            return None
        manner = manner_of(scope, at_once=True)
        return None if manner is None else self.ask(scope, Question(manner, body))

    def ask(self, scope: Scope, question: Question) -> Hit | None:
        """The same for a request of which the question is known."""
        began = time.perf_counter()
        state = self._replies.state()
        if state is None:
            return None
        reply = self._replies.find(question) or self._made(scope, question, state)
        if reply is None:
            return None
        headers: list[Header] = []
        if self._limiter is not None:
            standing = self._limiter.take(scope)
            if not standing.admitted:
                return None  # whoever is asked next refuses it, too
            headers = self._limiter.headers(standing)
        request_id = request_id_of(scope)
        headers.append((b"x-request-id", request_id.encode()))
        self._note(scope, reply, request_id, began)
        return Hit(reply, headers)

    def _made(self, scope: Scope, question: Question, state: State) -> Reply | None:
        """An answer out of what is at hand, kept for the next time."""
        cover = self._replies.cover(question.manner)
        if cover is None or self.maker is None:
            return None
        if self._limiter is not None and not self._limiter.admits(scope):
            return None
        made = self.maker.make(question.body, state.version)
        if made is None:
            return None
        reply = cover.around(made.body, made.operation)
        if made.is_all:
            self._replies.keep(question, reply, state)
        return reply

    def _note(self, scope: Scope, reply: Reply, request_id: str, began: float) -> None:
        meter, seconds = self._meter, time.perf_counter() - began
        meter.request_began()
        meter.settled("query", "OK")
        meter.request_ended(scope["method"], scope["path"], 200, seconds, streamed=False)
        self._log.write(scope, 200, seconds, reply.operation, request_id=request_id)

    def begin(self) -> State | None:
        """What the answer to a request that comes now may be made of."""
        return self._replies.state()

    def learn(
        self, question: Question, scope: Scope, sent: Sequence[Message], before: State
    ) -> None:
        """Keep what was sent in answer, if it would be the same another time."""
        reply = reply_from(scope, sent, before.view)
        if reply is not None:
            self._replies.learn(question, reply, before)


class Reuse:
    """Stands before all else, and asks only about what was not asked before. max_body: in bytes;
    what is longer is for others to refuse unread."""

    def __init__(self, app: ASGIApp, repeats: Repeats, max_body: int) -> None:
        self._app = app
        self._repeats = repeats
        self._longest = min(_BRIEF, max_body)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        manner = manner_of(scope) if scope["type"] == "http" else None
        if manner is None or not self._is_brief(scope):
            await self._app(scope, receive, send)
            return
        first = await receive()
        replayed = _replay(first, receive)
        if first["type"] != "http.request" or first.get("more_body", False):
            await self._app(scope, replayed, send)
            return
        question = Question(manner, first.get("body", b""))
        hit = self._repeats.ask(scope, question)
        if hit is None:
            await self._learn(question, scope, replayed, send)
            return
        headers = [*hit.reply.headers, *hit.headers]
        await send({"type": "http.response.start", "status": 200, "headers": headers})
        await send({"type": "http.response.body", "body": hit.reply.body})

    def _is_brief(self, scope: Scope) -> bool:
        """Whether the body can be waited for before anybody else is asked."""
        declared = [value for name, value in scope["headers"] if name == b"content-length"]
        if not declared:
            return bool(scope["method"] == "GET")
        digits: bytes = declared[0]
        return len(digits) < _DIGITS and digits.isdigit() and int(digits) <= self._longest

    async def _learn(self, question: Question, scope: Scope, receive: Receive, send: Send) -> None:
        before = self._repeats.begin()
        sent: list[Message] = []

        async def send_and_note(message: Message) -> None:
            if len(sent) < _TOO_MANY:
                sent.append(dict(message))  # whoever sends it may still change it
            await send(message)

        await self._app(scope, receive, send_and_note)
        if before is not None:
            self._repeats.learn(question, scope, sent, before)


def _replay(first: Message, receive: Receive) -> Receive:
    """The messages again, from the first on."""
    waiting = [first]

    async def replayed() -> Message:
        return waiting.pop() if waiting else await receive()

    return replayed
