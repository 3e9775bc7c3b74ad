"""A real nginx on loopback with deploy/nginx.conf, and what may stand behind it."""

from __future__ import annotations

import http.client
import os
import shutil
import signal
import socket
import subprocess
import threading
from collections.abc import Iterator
from contextlib import closing, contextmanager
from email.message import Message
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest

from tests.support.process import PATIENCE

ROOT = Path(__file__).parents[2]
CONFIG = ROOT / "deploy/nginx.conf"
_TEMPORARY = ("client_body", "proxy", "fastcgi", "uwsgi", "scgi")


def nginx() -> str:
    """The program's path. Skips the test, loudly, where it is not installed."""
    found = shutil.which("nginx", path=f"{os.environ.get('PATH', os.defpath)}:/usr/sbin")
    if found is None:
        pytest.skip("NOT TRIED BEHIND A PROXY: nginx is not installed")
    return found


def configured(port: int, upstream: int) -> str:
    """The committed file, but for the addresses, the name, and where nginx may write."""
    text = CONFIG.read_text(encoding="utf-8")
    for there, here in (
        ("listen 8080", f"listen 127.0.0.1:{port}"),
        ("server 127.0.0.1:8000;", f"server 127.0.0.1:{upstream};"),
        ("server_name sealgate.example.org;", "server_name sealgate.example.org 127.0.0.1;"),
        ("access_log /var/log/nginx/access.log sealgate;", "access_log access.log sealgate;"),
        ("http {\n", "http {\n" + "".join(f"{name}_temp_path {name};\n" for name in _TEMPORARY)),
    ):
        assert there in text
        text = text.replace(there, here)
    return text


@contextmanager
def proxied(folder: Path, upstream: int) -> Iterator[int]:
    """Runs nginx in front of a port of this machine; gives the port that it listens on.

    It inherits a socket that listens already, as from an nginx that it replaces: no other process
    can take the port, and whoever connects early waits.
    """
    program = nginx()
    folder.mkdir()
    with socket.create_server(("127.0.0.1", 0)) as listener:
        port = listener.getsockname()[1]
        file = folder / "nginx.conf"
        file.write_text(configured(port, upstream), encoding="utf-8")
        own = f"daemon off; pid {folder}/nginx.pid; error_log {folder}/error.log;"
        process = subprocess.Popen(
            [program, "-p", folder, "-e", folder / "error.log", "-c", file, "-g", own],
            env={**os.environ, "NGINX": f"{listener.fileno()};"},
            pass_fds=[listener.fileno()],
        )
    try:
        yield port
    finally:
        process.send_signal(signal.SIGTERM)
        process.wait(PATIENCE)
    assert [list((folder / name).iterdir()) for name in _TEMPORARY] == [[]] * len(_TEMPORARY)


@contextmanager
def connected(port: int) -> Iterator[http.client.HTTPConnection]:
    with closing(http.client.HTTPConnection("127.0.0.1", port, timeout=PATIENCE)) as connection:
        yield connection


class Recorder(ThreadingHTTPServer):
    """A gateway's place, taken by who remembers how it was asked.

    Asked for a stream, it sends one part, then waits until `read` is set before it sends the next.
    While `hangs_up` is set, it ends the connection instead of answering, once.
    """

    daemon_threads = True

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), _Recording)
        self.headers: list[Message[str, str]] = []
        self.connections = 0
        self.read = threading.Event()
        self.hangs_up = threading.Event()


class _Recording(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    server: Recorder

    def setup(self) -> None:
        super().setup()
        self.server.connections += 1

    def do_GET(self) -> None:
        self.server.headers.append(self.headers)
        self.rfile.read(int(self.headers.get("Content-Length", "0")))
        if self.server.hangs_up.is_set():
            self.server.hangs_up.clear()
            self.close_connection = True
        elif self.path.startswith("/graphql?stream"):
            self._stream()
        else:
            self.send_response(200)
            self.send_header("Content-Length", "0")
            self.end_headers()

    def do_POST(self) -> None:
        self.do_GET()

    def _stream(self) -> None:
        self.send_response(200)
        self.send_header("Content-Type", self.headers["Accept"])
        self.send_header("X-Accel-Buffering", "no")
        self.send_header("Transfer-Encoding", "chunked")
        self.end_headers()
        self._chunk(b"first\n")
        assert self.server.read.wait(PATIENCE)
        self._chunk(b"second\n")
        self._chunk(b"")

    def _chunk(self, data: bytes) -> None:
        self.wfile.write(b"%x\r\n%s\r\n" % (len(data), data))

    def log_message(self, *_: object) -> None:
        """Nothing: what it was asked is in `headers`."""


@contextmanager
def recording() -> Iterator[Recorder]:
    with Recorder() as recorder:
        thread = threading.Thread(target=recorder.serve_forever)
        thread.start()
        try:
            yield recorder
        finally:
            recorder.shutdown()
            thread.join()
