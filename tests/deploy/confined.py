"""A program as nobody, on a machine on which it can write to one folder alone."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from tests.support.process import PATIENCE, Server

NOBODY = 65534

# All that is mounted becomes read-only, but for the folder that is named first; /proc shows no more
# than processes, as ProcSubset=pid has it. Then it is made sure that nothing can be written any
# more, not even by root, and what follows is run.
_READ_ONLY = r"""
store=$1; shift
mount --bind "$store" "$store" || exit 99
while read -r _ place _; do
  [ "$place" = "$store" ] || mount -o remount,bind,ro "$place" 2>/dev/null || true
done < /proc/self/mounts
mount -t proc -o ro,subset=pid proc /proc 2>/dev/null || true
for place in / /tmp /var/tmp /dev/shm /run "$HOME" "$PWD"; do
  if (: > "$place/written") 2>/dev/null; then exit 98; fi
done
exec "$@"
"""

# Another user than nobody may own the Python of whoever runs the tests, and its folders be closed
# to others: reading them is allowed, which makes nothing writable.
_AS_NOBODY = [
    "setpriv",
    f"--reuid={NOBODY}",
    f"--regid={NOBODY}",
    "--clear-groups",
    "--no-new-privs",
    "--inh-caps=-all,+dac_read_search",
    "--ambient-caps=-all,+dac_read_search",
    "--bounding-set=-all,+dac_read_search",
]


def confined(store: Path, command: list[str], environment: dict[str, str]) -> list[str]:
    """The command line that runs it so. Skips the test, loudly, where that is not allowed."""
    unshare = ["unshare", "--mount"]
    if os.geteuid() != 0:
        unshare.append("--map-root-user")
    for program in ("unshare", "setpriv"):
        if shutil.which(program) is None:
            pytest.skip(f"NOT TRIED ON A READ-ONLY FILE SYSTEM: {program} is not installed")
    if subprocess.run([*unshare, "true"], capture_output=True, check=False).returncode != 0:
        pytest.skip("NOT TRIED ON A READ-ONLY FILE SYSTEM: no mount namespace may be made here")
    given = [f"{name}={value}" for name, value in environment.items()]
    shell = ["/bin/sh", "-c", _READ_ONLY, "sh", str(store)]
    return [*unshare, *shell, *as_nobody(), "env", "-i", *given, *command]


def as_nobody() -> list[str]:
    """What goes before a command; who is not root stays who it is, without any way to more."""
    if os.geteuid() == 0:
        return _AS_NOBODY
    return ["setpriv", "--no-new-privs"]


def own_folder(path: Path) -> Path:
    """A new folder that nobody but nobody may enter, or whoever takes its place."""
    path.mkdir(0o700)
    if os.geteuid() == 0:
        os.chown(path, NOBODY, NOBODY)
    return path


@contextmanager
def running(command: list[str]) -> Iterator[Server]:
    """A gateway that any command starts. What it says after its address goes nowhere."""
    process = subprocess.Popen(
        command, stderr=subprocess.PIPE, stdout=subprocess.DEVNULL, text=True
    )
    assert process.stderr is not None
    said = []
    try:
        for line in process.stderr:
            said.append(line)
            if found := re.search(r"Serving http://\S+?:(\d+)/", line):
                yield Server(process, f"http://127.0.0.1:{found[1]}/graphql")
                return
        raise AssertionError(f"it ended with {process.wait(PATIENCE)}: {''.join(said)}")
    finally:
        process.kill()
        process.wait()
        process.stderr.close()
