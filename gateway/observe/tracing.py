"""Traces, for OpenTelemetry. This module is loaded only where they are wanted.

Where the spans go is a setting; how many of them, under what name and with which credentials is
said by the variables OTEL_* that the SDK defines for all programs, and reads itself.
"""

from __future__ import annotations

import threading
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from importlib.metadata import version

import structlog
from opentelemetry.context import Context
from opentelemetry.exporter.otlp.proto.http.trace_exporter import OTLPSpanExporter
from opentelemetry.sdk.resources import OTELResourceDetector, Resource
from opentelemetry.sdk.trace import TracerProvider
from opentelemetry.sdk.trace.export import BatchSpanProcessor
from opentelemetry.trace import Span, SpanKind, Status, StatusCode, format_trace_id
from opentelemetry.trace.propagation.tracecontext import TraceContextTextMapPropagator
from starlette.middleware import Middleware
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from gateway.errors import Reason, SealgateError
from gateway.spans import CURRENT, Attributes

# W3C Trace Context, section 3.3.1.5: what has to be passed on of a tracestate, in characters.
_MAX_STATE = 512
# For what was not sent yet when the process ends.
_LAST_SECONDS = 2.0
_HEADERS = (b"traceparent", b"tracestate")

_PATHS = frozenset({"/graphql", "/metrics", "/healthz", "/readyz"})
_METHODS = frozenset({"GET", "HEAD", "POST", "OPTIONS"})


def provider_for(endpoint: str) -> TracerProvider:
    """Sends batches to a receiver of OTLP over HTTP, from a thread of its own."""
    own = Resource({"service.name": "sealgate", "service.version": version("sealgate")})
    provider = TracerProvider(
        resource=own.merge(OTELResourceDetector().detect()), shutdown_on_exit=False
    )
    provider.add_span_processor(BatchSpanProcessor(OTLPSpanExporter(endpoint)))
    return provider


class Tracing:
    """Makes spans. An exception leaves its code in one, and never its message."""

    def __init__(self, provider: TracerProvider) -> None:
        self._provider = provider
        self._tracer = provider.get_tracer("sealgate", version("sealgate"))

    @contextmanager
    def span(self, name: str, attributes: Attributes) -> Iterator[None]:
        with self._started(name, SpanKind.INTERNAL, attributes) as span:
            try:
                yield
            except Exception as error:
                _fail(
                    span, str(error.code if isinstance(error, SealgateError) else Reason.INTERNAL)
                )
                raise

    @contextmanager
    def request(self, scope: Scope) -> Iterator[Span]:
        """The span of an HTTP request, below the one that the caller names in `traceparent`."""
        method = scope["method"] if scope["method"] in _METHODS else "_OTHER"
        path = scope["path"] if scope["path"] in _PATHS else "/*"
        attributes = {"http.request.method": method, "http.route": path}
        parent = _parent(scope)
        with self._started(f"{method} {path}", SpanKind.SERVER, attributes, parent) as span:
            yield span

    @contextmanager
    def _started(
        self, name: str, kind: SpanKind, attributes: Attributes, parent: Context | None = None
    ) -> Iterator[Span]:
        with self._tracer.start_as_current_span(
            name,
            parent,
            kind,
            dict(attributes),
            record_exception=False,
            set_status_on_exception=False,
        ) as span:
            yield span

    def middleware(self) -> Middleware:
        return Middleware(TracedRequests, tracing=self)

    def close(self) -> None:
        """Send what there is, if somebody takes it: no process waits for that to end."""
        sending = threading.Thread(target=self._provider.shutdown, daemon=True)
        sending.start()
        sending.join(_LAST_SECONDS)


class TracedRequests:
    """Around everything else, so that log lines know the trace that they belong to."""

    def __init__(self, app: ASGIApp, tracing: Tracing) -> None:
        self._app = app
        self._tracing = tracing

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] not in {"http", "websocket"}:
            await self._app(scope, receive, send)
            return
        token = CURRENT.set(self._tracing.span)
        try:
            if scope["type"] == "http":
                await self._trace(scope, receive, send)
            else:
                # A connection may last for days: what is asked on it makes spans of its own.
                await self._app(scope, receive, send)
        finally:
            CURRENT.reset(token)

    async def _trace(self, scope: Scope, receive: Receive, send: Send) -> None:
        with self._tracing.request(scope) as span:

            async def send_and_note(message: Message) -> None:
                if message["type"] == "http.response.start":
                    span.set_attribute("http.response.status_code", message["status"])
                    if message["status"] >= 500:
                        _fail(span, str(message["status"]))
                await send(message)

            trace_id = format_trace_id(span.get_span_context().trace_id)
            with structlog.contextvars.bound_contextvars(trace_id=trace_id):
                await self._app(scope, receive, send_and_note)


def _fail(span: Span, kind: str) -> None:
    span.set_attribute("error.type", kind)
    span.set_status(Status(StatusCode.ERROR))


def _parent(scope: Scope) -> Context:
    return TraceContextTextMapPropagator().extract(_carrier(scope), Context())


def _carrier(scope: Scope) -> Mapping[str, str]:
    """The two headers of W3C Trace Context, each if it was sent once and is no longer than need be;
    no baggage: nothing here would use it."""
    sent = [(name, value) for name, value in scope["headers"] if name in _HEADERS]
    names = [name for name, _ in sent]
    return {
        name.decode("ascii"): value.decode("latin-1")
        for name, value in sent
        if names.count(name) == 1 and len(value) <= _MAX_STATE
    }
