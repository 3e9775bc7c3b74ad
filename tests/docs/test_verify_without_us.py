"""The commands of docs/verify-without-us.md are run as they stand, and print what is shown."""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from gateway.export.instructions import JOSE_SCRIPT, OPENSSL_SCRIPT
from gateway.live import unix_time
from gateway.settings import Settings
from tests.support.client import serving

ROOT = Path(__file__).parents[2]
PAGE = (ROOT / "docs/verify-without-us.md").read_text(encoding="utf-8")
NODE = ROOT / "tests/outsiders/node"
_BLOCK = re.compile(r"^```(sh|text)\n(.*?)^```", re.MULTILINE | re.DOTALL)


def need(program: str) -> str:
    found = shutil.which(program)
    if found is None:
        pytest.skip(f"NOT VERIFIED WITHOUT US: {program} is not installed")
    return found


class Shell:
    """Whoever types the page's commands, one after the other."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        scripts = str(Path(sys.executable).parent)
        self.environment = {**os.environ, "PATH": f"{scripts}{os.pathsep}{os.environ['PATH']}"}

    def run(self, command: str) -> str:
        """Standard output of a command that must succeed."""
        if found := re.fullmatch(r"cd (\w+)", command):
            self.folder /= found[1]
            return ""
        done = subprocess.run(
            ["sh", "-ec", command],
            cwd=self.folder,
            env=self.environment,
            capture_output=True,
            text=True,
            check=False,
        )
        assert done.returncode == 0, f"{command}\n{done.stdout}{done.stderr}"
        return done.stdout


@pytest.fixture
def shell(tmp_path: Path) -> Shell:
    """In a copy of the checkout, with the packages that the page has people install."""
    for program in ("openssl", "unzip", "node", "npm"):
        need(program)
    for name in ("seeds", "keys"):
        shutil.copytree(ROOT / name, tmp_path / name)
    for name in ("package.json", "package-lock.json", ".npmrc"):
        shutil.copy(NODE / name, tmp_path)
    subprocess.run([need("npm"), "ci", "--silent"], cwd=tmp_path, check=True, capture_output=True)
    return Shell(tmp_path)


def commands(block: str) -> list[str]:
    """Line by line, so that each must succeed; a block that writes a file is one command."""
    if "<<" not in block:
        return block.splitlines()
    script, _, rest = block.rpartition("\nEOF\n")
    return [f"{script}\nEOF\n", *rest.splitlines()]


def ask(folder: Path) -> None:
    """What the page's request, sent to a gateway over this folder, writes to answer.json."""
    found = re.search(r"^    -d '([^']+)'$", PAGE, re.MULTILINE)
    assert found is not None
    settings = Settings(
        seeds=folder / "seeds", keys=folder / "keys", store=f"sqlite:///{folder}/s.db", watch=False
    )
    with serving(settings, unix_time) as client:
        headers = {"Content-Type": "application/json"}
        answer = client.http.post("/graphql", content=found[1], headers=headers)
    (folder / "check/answer.json").write_bytes(answer.content)


def test_every_command_works_and_prints_what_is_shown(shell: Shell) -> None:
    top, printed, shown = shell.folder, "", 0
    for language, block in _BLOCK.findall(PAGE):
        if language == "text":
            assert printed.endswith(block)
            shown += 1
            continue
        if "unpack.mjs" in block:
            ask(top)
        printed = "".join(shell.run(command) for command in commands(block))
    assert shown == PAGE.count("```text\n") == 3


def test_nothing_on_the_page_that_looks_like_a_command_is_left_out() -> None:
    fences = re.findall(r"^```(\S.*)$", PAGE, re.MULTILINE)
    assert sorted(set(fences)) == ["console", "sh", "sh install", "text"]
    assert fences.count("sh") == sum(language == "sh" for language, _ in _BLOCK.findall(PAGE))
    install = re.search(r"^```sh install\nnpm install jose@(\d+)\n```", PAGE, re.MULTILINE)
    assert install is not None
    locked = json.loads((NODE / "package.json").read_text(encoding="utf-8"))
    assert locked["dependencies"]["jose"].startswith(f"{install[1]}.")


def test_a_bundles_own_page_has_the_same_scripts() -> None:
    assert OPENSSL_SCRIPT in PAGE
    assert JOSE_SCRIPT in PAGE


def test_a_command_that_must_fail_is_noticed_when_it_does_not(tmp_path: Path) -> None:
    need("openssl")
    with pytest.raises(AssertionError):
        Shell(tmp_path).run("! openssl version")
