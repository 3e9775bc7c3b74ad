"""Spans, in memory and through a real receiver; nothing at all where nobody traces."""

from __future__ import annotations

import gzip
import os
import socket
import subprocess
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path
from typing import Any

import pytest
from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import (
    ExportTraceServiceRequest,
    ExportTraceServiceResponse,
)
from opentelemetry.sdk.trace import ReadableSpan, TracerProvider
from opentelemetry.sdk.trace.export import SimpleSpanProcessor
from opentelemetry.sdk.trace.export.in_memory_span_exporter import InMemorySpanExporter
from structlog.contextvars import merge_contextvars
from structlog.testing import capture_logs

from gateway.observe import tracing
from gateway.settings import Settings, read_settings
from tests.support.client import Client, serving
from tests.support.folder import Folder, replace_in

ROOT = Path(__file__).parents[2]
A, B = "_news/a.md", "_news/b.md"
TRACE, PARENT = "4bf92f3577b34da6a3ce929d0e0e4736", "00f067aa0ba902b7"


class Traced:
    def __init__(self, client: Client, memory: InMemorySpanExporter) -> None:
        self.client = client
        self._memory = memory

    def spans(self) -> dict[str, ReadableSpan]:
        return {span.name: span for span in self._memory.get_finished_spans()}

    def ask(self, query: str, **headers: str) -> dict[str, ReadableSpan]:
        self._memory.clear()
        self.client.http.post("/graphql?x=1", json={"query": query}, headers=headers)
        return self.spans()


def to(folder: Folder, endpoint: str) -> Settings:
    return folder.settings.model_copy(update={"otel_endpoint": endpoint})


@pytest.fixture
def traced(folder: Folder, monkeypatch: pytest.MonkeyPatch) -> Iterator[Traced]:
    memory = InMemorySpanExporter()
    provider = TracerProvider(shutdown_on_exit=False)
    provider.add_span_processor(SimpleSpanProcessor(memory))
    monkeypatch.setattr(tracing, "provider_for", lambda _: provider)
    folder.add(A)
    replace_in(folder.add(B), "quality: 80", "quality: 81")
    with serving(to(folder, "http://127.0.0.1:1/v1/traces")) as client:
        yield Traced(client, memory)


def parent_of(span: ReadableSpan) -> int | None:
    return None if span.parent is None else span.parent.span_id


def id_of(span: ReadableSpan) -> int:
    assert span.context is not None
    found: int = span.context.span_id
    return found


def attributes(span: ReadableSpan) -> dict[str, Any]:
    return dict(span.attributes or {})


def test_a_request_is_a_tree_of_spans(traced: Traced) -> None:
    spans = traced.ask("query Latest { articles(first: 1) { edges { node { title } } } }")
    request, execute = spans["POST /graphql"], spans["graphql.execute"]
    assert {"graphql.prepare", "index", "store.read"} <= spans.keys()
    for name in ("graphql.prepare", "graphql.execute"):
        assert parent_of(spans[name]) == id_of(request)
    for name in ("index", "store.read"):
        assert parent_of(spans[name]) == id_of(execute)
    assert attributes(request) == {
        "http.request.method": "POST",
        "http.route": "/graphql",
        "http.response.status_code": 200,
    }
    assert attributes(execute) == {
        "graphql.operation.type": "query",
        "graphql.operation.name": "Latest",
    }


def test_the_trace_of_the_caller_goes_on(traced: Traced) -> None:
    spans = traced.ask("{ __typename }", traceparent=f"00-{TRACE}-{PARENT}-01")
    request = spans["POST /graphql"]
    assert request.context is not None
    assert f"{request.context.trace_id:032x}" == TRACE
    assert parent_of(request) == int(PARENT, 16)


@pytest.mark.parametrize("header", ["", "00-xyz", f"00-{'0' * 32}-{PARENT}-01", "1" * 5000])
def test_what_is_no_parent_begins_a_trace(traced: Traced, header: str) -> None:
    request = traced.ask("{ __typename }", traceparent=header)["POST /graphql"]
    assert request.parent is None


def test_log_lines_name_the_trace(traced: Traced) -> None:
    with capture_logs(processors=[merge_contextvars]) as logs:
        traced.ask("{ __typename }", traceparent=f"00-{TRACE}-{PARENT}-01")
    (line,) = [entry for entry in logs if entry["event"] == "request"]
    assert line["trace_id"] == TRACE


def test_an_ingest_is_a_span(traced: Traced) -> None:
    assert "ingest" in traced.spans()


def test_a_failure_leaves_its_code_and_no_message(traced: Traced) -> None:
    spans = traced.ask(f'{{ a: article(path: "{B}") {{ title }} }}')
    assert "RECORD" not in str([span.to_json() for span in spans.values()])
    spans = traced.ask('{ node(id: "nonsense-secret") { id } }')
    assert "secret" not in str([span.to_json() for span in spans.values()])


