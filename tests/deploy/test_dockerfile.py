"""deploy/Dockerfile as text: what has to hold of every image that is made from it."""

from __future__ import annotations

import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from tests.deploy.image import DOCKERFILE, ROOT, instructions, last, named

BASES = [found.text.split()[0] for found in instructions() if found.name == "FROM"]


def test_hadolint_has_no_objection() -> None:
    program = Path(sys.executable).parent / "hadolint"
    if not program.exists():
        pytest.skip("THE DOCKERFILE WAS NOT LINTED: hadolint is not installed")
    done = subprocess.run([program, DOCKERFILE], capture_output=True, text=True, check=False)
    assert (done.returncode, done.stdout) == (0, "")


def test_every_base_is_pinned_by_a_tag_and_comes_from_the_default_registry() -> None:
    assert len(BASES) == 3
    for base in BASES:
        assert re.fullmatch(r"[a-z]+:\d[\w.]*-[\w.-]+", base), base


def test_it_runs_as_nobody_by_number() -> None:
    """A cluster that wants no root can check a number, and no name."""
    assert named("USER") == ["65534:65534"]


def test_nothing_is_fetched_but_what_is_locked_by_hash() -> None:
    assert named("ADD") == []
    text = " ".join(named("RUN"))
    assert not re.search(r"\bcurl\b|\bwget\b|https?://|apt-get", text)
    assert "npm ci" in text
    assert "npm install" not in text
    installs = [part for part in text.split("&&") if " install " in part]
    assert len(installs) == 3
    for install in installs:
        assert "--require-hashes" in install or "--no-index" in install


def test_the_last_stage_holds_no_tools_and_no_sources() -> None:
    final = [found for found in instructions() if found.stage == "2"]
    assert not [found for found in final if found.name == "RUN"]
    copied = [found.text for found in final if found.name == "COPY"]
    assert copied
    assert all(text.startswith("--from=build ") for text in copied)


def test_it_says_when_it_is_well_and_starts_by_itself() -> None:
    assert "/healthz" in last("HEALTHCHECK")
    assert (last("ENTRYPOINT"), last("CMD")) == ('["sealgate"]', '["serve"]')
    assert last("VOLUME") == '["/store"]'


def test_what_is_copied_is_let_through_and_secrets_are_not() -> None:
    lines = (ROOT / "deploy/Dockerfile.dockerignore").read_text(encoding="utf-8").splitlines()
    allowed = {line.removeprefix("!") for line in lines if line.startswith("!")}
    assert "*" in lines
    for text in named("COPY"):
        if not text.startswith("--from"):
            *sources, _ = text.split()
            for source in sources:
                assert any(name == source or name.startswith(f"{source}/") for name in allowed)
                assert (ROOT / source).exists()
    assert not any(name.startswith(("seeds", "keys", ".git", ".sealgate")) for name in allowed)


def test_docker_reads_it_the_same_way() -> None:
    """Only where a daemon runs: its own checks, without making the image."""
    docker = shutil.which("docker")
    if docker is None or _quiet([docker, "info"]) != 0:
        pytest.skip("THE DOCKERFILE WAS NOT READ BY DOCKER: no daemon runs here")
    assert _quiet([docker, "build", "--check", "-f", str(DOCKERFILE), str(ROOT)]) == 0


def _quiet(command: list[str]) -> int:
    return subprocess.run(command, capture_output=True, timeout=60, check=False).returncode
