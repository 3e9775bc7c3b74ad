"""deploy/sealgate.service: systemd understands it, and a gateway needs nothing that it denies."""

from __future__ import annotations

import os
import re
import shutil
import signal
import subprocess
from functools import cache
from pathlib import Path

import pytest

from gateway.server.limits import LAST_SECONDS
from tests.deploy.confined import as_nobody, own_folder, running
from tests.deploy.image import ROOT, Image
from tests.support.folder import Folder
from tests.support.process import PATIENCE, seal_now

UNIT = ROOT / "deploy/sealgate.service"


def need(program: str) -> str:
    found = shutil.which(program)
    if found is None:
        pytest.skip(f"THE UNIT WAS NOT TRIED: {program} is not installed")
    return found


def settings() -> dict[str, list[str]]:
    """Every setting of the unit, with all of its values."""
    found: dict[str, list[str]] = {}
    for line in UNIT.read_text(encoding="utf-8").splitlines():
        name, is_setting, value = line.partition("=")
        if is_setting and not line.startswith("#"):
            found.setdefault(name, []).append(value)
    return found


def analyze(*arguments: str | Path) -> subprocess.CompletedProcess[str]:
    command = [need("systemd-analyze"), "--no-pager", *arguments]
    return subprocess.run(command, capture_output=True, text=True, check=False, timeout=PATIENCE)


def test_systemd_understands_every_line(tmp_path: Path) -> None:
    text = UNIT.read_text(encoding="utf-8").replace("/opt/sealgate/bin/sealgate", "/bin/true")
    unit = tmp_path / UNIT.name
    unit.write_text(text, encoding="utf-8")
    done = analyze("verify", "--man=no", unit)
    assert (done.returncode, done.stdout + done.stderr) == (0, "")


def test_systemd_finds_little_to_object_to() -> None:
    """The scale ends at 10; what runs without any of this is at 9.6."""
    done = analyze("security", "--offline=true", "--threshold=15", UNIT)
    assert done.returncode == 0, done.stdout


def test_it_waits_for_longer_than_the_gateway_takes_to_end() -> None:
    assert float(settings()["TimeoutStopSec"][-1]) > LAST_SECONDS + 10


@pytest.fixture(scope="module")
def calls(image: Image, tmp_path_factory: pytest.TempPathFactory) -> list[str]:
    """Every system call of a gateway with two workers, from its start to its end."""
    need("setpriv")
    tracer = need("strace")
    base = tmp_path_factory.mktemp("traced")
    folder = seal_now(Folder(base / "corpus"))
    store = own_folder(base / "store")
    log = store / "calls"
    environment = image.environment(folder.base, store) | {"SEALGATE_LOG_LEVEL": "error"}
    command = [str(image.sealgate), "serve", "--port", "0", "--workers", "2"]
    given = [f"-E{name}={value}" for name, value in environment.items()]
    with running([*as_nobody(), tracer, "-f", "-qq", "-o", str(log), *given, *command]) as server:
        assert server.post("{articles {totalCount}}") == {"data": {"articles": {"totalCount": 1}}}
        # The tracer is deaf to signals while it traces: whom it traces is told.
        first = log.read_text(encoding="utf-8", errors="replace").split(maxsplit=1)[0]
        os.kill(int(first), signal.SIGTERM)
        assert server.process.wait(PATIENCE) == 0
    return log.read_text(encoding="utf-8", errors="replace").splitlines()


def test_no_system_call_is_filtered(calls: list[str]) -> None:
    allowed: set[str] = set()
    for value in settings()["SystemCallFilter"]:
        names = set().union(*(group(name) for name in value.lstrip("~").split()))
        allowed = allowed - names if value.startswith("~") else allowed | names
    made = {found[1] for line in calls if (found := re.match(r"\d+ +(\w+)\(", line))}
    assert {"execve", "accept4", "listen"} <= made
    assert made - allowed == set()


@cache
def group(name: str) -> frozenset[str]:
    """The calls of a group, as this machine's systemd has them."""
    if not name.startswith("@"):
        return frozenset({name})
    lines = analyze("syscall-filter", name).stdout.splitlines()[1:]
    members = [line.strip() for line in lines if line.strip() and not line.strip().startswith("#")]
    return frozenset().union(*map(group, members))


def test_no_socket_is_of_a_family_that_is_denied(calls: list[str]) -> None:
    allowed = set(settings()["RestrictAddressFamilies"][-1].split())
    made = {found[1] for line in calls if (found := re.search(r" socket(?:pair)?\((\w+)", line))}
    assert "AF_INET" in made
    assert made <= allowed


def test_no_memory_is_writable_and_executable(calls: list[str]) -> None:
    """Nor made executable later, which is denied as well."""
    maps = [line for line in calls if re.match(r"\d+ +(mmap|mprotect|pkey_mprotect)\(", line)]
    assert maps
    assert not [line for line in maps if "PROT_WRITE|PROT_EXEC" in line]
    assert not [line for line in maps if " mmap(" not in line and "PROT_EXEC" in line]