def test_names_of_clients_are_cut_and_paths_are_ours(traced: Traced) -> None:
    spans = traced.ask(f"query {'x' * 5000} {{ __typename }}")
    assert attributes(spans["graphql.execute"])["graphql.operation.name"] == "x" * 100
    traced.client.http.request("BREW", "/secret-path")
    assert "secret" not in str([span.to_json() for span in traced.spans().values()])
    assert "_OTHER /*" in traced.spans()


def test_nothing_is_loaded_where_nobody_traces(folder: Folder) -> None:
    folder.add(A)
    program = (
        "import sys; from pathlib import Path; from gateway.app import Gateway\n"
        "from gateway.settings import read_settings\n"
        "folder = Path(sys.argv[1])\n"
        "gateway = Gateway(read_settings(seeds=folder / 'seeds', keys=folder / 'keys',"
        " store=f'sqlite:///{folder}/store.db')); gateway.asgi(); gateway.close()\n"
        "sys.exit(any(name.startswith('opentelemetry') for name in sys.modules))"
    )
    done = subprocess.run([sys.executable, "-c", program, str(folder.base)], cwd=ROOT, check=False)
    assert done.returncode == 0


# A receiver


class Receiver(HTTPServer):
    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), _Handler)
        self.exports: list[ExportTraceServiceRequest] = []
        self.paths: list[str] = []

    @property
    def endpoint(self) -> str:
        return f"http://127.0.0.1:{self.server_port}/v1/traces"


class _Handler(BaseHTTPRequestHandler):
    server: Receiver

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers["content-length"]))
        if self.headers.get("content-encoding") == "gzip":
            body = gzip.decompress(body)
        self.server.paths.append(self.path)
        self.server.exports.append(ExportTraceServiceRequest.FromString(body))
        self.send_response(200)
        self.send_header("content-type", "application/x-protobuf")
        self.end_headers()
        self.wfile.write(ExportTraceServiceResponse().SerializeToString())

    def log_message(self, *_: object) -> None:
        pass


@contextmanager
def receiving() -> Iterator[Receiver]:
    with Receiver() as receiver:
        thread = threading.Thread(target=receiver.serve_forever, kwargs={"poll_interval": 0.05})
        thread.start()
        try:
            yield receiver
        finally:
            receiver.shutdown()
            thread.join()


def test_a_receiver_gets_all_spans_before_the_gateway_has_ended(folder: Folder) -> None:
    folder.add(A)
    with receiving() as receiver:
        with serving(to(folder, receiver.endpoint)) as client:
            headers = {"traceparent": f"00-{TRACE}-{PARENT}-01"}
            query = {"query": "query Q { articles { totalCount } }"}
            client.http.post("/graphql", json=query, headers=headers)
        resources = [part for export in receiver.exports for part in export.resource_spans]
        found = {
            span.name: span
            for resource in resources
            for scope in resource.scope_spans
            for span in scope.spans
        }
    assert set(receiver.paths) == {"/v1/traces"}
    assert {"POST /graphql", "graphql.prepare", "graphql.execute", "ingest"} <= found.keys()
    assert found["POST /graphql"].trace_id.hex() == TRACE
    assert found["POST /graphql"].parent_span_id.hex() == PARENT
    names = {pair.key: pair.value.string_value for pair in resources[0].resource.attributes}
    assert names["service.name"] == "sealgate"


def test_a_receiver_that_does_not_answer_keeps_no_process(
    folder: Folder, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It is there, takes connections, and never says a word; the thread that waits is left."""
    monkeypatch.setattr(tracing, "_LAST_SECONDS", 0.05)
    monkeypatch.setenv("OTEL_EXPORTER_OTLP_TIMEOUT", "0.5")
    folder.add(A)
    with socket.create_server(("127.0.0.1", 0)) as silent:
        endpoint = f"http://127.0.0.1:{silent.getsockname()[1]}/v1/traces"
        with serving(to(folder, endpoint)) as client:
            client.post("{ __typename }")
        sending = [thread for thread in threading.enumerate() if "shutdown" in thread.name]
        assert all(thread.daemon for thread in sending)
        assert sending
    for thread in sending:
        thread.join()


def test_where_spans_go_may_be_said_as_opentelemetry_says_it(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    for name in list(os.environ):
        if name.startswith("OTEL_"):
            monkeypatch.delenv(name)
    assert read_settings().otel_endpoint is None
    monkeypatch.setenv("OTEL_EXPORTER_OTLP_ENDPOINT", "http://127.0.0.1:4318/")
    assert read_settings().otel_endpoint == "http://127.0.0.1:4318/v1/traces"
    monkeypatch.setenv("OTEL_EXPORTER_OTLP_TRACES_ENDPOINT", "http://127.0.0.1:4319/t")
    assert read_settings().otel_endpoint == "http://127.0.0.1:4319/t"
    monkeypatch.setenv("SEALGATE_OTEL_ENDPOINT", "http://127.0.0.1:4320/own")
    assert read_settings().otel_endpoint == "http://127.0.0.1:4320/own"
    monkeypatch.delenv("SEALGATE_OTEL_ENDPOINT")
    monkeypatch.setenv("OTEL_SDK_DISABLED", "true")
    assert read_settings().otel_endpoint is None
