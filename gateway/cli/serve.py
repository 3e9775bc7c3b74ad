"""`sealgate serve` and `sealgate ingest`."""

from __future__ import annotations

import signal
import socket
from typing import Annotated

import typer
import uvicorn

from gateway.app import Gateway
from gateway.cli import options
from gateway.cli.console import err, out, print_json, progress
from gateway.errors import Reason, SealgateError, SettingsError
from gateway.logs import set_up_logs
from gateway.repository.view import View
from gateway.settings import read_settings
from gateway.store.ingest import Ingested


def serve(
    host: Annotated[str | None, typer.Option(help="Address to listen on.")] = None,
    port: Annotated[int | None, typer.Option(help="Port to listen on; 0 takes a free one.")] = None,
    corpus: options.Corpus = None,
    seeds: options.Seeds = None,
    keys: options.Keys = None,
    store: options.StoreUrl = None,
) -> None:
    """Ingest what changed, then serve it until interrupted.

    Files and keys are watched: a change is visible within a second. Every setting can also be
    given as SEALGATE_NAME or in sealgate.toml; sealgate.example.toml lists them all.
    """
    settings = read_settings(
        host=host, port=port, corpus=corpus, seeds=seeds, keys=keys, store=store
    )
    log_config = set_up_logs(settings.log_format, settings.log_level)
    gateway = Gateway(settings)
    try:
        _ingest_first(gateway)
        listener = _listen(settings.host, settings.port)
        err.print(f"Serving http://{_shown(listener)}/graphql (Ctrl+C ends)")
        config = uvicorn.Config(
            gateway.asgi(),
            log_config=log_config,
            access_log=False,
            server_header=False,
            timeout_graceful_shutdown=10,
        )
        _end_quietly()
        uvicorn.Server(config).run(sockets=[listener])
    finally:
        gateway.close()


def _end_quietly() -> None:
    """uvicorn shuts down in order, then raises the signal again for whoever handled it before.

    Having been told to end and having done so is success: exit status 0, and no traceback.
    """
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, lambda *_: None)


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
    _print(done, gateway.repository.refresh(done.snapshot.created_at), to_stderr=True)


def ingest(
    corpus: options.Corpus = None,
    seeds: options.Seeds = None,
    keys: options.Keys = None,
    store: options.StoreUrl = None,
    as_json: options.AsJson = False,
) -> None:
    """Bring the store up to date with the files, and say what would be served.

    A running gateway on the same store takes the new snapshot up within a second.
    """
    settings = read_settings(corpus=corpus, seeds=seeds, keys=keys, store=store)
    set_up_logs(settings.log_format, settings.log_level)
    gateway = Gateway(settings)
    try:
        with progress("Ingesting") as report:
            done = gateway.ingest(report)
        view = gateway.repository.refresh(int(done.snapshot.created_at))
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
        "visible": len(view.entries),
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
        f" {done.removed} removed; {len(view.entries)} articles are served."
    )
    for path, rejected in sorted(view.withheld.items())[:20]:
        console.print(f"  withheld: {path}: {rejected.status} {rejected.reason}", markup=False)
    if len(view.withheld) > 20:
        console.print(f"  ... and {len(view.withheld) - 20} more; see: sealgate verify")
