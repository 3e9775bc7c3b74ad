"""What docs/subscriptions.md shows can be run, and gives what is printed there."""

from __future__ import annotations

import re
import shutil
from pathlib import Path

import graphql

from gateway.live import unix_time
from gateway.settings import Settings
from schema.build import sdl
from tests.support.client import serving

ROOT = Path(__file__).parents[2]
TEXT = (ROOT / "docs/subscriptions.md").read_text(encoding="utf-8")


def test_the_queries_fit_the_schema() -> None:
    schema = graphql.build_schema(sdl())
    queries = re.findall(r"^```graphql\n(.*?)^```", TEXT, re.MULTILINE | re.DOTALL)
    queries += re.findall(r'query"?(?: =|:) "(.*?)"[;}]', TEXT)
    assert len(queries) == 3
    for query in queries:
        assert graphql.validate(schema, graphql.parse(query)) == []


def test_the_event_stream_is_the_one_that_is_shown(tmp_path: Path) -> None:
    for name in ("seeds", "keys"):
        shutil.copytree(ROOT / name, tmp_path / name)
    settings = Settings(
        seeds=tmp_path / "seeds",
        keys=tmp_path / "keys",
        store=f"sqlite:///{tmp_path}/s.db",
        watch=False,
    )
    shown = re.search(r"^:\n\nevent: next\n.*?\n\n", TEXT, re.MULTILINE | re.DOTALL)
    found = re.search(r"-d '(.*?)'", TEXT)
    assert shown is not None
    assert found is not None
    headers = {"accept": "text/event-stream", "content-type": "application/json"}
    with (
        serving(settings, unix_time) as client,
        client.http.stream("POST", "/graphql", content=found[1], headers=headers) as response,
    ):
        given = ""
        for chunk in response.iter_text():
            given += chunk
            if len(given) >= len(shown[0]):
                break
    assert given == shown[0]
