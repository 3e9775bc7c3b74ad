"""The image of deploy/Dockerfile, made without Docker: its own commands, in a folder."""

from __future__ import annotations

import json
import os
import re
import shlex
import shutil
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
DOCKERFILE = ROOT / "deploy/Dockerfile"
# What the stage `pages` makes; here `make graphiql` has made it.
_PAGES = ROOT / "gateway/http/static/graphiql"
_INSTALL_SECONDS = 300.0


@dataclass(frozen=True)
class Instruction:
    """One line of a Dockerfile, continuation lines joined. stage: by its name, or its number."""

    stage: str
    name: str
    text: str


def instructions() -> Iterator[Instruction]:
    stage, count = "", 0
    for line in DOCKERFILE.read_text(encoding="utf-8").replace("\\\n", " ").splitlines():
        if not line.strip() or line.startswith("#"):
            continue
        name, _, text = line.partition(" ")
        if name == "FROM":
            _, _, named = text.partition(" AS ")
            stage, count = named or str(count), count + 1
        yield Instruction(stage, name, " ".join(text.split()))


def named(name: str) -> list[str]:
    """What the instructions of this name say, over all stages."""
    return [found.text for found in instructions() if found.name == name]


def last(name: str) -> str:
    return named(name)[-1]


@dataclass(frozen=True)
class Image:
    """A folder that stands for the root of the image."""

    base: Path

    @property
    def sealgate(self) -> Path:
        return self.base / "opt/sealgate/bin/sealgate"

    @property
    def python(self) -> Path:
        return self.base / "opt/sealgate/bin/python"

    def environment(self, corpus: Path, store: Path) -> dict[str, str]:
        """The image's variables, with what it keeps and what is mounted at these places."""
        text = last("ENV").replace("$PATH", os.defpath).replace("/opt/", f"{self.base}/opt/")
        for there, here in (("/corpus", corpus), ("/store", store)):
            text = re.sub(rf"(?<=[=/]){there}(?=[/ ]|$)", str(here), text)
        return dict(word.split("=", 1) for word in shlex.split(text))

    def health(self, port: int) -> bool:
        """Whether the image's own check, of a gateway on this port, says that it is well."""
        command = json.loads(last("HEALTHCHECK").partition("CMD ")[2])
        assert command.pop(0) == "python"
        asked = [word.replace("127.0.0.1:8000", f"127.0.0.1:{port}") for word in command]
        done = subprocess.run([self.python, *asked], env={}, capture_output=True, check=False)
        return done.returncode == 0


def build(base: Path) -> Image:
    """Do what the stage `build` says. Skips the test, loudly, where nothing can be installed."""
    if not (_PAGES / "main.js").is_file():
        pytest.skip("THE IMAGE WAS NOT MADE: run make graphiql first")
    work = base / "build"
    for found in instructions():
        if found.stage != "build":
            continue
        if found.name == "COPY":
            _copy(found.text, work)
        elif found.name == "RUN":
            _run(found.text, base, work)
    return Image(base)


def _copy(text: str, work: Path) -> None:
    *sources, into = text.split()
    if sources[0] == "--from=pages":
        shutil.copytree(_PAGES, work / into)
        return
    for source in sources:
        target = work / into if source == into else work / into / source
        target.parent.mkdir(parents=True, exist_ok=True)
        if (ROOT / source).is_dir():
            shutil.copytree(ROOT / source, target, ignore=_ignored)
        else:
            shutil.copy(ROOT / source, target)


def _ignored(folder: str, names: list[str]) -> set[str]:
    """As Dockerfile.dockerignore has it."""
    return {"__pycache__"} | {name for name in names if Path(folder, name) == _PAGES}


def _run(text: str, base: Path, work: Path) -> None:
    command = text.replace("/opt/", f"{base}/opt/")
    path = base / "bin"
    if not path.exists():
        (base / "opt").mkdir()
        path.mkdir()
        (path / "python").symlink_to(sys.executable)
    done = subprocess.run(
        ["/bin/sh", "-c", command],
        cwd=work,
        env={**os.environ, "PATH": f"{path}:{os.environ['PATH']}"},
        capture_output=True,
        text=True,
        timeout=_INSTALL_SECONDS,
        check=False,
    )
    if "No matching distribution" in done.stderr or "Connection" in done.stderr:
        pytest.skip(f"THE IMAGE WAS NOT MADE: nothing can be installed here: {done.stderr[-300:]}")
    assert done.returncode == 0, done.stdout + done.stderr
