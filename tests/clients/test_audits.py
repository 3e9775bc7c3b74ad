"""What GraphQL over HTTP asks of a server, asked by the reference implementation's own audits."""

from __future__ import annotations

import json
import subprocess
from pathlib import Path
from typing import NamedTuple

import pytest

from tests.support.folder import Folder
from tests.support.node import install, need
from tests.support.process import PATIENCE, seal_now, serve

NODE = Path(__file__).parent / "audits"
# One line an audit, as audit.mjs names them: known before npm has been asked, so that each is a
# test of its own.
NAMES = tuple((NODE / "audits.txt").read_text(encoding="utf-8").splitlines())


class Outcome(NamedTuple):
    status: str
    reason: str | None


@pytest.fixture(scope="module")
def packages(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return install(NODE, tmp_path_factory.mktemp("audits"))


def run_audits(packages: Path, *url: str) -> dict[str, Outcome]:
    done = subprocess.run(
        [need("node"), "audit.mjs", *url],
        cwd=packages,
        capture_output=True,
        text=True,
        timeout=2 * PATIENCE,
        check=True,
    )
    found = [json.loads(line) for line in done.stdout.splitlines()]
    return {
        f"{one['id']} {one['name']}": Outcome(one.get("status", ""), one.get("reason"))
        for one in found
    }


@pytest.fixture(scope="module")
def outcomes(packages: Path, tmp_path_factory: pytest.TempPathFactory) -> dict[str, Outcome]:
    folder = seal_now(Folder(tmp_path_factory.mktemp("audited")))
    with serve(folder.base) as server:
        return run_audits(packages, server.url)


def test_there_are_no_other_audits(packages: Path) -> None:
    assert len(NAMES) == 61
    assert tuple(run_audits(packages)) == NAMES


@pytest.mark.parametrize("name", NAMES)
def test_audit(outcomes: dict[str, Outcome], name: str) -> None:
    assert outcomes[name] == Outcome("ok", None)


def test_a_server_that_is_not_ours_fails_some(packages: Path, folder: Folder) -> None:
    """What answers 404 to everything meets none of the audits that ask for an answer."""
    seal_now(folder)
    with serve(folder.base) as server:
        found = run_audits(packages, server.url.replace("/graphql", "/nowhere"))
    assert {one.status for one in found.values()} > {"ok"}
