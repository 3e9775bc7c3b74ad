"""What the README shows is what happens, on a copy of the demo seeds."""

from __future__ import annotations

import json
import re
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from gateway.live import unix_time
from gateway.settings import Settings
from tests.support.client import Client, serving
from tests.support.folder import replace_in

ROOT = Path(__file__).parents[2]
README = (ROOT / "README.md").read_text(encoding="utf-8")
NAME = "_news/2026-09-14-why-a-newsroom-signs-every-story.md"


def blocks(language: str) -> list[str]:
    return re.findall(rf"^```{language}\n(.*?)^```", README, re.MULTILINE | re.DOTALL)


@pytest.fixture
def demo(tmp_path: Path) -> Path:
    """The demo in the working directory, as in a fresh clone."""
    for name in ("seeds", "keys"):
        shutil.copytree(ROOT / name, tmp_path / name)
    return tmp_path


@pytest.fixture
def client(demo: Path) -> Iterator[Client]:
    settings = Settings(store=f"sqlite:///{demo}/store.db", watch=False)
    # Real time: the demo must work on the day on which somebody tries it.
    with serving(settings, unix_time) as client:
        yield client


def ask(client: Client) -> dict[str, Any]:
    return client.post(blocks("graphql")[0])


def test_the_query_gives_the_answer_shown(client: Client) -> None:
    assert ask(client) == json.loads(blocks("json")[0])


def test_one_changed_byte_gives_the_refusal_shown(client: Client, demo: Path) -> None:
    replace_in(demo / "seeds" / NAME, "quality: 118", "quality: 119")
    client.gateway.ingest()
    assert ask(client) == json.loads(blocks("json")[1])
    command = [sys.executable, "-m", "gateway.cli.main", "verify", f"seeds/{NAME}"]
    done = subprocess.run(command, cwd=demo, capture_output=True, text=True, check=False)
    assert done.returncode == 1
    assert done.stdout in README


def test_three_commands_seal_a_corpus_from_nothing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("HOME", str(tmp_path))
    records = tmp_path / "mine/records/_news"
    records.mkdir(parents=True)
    shutil.copy(next((ROOT / "tests/fixtures").glob("*.md")), records)
    shown = [line[2:] for block in blocks("console") for line in block.splitlines()]
    commands = [line for line in shown if line.startswith("sealgate ")]
    assert [line.split()[1] for line in commands] == ["keys", "seal", "serve"]
    for line in commands[:2]:
        words = [word.replace("~", str(tmp_path)) for word in line.split()[1:]]
        subprocess.run(
            [sys.executable, "-m", "gateway.cli.main", *words],
            cwd=tmp_path,
            check=True,
            capture_output=True,
        )
    names = {"--corpus": "corpus", "--seeds": "seeds", "--keys": "keys"}
    words = commands[2].split()[2:]
    given: dict[str, Any] = {
        names[option]: value for option, value in zip(words[::2], words[1::2], strict=True)
    }
    settings = Settings(store=f"sqlite:///{tmp_path}/store.db", watch=False, **given)
    with serving(settings, unix_time) as client:
        assert client.data("{articles {totalCount}}")["articles"]["totalCount"] == 1


def test_every_link_leads_somewhere() -> None:
    for target in re.findall(r"\]\(([^)#]+)\)", README):
        assert (ROOT / target).exists(), target
