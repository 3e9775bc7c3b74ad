"""Two processes on one store: each answer is one complete revision, whoever is behind."""

from __future__ import annotations

import json
import signal
import urllib.parse
import urllib.request
from contextlib import closing
from typing import Any

from gateway.app import Gateway
from gateway.errors import Reason
from tests.faults.stage import PATHS, Stage, running, until_well
from tests.faults.witness import watched
from tests.support.client import serving
from tests.support.folder import Folder
from tests.support.process import PATIENCE, Server
from tests.support.publisher import NOW


def test_both_follow_the_files_and_neither_shows_half_of_them(stage: Stage) -> None:
    with running(stage) as one, running(stage) as two:
        with watched(stage, one) as first, watched(stage, two) as second:
            for _ in range(3):
                revision = stage.publish()
                first.sees(revision)
                second.sees(revision)
        until_well(one)
        until_well(two)


def test_one_that_was_stopped_while_the_files_changed_is_behind_and_catches_up(
    stage: Stage,
) -> None:
    """Cursors of the one ahead are good at the one behind, or it says that they are not."""
    with running(stage) as behind, running(stage) as ahead:
        before = stage.revision
        with watched(stage, ahead) as witness:
            behind.process.send_signal(signal.SIGSTOP)
            try:
                after = stage.publish()
                witness.sees(after)
                cursor = page(ahead)["data"]["articles"]["pageInfo"]["endCursor"]
            finally:
                behind.process.send_signal(signal.SIGCONT)
            check_next_page(page(behind, cursor), before, after)
        with watched(stage, behind) as witness:
            witness.sees(after)
        check_next_page(page(behind, cursor), after, after)


def page(server: Server, after: str | None = None) -> Any:
    query = """query ($after: String) { articles(first: 2, after: $after) {
      totalCount edges { node { path title } } pageInfo { endCursor } } }"""
    asked = {"query": query, "variables": json.dumps({"after": after})}
    url = f"{server.url}?{urllib.parse.urlencode(asked)}"
    with urllib.request.urlopen(url, timeout=PATIENCE) as response:
        return json.load(response)


def check_next_page(answer: Any, before: int, after: int) -> None:
    """The two records that follow, of one revision; or a code."""
    if "errors" in answer:
        (error,) = answer["errors"]
        assert error["extensions"]["code"] in {Reason.CURSOR_EXPIRED, Reason.CURSOR_INVALID}
        return
    nodes = [edge["node"] for edge in answer["data"]["articles"]["edges"]]
    found = [(node["path"], node["title"]) for node in nodes]
    assert found in [[(path, f"Revision {n}") for path in PATHS[2:4]] for n in (before, after)]


def test_one_with_other_files_replaces_what_is_served_as_a_whole(
    folder: Folder, tmp_path_factory: Any
) -> None:
    """Whoever set that up gets one folder or the other, and never both."""
    other = Folder(tmp_path_factory.mktemp("other"), folder.publisher)
    for number in range(4):
        folder.add(f"_news/{number}.md", title="Ours")
        other.add(f"_news/{number + 2}.md", title="Theirs")
    settings = folder.settings.model_copy(update={"seeds": other.seeds})
    with serving(folder.settings) as client, closing(Gateway(settings, lambda: NOW)) as theirs:
        for _ in range(3):
            theirs.ingest()
            client.gateway.live.refresh()
            assert titles(client) == [(f"_news/{number}.md", "Theirs") for number in range(2, 6)]
            client.gateway.ingest()
            theirs.live.refresh()
            assert titles(client) == [(f"_news/{number}.md", "Ours") for number in range(4)]


def titles(client: Any) -> list[tuple[str, str]]:
    edges = client.data("{ articles { edges { node { path title } } } }")["articles"]["edges"]
    return [(edge["node"]["path"], edge["node"]["title"]) for edge in edges]
