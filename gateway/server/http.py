"""HTTP/1.1 on one connection: uvicorn's protocol, with bounds.

It builds on the inside of one version of uvicorn (tests/server/test_uvicorn.py says which).
"""

from __future__ import annotations

import asyncio
from http import HTTPStatus
from typing import Any, cast
from urllib.parse import unquote

import httptools
import structlog
from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol

from gateway.server.crowd import make_room
from gateway.server.cycle import Cycle
from gateway.server.limits import (
    LINGER_BYTES,
    MAX_PIPELINED,
    ServerConfig,
    State,
)
from gateway.server.outflow import Outflow
from gateway.server.refusal import (
    BODY_TOO_LARGE,
    ENDING,
    FULL,
    Refusal,
    RefusedError,
    headers_too_large,
    malformed,
    too_slow,
    url_too_long,
)

log = structlog.get_logger("sealgate.server")

# Headers that say where a request ends or whom it is for.
_FRAMING = frozenset({b"host", b"transfer-encoding", b"expect"})

# What nearly all ask for.
_ENDPOINT = b"/graphql"


class HttpProtocol(HttpToolsProtocol):
    """Nothing is waited for without end, and nothing is kept without bound.

    No timer runs for a request: whoever sweeps calls `check` now and then, which compares the clock
    with the moment when the connection entered the state that it is in. Bytes that arrive do not
    move that moment, so sending one now and then gains nothing.
    """

    cycle: Cycle

    def __init__(
        self,
        config: ServerConfig,
        server_state: State,
        app_state: dict[str, Any],
        _loop: asyncio.AbstractEventLoop | None = None,
    ) -> None:
        super().__init__(config, server_state, app_state, _loop)
        self._limits = config.limits
        self._tell_refused = config.refused
        self._state = server_state
        self._since = self.loop.time()
        # What is being answered, or was answered last; `cycle` is what arrived last.
        self._active: Cycle | None = None
        # Whether anything was answered on this connection yet.
        self._is_used = False
        # Whether a request has begun to arrive and has not arrived in full, and whether this is
        # behind its headers; its bytes on the wire so far, how many there may be, and the size of
        # the piece that is being parsed.
        self._begun = False
        self._headers_done = False
        self._wire = 0
        self._most = self._limits.head
        self._piece = 0
        self._hosts = 0
        # What the parser was stopped for, and what is said after the answers that are still due.
        self._refusal: Refusal | None = None
        self._last_words: Refusal | None = None
        # Once nothing that arrives is parsed any more, how much of it arrived.
        self._deaf = False
        self._discarded = 0
        self._lingering = False

    # The connection

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]  # as in uvicorn
        super().connection_made(transport)
        self._since = self.loop.time()
        self._outflow = Outflow(transport, self._since)
        if len(self.connections) > self._limits.connections:
            self._find_room()

    def connection_lost(self, exc: Exception | None) -> None:
        super().connection_lost(exc)
        self.pipeline.clear()
        # uvicorn tells the request that came last, which may not be the one that is answered.
        if self._active is not None:
            self._active.give_up()

    def _find_room(self) -> None:
        if not make_room(self.connections, self):
            self._log(FULL)
            self._write(FULL)
            self.leave()

    def leave(self) -> None:
        """Close, and stop counting at once."""
        self._deaf = True
        self.connections.discard(self)
        self.transport.close()

    @property
    def waits_since(self) -> float | None:
        """Since when nothing goes on here but waiting for a request; None where something does."""
        return None if self._is_answering() or self._deaf else self._since

    def shutdown(self) -> None:
        """The process ends: answer what arrived, and nothing else."""
        if self._is_answering():
            self.cycle.keep_alive = self.cycle.said_close
        elif self._begun and not self._deaf:
            self._refuse(ENDING)
        elif not self._lingering:
            self.transport.close()

    # The clock

    def check(self, now: float) -> None:
        """Cut off whom we have waited for too long. now: on the clock of the event loop."""
        state, limits = self._state, self._limits
        stuck = self._outflow.is_stuck(now, state.patience(limits.send_timeout))
        if stuck or state.is_over(now):
            self.transport.abort()
        elif not self.transport.is_closing():
            self._check_arrival(now - self._since)

    def _check_arrival(self, waited: float) -> None:
        limits = self._limits
        if self._lingering:
            if waited > self._state.linger:
                self.transport.close()
        elif self._is_answering():
            self._check_body(waited)
        elif self._begun:
            if waited > limits.header_timeout:
                self._refuse(too_slow("headers", limits.header_timeout))
        elif waited > (limits.keep_alive_timeout if self._is_used else limits.header_timeout):
            self.transport.close()

    def _check_body(self, waited: float) -> None:
        if self.pipeline or not self.cycle.more_body:
            return
        allowed = self._limits.body_timeout
        if waited <= self._state.patience(allowed):
            return
        if self.cycle.response_started:
            self.transport.close()
        else:
            ending = self._state.ending_since is not None
            self._refuse(ENDING if ending else too_slow("body", allowed))

    # What arrives

    def data_received(self, data: bytes) -> None:
        if self._deaf:
            self._discard(len(data))
            return
        if not self._begun:
            self._begin_request()
        self._piece = len(data)
        self._wire += self._piece
        try:
            self.parser.feed_data(data)
        except httptools.HttpParserUpgrade:
            self._upgrade()
        except httptools.HttpParserError as error:
            self._refuse(self._refusal or malformed(str(error)))
        else:
            if self._wire > self._most and self._begun:
                self._refuse(self._too_much())

    def _begin_request(self) -> None:
        self._begun = True
        self._headers_done = False
        self._wire = 0
        self._most = self._limits.head
        self._since = self.loop.time()

    def _discard(self, size: int) -> None:
        self._discarded += size
        if self._discarded > LINGER_BYTES:
            self.transport.close()

    def _too_much(self) -> Refusal:
        if self._headers_done:
            return BODY_TOO_LARGE
        return headers_too_large(f"{self._limits.headers} bytes")

    def _upgrade(self) -> None:
        if not self._should_upgrade():
            # The answer is plain HTTP. What comes after an upgrade is not parsed as a request.
            self.cycle.keep_alive = False
            self._deaf = True
        elif self._is_answering():
            self._refuse(malformed("an upgrade behind another request"))
        else:
            self.handle_websocket_upgrade()

    # What the parser finds

    def on_message_begin(self) -> None:
        super().on_message_begin()
        self._begun = True
        self._headers_done = False
        self._hosts = 0
        self._wire = self._piece
        self._most = self._limits.head

    def on_url(self, url: bytes) -> None:
        self.url += url
        if len(self.url) > self._limits.url:
            raise self._refused(url_too_long(self._limits.url))

    def on_header(self, name: bytes, value: bytes) -> None:
        if self._headers_done:
            return  # trailers are no headers (RFC 9110, section 6.5.1)
        if len(self.headers) >= self._limits.header_count:
            raise self._refused(headers_too_large(f"{self._limits.header_count} lines"))
        name = name.lower()
        self.headers.append((name, value))
        if name in _FRAMING:
            self._note_framing(name, value.strip().lower())

    def _note_framing(self, name: bytes, value: bytes) -> None:
        if name == b"host":
            self._hosts += 1
        elif name == b"expect":
            self.expect_100_continue = value == b"100-continue"
        elif value != b"chunked" or self.parser.get_http_version() != "1.1":
            # Whoever is in front of us may see another end of the body (RFC 9112, section 6.1).
            raise self._refused(malformed("Transfer-Encoding", HTTPStatus.NOT_IMPLEMENTED))

    def on_headers_complete(self) -> None:
        version = self.parser.get_http_version()
        self._check_head(version)
        self._headers_done = True
        self._most = self._limits.message
        self.scope["method"] = self.parser.get_method().decode("ascii")
        self.scope["http_version"] = version
        if self.parser.should_upgrade():
            if self._should_upgrade():
                return
            if self.scope["method"] not in {"GET", "HEAD"}:
                # The parser would take the body for something else than a body.
                raise self._refused(malformed("an upgrade of a request with a body"))
        self._set_path()
        self._answer(version)

    def _check_head(self, version: str) -> None:
        if version not in {"1.1", "1.0"}:
            raise self._refused(malformed("version", HTTPStatus.HTTP_VERSION_NOT_SUPPORTED))
        if self._hosts != 1 and (self._hosts or version == "1.1"):
            raise self._refused(malformed("one header Host is needed"))
        # Rarely do the pieces that it came in, the body included, come to more than that.
        if self._wire > self._limits.headers:
            size = sum(len(name) + len(value) + 4 for name, value in self.headers)
            if size > self._limits.headers:
                raise self._refused(headers_too_large(f"{self._limits.headers} bytes"))

    def _set_path(self) -> None:
        if self.url == _ENDPOINT and not self.root_path:  # nothing in it to be taken apart
            self.scope["path"], self.scope["raw_path"] = "/graphql", _ENDPOINT
            self.scope["query_string"] = b""
            return
        try:
            url = httptools.parse_url(self.url)
        except httptools.HttpParserError:
            raise self._refused(malformed("URL")) from None
        raw_path = url.path or b"/"
        if not raw_path.startswith(b"/"):
            raise self._refused(malformed("URL"))
        path = raw_path.decode("ascii")  # as the parser has seen to
        self.scope["path"] = self.root_path + (unquote(path) if "%" in path else path)
        self.scope["raw_path"] = self.root_path.encode("ascii") + raw_path
        self.scope["query_string"] = url.query or b""

    def _answer(self, version: str) -> None:
        if len(self.pipeline) >= MAX_PIPELINED:
            raise self._refused(malformed(f"more than {MAX_PIPELINED} requests at once"))
        waits = self._is_answering()
        self.cycle = self._cycle(keep_alive=version == "1.1" and self.parser.should_keep_alive())
        if waits:
            self.flow.pause_reading()
            self.pipeline.appendleft((self.cycle, self.app))
        else:
            self._start(self.cycle)

    def _cycle(self, *, keep_alive: bool) -> Cycle:
        return Cycle(
            scope=self.scope,
            transport=self.transport,
            flow=self.flow,
            logger=self.logger,
            access_logger=self.access_logger,
            access_log=self.access_log,
            default_headers=self.server_state.default_headers,
            message_event=asyncio.Event(),
            expect_100_continue=self.expect_100_continue,
            keep_alive=keep_alive,
            on_response=self.on_response_complete,
        )

    def on_message_complete(self) -> None:
        super().on_message_complete()
        self._begun = False

    def _refused(self, refusal: Refusal) -> RefusedError:
        """The parser tells that something was raised, and not what."""
        self._refusal = refusal
        return RefusedError(refusal)

    # What is answered

    def _is_answering(self) -> bool:
        return self._active is not None and not self.cycle.response_complete

    def _refuse(self, refusal: Refusal) -> None:
        """Now, or after the answers to what came before it on the connection."""
        self._deaf = True
        self._log(refusal)
        if not self._is_answering():
            self._say(refusal)
        elif not self._headers_done or not self.cycle.more_body:
            self._last_words = refusal
        elif self.pipeline:
            self.pipeline.popleft()
            self._last_words = refusal
        elif not self.cycle.response_started:
            self.cycle.give_up()
            self._say(refusal)

    def _log(self, refusal: Refusal) -> None:
        log.info("request_refused", status=refusal.status, code=refusal.reason)
        self._tell_refused(str(refusal.reason))

    def _say(self, refusal: Refusal) -> None:
        self._write(refusal)
        self._linger()

    def _write(self, refusal: Refusal) -> None:
        if not self.transport.is_closing():
            self.transport.write(refusal.response(self.server_state.default_headers))

    def _linger(self) -> None:
        """Say that nothing follows, and let the client see it before the connection ends."""
        if self.transport.is_closing():
            return
        self._deaf = self._lingering = True
        self._since = self.loop.time()
        self.flow.resume_reading()
        self.transport.write_eof()

    def _start(self, cycle: Cycle) -> None:
        self._active = cycle
        self._is_used = True
        self._since = self.loop.time()
        self._start_asgi_task(cycle, self.app)

    def on_response_complete(self) -> None:
        self.server_state.total_requests += 1
        if self.transport.is_closing():
            return
        self.flow.resume_reading()
        if self._active is not None and self._active.said_close:
            self.pipeline.clear()
            self._end_early(self._active)
        elif self.pipeline:
            self._start(cast(Cycle, self.pipeline.pop()[0]))
        elif self._last_words is not None:
            self._say(self._last_words)
        else:
            self._since = self.loop.time()

    def _end_early(self, cycle: Cycle) -> None:
        if cycle.more_body:
            self._linger()
        else:
            self.transport.close()
