"""docs/deploy.md: its requests give what is printed there, and what it names is there."""

from __future__ import annotations

import re
import shutil
import subprocess
from pathlib import Path
from urllib.parse import urlsplit

import pytest

from gateway.settings import Settings
from tests.deploy.image import ROOT
from tests.deploy.proxy import proxied
from tests.support.process import PATIENCE, serve

TEXT = (ROOT / "docs/deploy.md").read_text(encoding="utf-8")
# A request, over as many lines as it takes, and the one line that it prints.
REQUEST = re.compile(r"^\$ (curl (?:.*\\\n)*.*)\n(.+)$", re.MULTILINE)


def test_the_requests_are_answered_as_shown(tmp_path: Path) -> None:
    if shutil.which("curl") is None:
        pytest.skip("THE COMMANDS OF docs/deploy.md WERE NOT RUN: curl is not installed")
    for name in ("seeds", "keys"):
        shutil.copytree(ROOT / name, tmp_path / name)
    requests = REQUEST.findall(TEXT)
    assert len(requests) == TEXT.count("$ curl") == 4
    with (
        serve(tmp_path) as server,
        proxied(tmp_path / "nginx", urlsplit(server.url).port or 0) as port,
    ):
        for command, shown in requests:
            done = subprocess.run(
                ["/bin/sh", "-c", command.replace("127.0.0.1:8080", f"127.0.0.1:{port}")],
                capture_output=True,
                text=True,
                timeout=PATIENCE,
                check=True,
            )
            assert done.stdout.strip() == shown


def test_files_and_settings_that_are_named_exist() -> None:
    links = re.findall(r"\]\((?!http)([^)#]+)\)", TEXT)
    assert links
    assert [link for link in links if not (ROOT / "docs" / link).exists()] == []
    variables = re.findall(r"SEALGATE_([A-Z_]+)", TEXT)
    assert variables
    assert [name for name in variables if name.lower() not in Settings.model_fields] == []


def test_every_file_for_deployment_is_spoken_of() -> None:
    for path in (ROOT / "deploy").iterdir():
        assert path.name.removesuffix(".dockerignore") in TEXT
