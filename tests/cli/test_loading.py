"""Each command loads what it needs by itself: elsewhere it is run where much is loaded already."""

from __future__ import annotations

import shlex
import subprocess
import sys

import pytest

from tests.support.command import sealgate
from tests.support.folder import Folder

PATH = "_news/a.md"
BEFORE = {
    "seal": ["keys generate --private me.jwk --kid mine"],
    "sealed": ["keys generate --private me.jwk --kid mine", "seal --key me.jwk"],
    "rooted": [
        "keys generate --private me.jwk --kid mine",
        "trust init --private root.jwk --public root.public.jwk",
        "trust sign --root root.jwk",
    ],
    "tokens": ["token new --scope read --file t.json"],
    "nothing": [],
}


@pytest.mark.parametrize(
    ("line", "before"),
    [
        ("--version", "nothing"),
        ("--help", "nothing"),
        ("schema export", "nothing"),
        ("keys generate --private me.jwk", "nothing"),
        ("keys list", "seal"),
        ("keys rotate --private new.jwk", "seal"),
        ("keys status", "sealed"),
        ("keys revoke mine --reason lost", "seal"),
        ("seal --key me.jwk", "seal"),
        ("reseal --key me.jwk", "sealed"),
        ("verify", "sealed"),
        ("ingest", "sealed"),
        ("audit", "sealed"),
        ("audit --format html --output audit.html", "sealed"),
        ("export", "sealed"),
        (f"export --bundle {PATH} --output bundle.zip", "sealed"),
        ("trust init --private root.jwk --public root.public.jwk", "nothing"),
        ("trust sign --root root.jwk", "rooted"),
        ("trust show --root-key root.public.jwk", "rooted"),
        ("token new --scope read --file t.json", "nothing"),
        ("token list --file t.json", "tokens"),
        ("audit-trail verify trail.ndjson", "nothing"),
    ],
)
def test_a_command_works_in_a_process_that_has_loaded_nothing(
    folder: Folder, line: str, before: str
) -> None:
    folder.write(PATH)
    for path in folder.keys.iterdir():
        path.unlink()
    (folder.base / "trail.ndjson").touch()
    for words in BEFORE[before]:
        assert sealgate(*shlex.split(words), cwd=folder.base).returncode == 0
    command = [sys.executable, "-m", "gateway.cli.main", *shlex.split(line)]
    done = subprocess.run(command, cwd=folder.base, capture_output=True, text=True, check=False)
    assert (done.returncode, "Traceback" in done.stderr) == (0, False), done.stderr
