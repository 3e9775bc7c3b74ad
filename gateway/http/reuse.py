"""Answering at once, with what was answered before (gateway.http.replies)."""

from __future__ import annotations

import time
from collections.abc import Sequence
from dataclasses import dataclass

from starlette.types import ASGIApp, Message, Receive, Scope, Send

from gateway.http.access_log import Meter, log_request, request_id_of
from gateway.http.rate import Limiter
from gateway.http.replies import (
    Header,
    Question,
    Replies,
    Reply,
    State,
    may_be_kept,
    question_of,
    reply_from,
)

# Where these stand, somebody has to say first who the client is.
_FORWARDED = frozenset({b"forwarded", b"x-forwarded-for"})

# A body of so many bytes is waited for before anything else is asked; what is longer is not kept.
_BRIEF = 1 << 14
_DIGITS = 10

# Messages of which no whole answer consists any more.
_TOO_MANY = 3


@dataclass(frozen=True, slots=True)
class Hit:
    """A reply, and the headers of this one answer."""

    reply: Reply
    headers: list[Header]

    def head(self) -> bytes:
        """The lines of the headers, up to the empty one."""
        changing = b"".join([b"%b: %b\r\n" % header for header in self.headers])
        return b"%b%b\r\n" % (self.reply.head, changing)


class Repeats:
    """Requests that come again. What is answered here is counted, logged and bounded as if it had
    gone the whole way. limiter: None where clients may send as much as they like."""

    def __init__(self, replies: Replies, meter: Meter, limiter: Limiter | None) -> None:
        self._replies = replies
        self._meter = meter
        self._limiter = limiter

    def hit(self, scope: Scope, body: bytes) -> Hit | None:
        """The answer to a whole request that nobody has looked at, if it was kept."""
        if not may_be_kept(scope) or any(name in _FORWARDED for name, _ in scope["headers"]):
            return None
        return self.ask(scope, question_of(scope, body))

    def ask(self, scope: Scope, question: Question) -> Hit | None:
        """The same for a request of which the question is known."""
        began = time.perf_counter()
        reply = None if self._replies.state() is None else self._replies.find(question)
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

    def _note(self, scope: Scope, reply: Reply, request_id: str, began: float) -> None:
        meter, seconds = self._meter, time.perf_counter() - began
        meter.request_began()
        meter.settled("query", "OK")
        meter.request_ended(scope["method"], scope["path"], 200, seconds, streamed=False)
        log_request(scope, 200, seconds, reply.operation, request_id=request_id)

    def begin(self) -> State | None:
        """What the answer to a request that comes now may be made of."""
        return self._replies.state()

    def learn(
        self, question: Question, scope: Scope, sent: Sequence[Message], before: State
    ) -> None:
        """Keep what was sent in answer, if it would be the same another time."""
        reply = reply_from(scope, sent, before.view)
        if reply is not None:
            self._replies.keep(question, reply, before)


class Reuse:
    """Stands before all else, and asks only about what was not asked before. max_body: in bytes;
    what is longer is for others to refuse unread."""

    def __init__(self, app: ASGIApp, repeats: Repeats, max_body: int) -> None:
        self._app = app
        self._repeats = repeats
        self._longest = min(_BRIEF, max_body)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http" or not may_be_kept(scope) or not self._is_brief(scope):
            await self._app(scope, receive, send)
            return
        first = await receive()
        replayed = _replay(first, receive)
        if first["type"] != "http.request" or first.get("more_body", False):
            await self._app(scope, replayed, send)
            return
        question = question_of(scope, first.get("body", b""))
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
