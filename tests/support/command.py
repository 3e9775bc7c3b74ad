"""The command `sealgate`, each time in a process of its own.

Loading it takes longer than what it does, and tests run it hundreds of times: so its processes are
forked off one that has loaded what it stands on. The command itself, `gateway.cli`, is imported
anew each time, since it looks at its terminal and its environment then. That each command loads
what it needs by itself, is tests/cli/test_loading.py.
"""

from __future__ import annotations

import json
import os
import sys
from multiprocessing import get_context
from pathlib import Path
from subprocess import CompletedProcess
from tempfile import TemporaryDirectory
from typing import Any

_FORKS = get_context("forkserver")
_FORKS.set_forkserver_preload(
    [
        "gateway.app",
        "gateway.audit.audit",
        "gateway.audit.verification",
        "gateway.export.bundle",
        "gateway.reseal",
        "rich.progress",
        "rich.table",
        "typer.main",
    ]
)


def sealgate(
    *arguments: str | Path, cwd: Path | None = None, columns: int = 200
) -> CompletedProcess[str]:
    """Without a terminal, and with the environment of the test."""
    done = sealgate_bytes(*arguments, cwd=cwd, columns=columns)
    told = (done.stdout.decode(), done.stderr.decode())
    return CompletedProcess(done.args, done.returncode, *told)


def output(*arguments: str | Path, cwd: Path | None = None) -> Any:
    """What it tells scripts."""
    done = sealgate(*arguments, "--json", cwd=cwd)
    assert "Traceback" not in done.stderr
    return json.loads(done.stdout)


def sealgate_bytes(
    *arguments: str | Path, cwd: Path | None = None, columns: int = 200
) -> CompletedProcess[bytes]:
    """The same with the very bytes that it wrote."""
    words = ["sealgate", *map(str, arguments)]
    environment = {**os.environ, "COLUMNS": str(columns)}
    with TemporaryDirectory() as folder:
        told = (Path(folder, "out"), Path(folder, "err"))
        process = _FORKS.Process(target=_run, args=(words, cwd or Path.cwd(), environment, *told))
        process.start()
        process.join()
        status = process.exitcode
        process.close()
        assert status is not None
        return CompletedProcess(words, status, *(path.read_bytes() for path in told))


def _run(words: list[str], cwd: Path, environment: dict[str, str], out: Path, err: Path) -> None:
    """What a new process does."""
    os.environ.clear()
    os.environ.update(environment)
    os.chdir(cwd)
    for descriptor, path in ((1, out), (2, err)):
        file = os.open(path, os.O_WRONLY | os.O_CREAT, 0o600)
        os.dup2(file, descriptor)
        os.close(file)
    sys.argv = words
    from gateway.cli.main import main  # noqa: PLC0415

    main()
