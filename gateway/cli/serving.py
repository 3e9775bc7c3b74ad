"""What `serve` and `ingest` do once their settings are known."""

from __future__ import annotations

import signal
import socket
from functools import partial
from pathlib import Path
from typing import Any

import structlog

from gateway.app import Gateway
from gateway.cli.console import err, out, print_json, progress
from gateway.cli.workers import Workers
from gateway.errors import Reason, SealgateError, SettingsError
from gateway.logs import set_up_logs
from gateway.memory import collect_rarely
from gateway.observe.siblings import meeting_place
from gateway.repository.view import View
from gateway.server.descriptors import connections_that_fit
from gateway.server.limits import ServerConfig, ServerLimits
from gateway.server.repeating import RepeatingProtocol
from gateway.server.server import Server
from gateway.server.socket import SocketProtocol
from gateway.settings import Settings
from gateway.store.ingest import Ingested
from gateway.store.store import EMPTY

log = structlog.get_logger("sealgate.server")


def run_server(settings: Settings) -> None:
    """Ingest, then serve until a signal ends it. Raises SealgateError."""
    log_config = set_up_logs(settings.log_format, settings.log_level)
    gateway = Gateway(settings)
    try:
        gateway.check_documents()
        _ingest_first(gateway)
        listener = _listen(settings.host, settings.port)
        _end_stuck_connections(listener, settings.send_timeout)
        if settings.workers == 1:
            server = _server(gateway, log_config)
            _announce(listener)
            server.run(sockets=[listener])
            return
    finally:
        gateway.close()
    with meeting_place() as folder:
        work = partial(_work, settings, folder)
        workers = Workers(settings.workers, work, listener)
        workers.obey_signals()
        _announce(listener)
        workers.run()


def _announce(listener: socket.socket) -> None:
    """From here on a signal ends it in order; before, it ends it at once."""
    err.print(f"Serving http://{_shown(listener)}/graphql (Ctrl+C ends)")


def _work(settings: Settings, folder: Path | None, number: int, listener: socket.socket) -> None:
    """One of several workers. The first one follows the files, the others see its snapshots.

    folder: where they find each other.
    """
    log_config = set_up_logs(settings.log_format, settings.log_level)
    structlog.contextvars.bind_contextvars(worker=number)
    gateway = Gateway(settings, follows_files=number == 0, worker=number, workers_folder=folder)
    try:
        if gateway.store.latest() == EMPTY:
            # What was taken up before the workers began is gone: the store was found damaged since,
            # and nobody is to be told meanwhile that there is nothing.
            gateway.ingest()
        else:
            gateway.live.refresh()
        _server(gateway, log_config).run(sockets=[listener])
    finally:
        gateway.close()


def _server(gateway: Gateway, log_config: dict[str, Any]) -> Server:
    collect_rarely()
    config = ServerConfig(
        gateway.asgi(),
        _limits(gateway.settings),
        gateway.observation.metrics.refused,
        gateway.repeats,
        http=RepeatingProtocol,
        ws=SocketProtocol,
        log_config=log_config,
        access_log=False,
        server_header=False,
        forwarded_allow_ips=list(gateway.settings.trusted_proxies),
        ws_max_size=gateway.settings.max_body_bytes,
    )
    server = Server(config, gateway.streams)
    _end_quietly(server)
    return server


def _limits(settings: Settings) -> ServerLimits:
    connections = connections_that_fit(settings.max_connections)
    if connections < settings.max_connections:
        log.warning("fewer_connections", asked=settings.max_connections, files_allow=connections)
    return ServerLimits(
        header_timeout=settings.header_timeout,
        body_timeout=settings.body_timeout,
        keep_alive_timeout=settings.keep_alive_timeout,
        send_timeout=settings.send_timeout,
        connections=connections,
        url=settings.max_url_bytes,
        headers=settings.max_header_bytes,
        body=settings.max_body_bytes,
    )


def _end_quietly(server: Server) -> None:
    """uvicorn shuts down in order, then raises the signal again for whoever handled it before.

    Having been told to end and having done so is success: exit status 0, and no traceback. Whoever
    tells it before it listens to signals itself is heard, too.
    """

    def told(*_: object) -> None:
        server.should_exit = True

    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, told)


def _listen(host: str, port: int) -> socket.socket:
    """A listening socket. Raises SettingsError where there can be none."""
    try:
        family = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)[0][0]
        return socket.create_server((host, port), family=family, backlog=2048)
    except OSError as error:
        raise SettingsError(
            Reason.SETTINGS,
            f"cannot listen on {host}:{port}: {(error.strerror or str(error)).lower()}",
            hint="Choose another port: SEALGATE_PORT=8010 or --port 8010.",
        ) from None


def _end_stuck_connections(listener: socket.socket, seconds: float) -> None:
    """Have the kernel end connections whose peers take no bytes for so long (RFC 5482).

    Accepted sockets inherit it. Closing one would wait for the peer to take what is still in the
    buffers, and ASGI has no way to cut it off. Where the option is missing they wait for TCP.
    """
    option = getattr(socket, "TCP_USER_TIMEOUT", None)
    if option is not None:
        listener.setsockopt(socket.IPPROTO_TCP, option, max(1, int(seconds * 1000)))


def _shown(listener: socket.socket) -> str:
    host, port = listener.getsockname()[:2]
    return f"[{host}]:{port}" if ":" in host else f"{host}:{port}"


def _ingest_first(gateway: Gateway) -> None:
    """Trouble with the files is no reason not to serve what the store holds."""
    try:
        with progress("Ingesting") as report:
            done = gateway.ingest(report)
    except SealgateError as error:
        if gateway.store.latest().id == 0:
            raise
        gateway.health.trouble("seeds", error)
        gateway.live.refresh()
        return
    _print(done, gateway.view(), to_stderr=True)


def run_ingest(settings: Settings, *, as_json: bool) -> None:
    """Ingest and print what would be served. Raises SealgateError."""
    set_up_logs(settings.log_format, settings.log_level)
    gateway = Gateway(settings)
    try:
        with progress("Ingesting") as report:
            done = gateway.ingest(report)
        view = gateway.view()
    finally:
        gateway.close()
    if as_json:
        print_json(_document(done, view))
    else:
        _print(done, view, to_stderr=False)


def _document(done: Ingested, view: View) -> dict[str, object]:
    return {
        "snapshot": done.snapshot.id,
        "added": done.added,
        "changed": done.changed,
        "removed": done.removed,
        "visible": len(view.by_path),
        "verdicts": {str(status): count for status, count in sorted(view.counts.items())},
        "withheld": [
            {
                "path": path,
                "status": str(rejected.status),
                "reason": str(rejected.reason),
                "detail": rejected.detail,
            }
            for path, rejected in sorted(view.withheld.items())
        ],
    }


def _print(done: Ingested, view: View, *, to_stderr: bool) -> None:
    console = err if to_stderr else out
    console.print(
        f"Snapshot {done.snapshot.id}: {done.added} added, {done.changed} changed,"
        f" {done.removed} removed; {len(view.by_path)} records are served."
    )
    for path, rejected in sorted(view.withheld.items())[:20]:
        console.print(f"  withheld: {path}: {rejected.status} {rejected.reason}", markup=False)
    if len(view.withheld) > 20:
        console.print(f"  ... and {len(view.withheld) - 20} more; see: sealgate verify")
