"""Answers that need not be sent, or not even made, a second time (RFC 9110, section 13; RFC 9111).

docs/adr/0010-entity-tags-over-bytes.md says why it is done this way.
"""

from __future__ import annotations

import re
import weakref
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from hashlib import sha256

import orjson
from cachetools import LRUCache
from starlette.requests import Request
from starlette.responses import Response

from gateway.access.caller import Caller
from gateway.execution.executor import Executor, Operation, Prepared, refused_by
from gateway.http.replies import MADE_OF
from gateway.http.response import respond
from gateway.repository.reading import Reading
from gateway.repository.view import View
from schema.context import Context

# Answers of one view whose tags are known; an entry takes some 300 bytes.
_KNOWN_TAGS = 8192

# RFC 9110, section 8.8.3. Commas may stand within the quotes, so nothing is split at them.
_ENTITY_TAG = re.compile(r'(?:W/)?("[\x21\x23-\x7e\x80-\xff]*")')


@dataclass(frozen=True)
class Freshness:
    """For how many seconds caches may use an answer without asking, and for how many more they may
    while they ask (RFC 5861, section 3)."""

    max_age: int = 0
    stale_while_revalidate: int = 0

    def header(self, covered_for: int | None) -> str:
        """The value of Cache-Control, but for who may keep it. covered_for: when verdicts change by
        time alone, in seconds, counted from a clock that may be a second behind; None is never."""
        left = None if covered_for is None else max(0, covered_for - 1)
        fresh = self.max_age if left is None else min(self.max_age, left)
        stale = self.stale_while_revalidate
        stale = stale if left is None else min(stale, left - fresh)
        # Without this a cache that cannot reach us would show what may be revoked by now.
        rest = f"stale-while-revalidate={stale}" if stale else "must-revalidate"
        return f"max-age={fresh}, {rest}"


class Origin:
    """What an answer is made of: the view that its reading began with, if it looked at nothing
    else. Make it before the answer."""

    def __init__(self, reading: Reading) -> None:
        self._reading = reading
        self.view = reading.view

    @property
    def is_all(self) -> bool:
        """Whether the view says it all, so that there will be the same answer while it stands."""
        return self._reading.view is self.view and not self._reading.strays

    def note(self, request: Request) -> None:
        """Say so in the request's state (gateway.http.replies)."""
        if self.is_all:
            setattr(request.state, MADE_OF, self.view)


class Tags:
    """The entity tags of answers that were made from one view.

    A view never changes, and one that is corrected is another one, so an operation that looks at
    nothing else has one answer for as long as the view is there.
    """

    def __init__(self) -> None:
        self._view: Callable[[], View | None] = lambda: None
        self._tags: LRUCache[bytes, str] = LRUCache(_KNOWN_TAGS)

    def get(self, view: View, key: bytes) -> str | None:
        return self._tags.get(key) if self._view() is view else None

    def put(self, view: View, key: bytes, tag: str) -> None:
        if self._view() is not view:
            self._tags.clear()
            self._view = weakref.ref(view)
        self._tags[key] = tag


class Conditional:
    """Answers queries that came over GET, and says 304 to who holds the same bytes already."""

    def __init__(
        self,
        executor: Executor,
        make_context: Callable[[Caller | None], Awaitable[Context]],
        freshness: Freshness,
    ) -> None:
        self._executor = executor
        self._make_context = make_context
        self._freshness = freshness
        self._tags = Tags()

    async def respond(
        self, request: Request, prepared: Prepared, response_type: str, caller: Caller | None
    ) -> Response:
        """Never raises but for cancellation: every failure is a response with `errors`."""
        try:
            async with self._executor.in_time():
                context = await self._make_context(caller)
                return await self._respond(request, prepared, response_type, context)
        except Exception as error:  # noqa: BLE001  whatever it is, no client may see it
            return not_stored(respond(refused_by(error), response_type))

    async def _respond(
        self, request: Request, prepared: Prepared, response_type: str, context: Context
    ) -> Response:
        reading, condition = context.records.reading, if_none_match(request)
        origin = Origin(reading)
        key = _key(prepared.operation, response_type, context.caller.scopes)
        tag = self._tags.get(origin.view, key)
        if tag is not None and matches(condition, tag):
            return self._stored(request, Response(status_code=304), reading, tag)

        async def held() -> Context:
            return context

        answer = await self._executor.execute(prepared, held)
        response = respond(answer, response_type)
        if "errors" in answer.document:
            return not_stored(response)
        tag = entity_tag(response)
        if origin.is_all:
            self._tags.put(origin.view, key, tag)
        if reading.covered_for() is None:
            origin.note(request)  # else its headers would promise too much after a while
        if matches(condition, tag):
            response = Response(status_code=304)
        return self._stored(request, response, reading, tag)

    def _stored(self, request: Request, response: Response, reading: Reading, tag: str) -> Response:
        response.headers["etag"] = tag
        # What was answered to a token is for nobody who cannot show it (RFC 9111, section 3.5).
        who = "private" if "authorization" in request.headers else "public"
        fresh = self._freshness.header(reading.covered_for())
        response.headers["cache-control"] = f"{who}, {fresh}"
        return vary(response)


def not_stored(response: Response) -> Response:
    """The same response, which no cache keeps."""
    response.headers["cache-control"] = "no-store"
    return vary(response)


def vary(response: Response) -> Response:
    """The same response, told apart by the headers that decide, or may decide, what is in it."""
    response.headers["vary"] = "Accept, Authorization"
    return response


def entity_tag(response: Response) -> str:
    """A strong tag: two responses that share it have the same bytes and the same type."""
    content_type = response.headers["content-type"].encode("latin-1")
    digest = sha256(content_type + b"\n" + bytes(response.body)).hexdigest()
    return f'"{digest}"'


def if_none_match(request: Request) -> str | None:
    """The value of the header, over all lines that it was sent in."""
    lines = request.headers.getlist("if-none-match")
    return ", ".join(lines) if lines else None


def matches(condition: str | None, tag: str) -> bool:
    """Whether an If-None-Match names the tag, compared weakly (RFC 9110, sections 8.8.3.2 and
    13.1.2). `*` is whatever there is; what is no list of tags names none."""
    if condition is None:
        return False
    return condition.strip() == "*" or tag in _ENTITY_TAG.findall(condition)


def _key(operation: Operation, response_type: str, scopes: frozenset[str]) -> bytes:
    """What decides an answer, but for the view: variables in any order are the same variables."""
    members = [
        operation.query,
        operation.name,
        operation.variables or {},
        response_type,
        sorted(scopes),
    ]
    return sha256(orjson.dumps(members, option=orjson.OPT_SORT_KEYS)).digest()
