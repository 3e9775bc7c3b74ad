"""Every example of the cookbook is run, on a copy of the demo, and gives what is printed there."""

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

ROOT = Path(__file__).parents[2]
COOKBOOK = (ROOT / "docs/cookbook.md").read_text(encoding="utf-8")

_EXAMPLE = re.compile(
    r"^### ([^\n]+)\n|^```graphql\n(.*?)^```\n\n"
    r"(?:^```json variables\n(.*?)^```\n\n)?^```json\n(.*?)^```",
    re.MULTILINE | re.DOTALL,
)


def examples() -> Iterator[Any]:
    """Query, variables and answer of each example, under the name of its section."""
    section = ""
    for heading, query, variables, answer in _EXAMPLE.findall(COOKBOOK):
        if heading:
            section = heading
        else:
            given = json.loads(variables) if variables else None
            yield pytest.param(query, given, json.loads(answer), id=section)


@pytest.fixture(scope="module")
def demo(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("demo")
    for name in ("seeds", "keys"):
        shutil.copytree(ROOT / name, folder / name)
    return folder


@pytest.fixture(scope="module")
def client(demo: Path) -> Iterator[Client]:
    settings = Settings(
        seeds=demo / "seeds", keys=demo / "keys", store=f"sqlite:///{demo}/s.db", watch=False
    )
    with serving(settings, unix_time) as client:
        yield client


def fits(shown: Any, found: Any) -> bool:
    """Whether an answer is the one that is shown, where … stands for anything."""
    if shown == "…":
        return found is not None
    if isinstance(shown, dict) and isinstance(found, dict):
        same = shown.keys() == found.keys()
        return same and all(fits(shown[name], found[name]) for name in shown)
    if isinstance(shown, list) and isinstance(found, list):
        return len(shown) == len(found) and all(map(fits, shown, found))
    return bool(shown == found)


@pytest.mark.parametrize(("query", "variables", "answer"), list(examples()))
def test_a_query_gives_the_answer_shown(
    client: Client, query: str, variables: Any, answer: Any
) -> None:
    found = client.post(query, **({"variables": variables} if variables else {}))
    assert fits(answer, found), json.dumps(found, indent=2, ensure_ascii=False)


def test_every_query_in_the_cookbook_is_run() -> None:
    assert len(list(examples())) == COOKBOOK.count("```graphql\n") >= 10


def test_each_of_the_three_users_has_a_section() -> None:
    for user in ("frontend teams", "integrators", "auditors"):
        assert f"## For {user}\n" in COOKBOOK


def test_the_request_by_hand_gives_the_answer_shown(client: Client) -> None:
    found = re.search(r"^\$ curl .*-d '([^']+)'\n(.+)\n", COOKBOOK, re.MULTILINE)
    assert found is not None
    headers = {"Content-Type": "application/json"}
    assert client.http.post("/graphql", content=found[1], headers=headers).text == found[2]


def run(demo: Path, *command: str) -> str:
    done = subprocess.run(command, cwd=demo, capture_output=True, text=True, check=False)
    assert "Traceback" not in done.stderr, done.stderr
    return done.stdout + done.stderr


def test_the_commands_print_what_is_shown_and_what_they_export_holds(demo: Path) -> None:
    console = "".join(re.findall(r"^```console\n(.*?)^```", COOKBOOK, re.MULTILINE | re.DOTALL))
    commands = re.findall(r"^\$ sealgate ([^\n]+)\n((?:[^$].*\n)+)", console, re.MULTILINE)
    assert len(commands) == 3
    for line, shown in commands:
        assert run(demo, sys.executable, "-m", "gateway.cli.main", *line.split()) == shown
    script = re.search(r"^```python\n(.*?)^```", COOKBOOK, re.MULTILINE | re.DOTALL)
    result = re.search(r"^```text\n(.*?)^```", COOKBOOK, re.MULTILINE | re.DOTALL)
    assert script is not None
    assert result is not None
    assert run(demo, sys.executable, "-W", "ignore", "-c", script[1]) == result[1]


def test_a_forged_line_of_an_export_does_not_hold(demo: Path) -> None:
    run(demo, sys.executable, "-m", "gateway.cli.main", "export", "-o", "records.ndjson")
    file = demo / "records.ndjson"
    file.write_text(file.read_text(encoding="utf-8").replace("Galway", "Dublin"), encoding="utf-8")
    script = re.search(r"^```python\n(.*?)^```", COOKBOOK, re.MULTILINE | re.DOTALL)
    assert script is not None
    done = subprocess.run(
        [sys.executable, "-c", script[1]], cwd=demo, capture_output=True, text=True, check=False
    )
    assert "BadSignatureError" in done.stderr
