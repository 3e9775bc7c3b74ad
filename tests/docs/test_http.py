"""What docs/http.md shows can be typed in, and gives what is printed there."""

from __future__ import annotations

import re
import shlex
import shutil
from pathlib import Path
from typing import Any
from urllib.parse import quote

import pytest

from gateway.live import unix_time
from gateway.settings import Settings
from tests.support.client import Client, serving

ROOT = Path(__file__).parents[2]
TEXT = (ROOT / "docs/http.md").read_text(encoding="utf-8")
ADDRESS = "http://127.0.0.1:8000"

# A command, over as many lines as it takes, and what is printed until the next one.
COMMAND = re.compile(r"^\$ (curl (?:\\\n|'[^']*'|[^'\n])*)\n((?:(?!\$ ).*\n)*)", re.MULTILINE)


def examples() -> list[tuple[str, str]]:
    blocks = re.findall(r"^```console\n(.*?)^```", TEXT, re.MULTILINE | re.DOTALL)
    return [found for block in blocks for found in COMMAND.findall(block)]


def curl(client: Client, command: str) -> str:
    """What curl would print: the options that the page uses, and no others."""
    words = iter(shlex.split(command.replace("\\\n", " "))[1:])
    headers, fields, form, body, address = {}, [], "", None, ""
    for word in words:
        match word:
            case "-s" | "-sG":
                pass
            case "-H":
                name, _, value = next(words).partition(": ")
                headers[name] = value
            case "--data-urlencode":
                name, _, value = next(words).partition("=")
                fields.append(f"{name}={quote(value)}")
            case "-d":
                body = next(words)
            case "-w":
                form = next(words)
            case _:
                assert word.startswith(f"{ADDRESS}/")
                address = word.removeprefix(ADDRESS)
    method = "GET" if body is None else "POST"
    target = f"{address}?{'&'.join(fields)}" if fields else address
    response = client.http.request(method, target, headers=headers, content=body)
    return str(response.text) + written(form, response)


def written(form: str, response: Any) -> str:
    form = form.replace("\\n", "\n").replace("%{http_code}", str(response.status_code))
    return re.sub(r"%header\{(.*?)\}", lambda found: response.headers[found[1]], form)


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    for name in ("seeds", "keys"):
        shutil.copytree(ROOT / name, tmp_path / name)
    (manifest,) = re.findall(r"^```json\n(.*?)^```", TEXT, re.MULTILINE | re.DOTALL)
    (tmp_path / "documents.json").write_text(manifest, encoding="utf-8")
    return Settings(
        seeds=tmp_path / "seeds",
        keys=tmp_path / "keys",
        store=f"sqlite:///{tmp_path}/s.db",
        documents=tmp_path / "documents.json",
        watch=False,
    )


def test_the_commands_print_what_is_shown(settings: Settings) -> None:
    found = examples()
    assert len(found) == TEXT.count("$ curl") == 5
    with serving(settings, unix_time) as client:
        for command, shown in found:
            assert curl(client, command).rstrip("\n") == shown.rstrip("\n")


def test_the_table_of_headers_is_right(settings: Settings) -> None:
    shown = re.findall(
        r"^\| `Cache-Control` \| `(.*?)` \| `(.*?)` \| `(.*?)` \|$", TEXT, re.MULTILINE
    )
    with serving(settings, unix_time) as client:
        responses = [
            client.http.get("/graphql?query={__typename}"),
            client.http.post("/graphql", json={"query": "{__typename}"}),
            client.http.get("/graphql?query={x}"),
        ]
    assert shown == [tuple(response.headers["cache-control"] for response in responses)]
    assert ["etag" in response.headers for response in responses] == [True, False, False]
    assert {response.headers["vary"] for response in responses} == {"Accept, Authorization"}
