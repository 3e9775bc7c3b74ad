"""A supergraph of ours and somebody else's, as Apollo's composition and gateway see it."""

from __future__ import annotations

import json
import shutil
import subprocess
from pathlib import Path
from typing import Any

import pytest

from tests.support.folder import Folder
from tests.support.node import install, need
from tests.support.process import PATIENCE, add_now, seal_now, serve

NODE = Path(__file__).parent / "federation"
ROOT = Path(__file__).parents[2]


@pytest.fixture(scope="module")
def packages(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return install(NODE, tmp_path_factory.mktemp("federation"))


def answers(
    packages: Path, folder: Path, reviews: list[dict[str, Any]], *queries: str
) -> list[dict[str, Any]]:
    """What Apollo's gateway answers, over a real process of ours and one of reviews."""
    (folder / "sealgate.toml").write_text("federation = true\n", encoding="utf-8")
    with serve(folder) as server:
        ended = subprocess.run(
            [need("node"), "compose.mjs", server.url],
            cwd=packages,
            input=json.dumps({"reviews": reviews, "queries": queries}),
            capture_output=True,
            text=True,
            timeout=2 * PATIENCE,
            check=False,
        )
    assert ended.returncode == 0, ended.stderr
    found: list[dict[str, Any]] = json.loads(ended.stdout)
    return found


def examples() -> list[dict[str, Any]]:
    """The JSON blocks of the page: the reviews, then the answer."""
    return [json.loads(block) for block in _blocks("json")]


def _blocks(language: str) -> list[str]:
    page = (ROOT / "docs/federation.md").read_text(encoding="utf-8")
    parts = page.split(f"```{language}\n")[1:]
    return [part.partition("```")[0] for part in parts]


def test_the_example_of_the_page_is_answered_by_a_supergraph_of_the_demo(
    packages: Path, tmp_path: Path
) -> None:
    for name in ("seeds", "keys"):
        shutil.copytree(ROOT / name, tmp_path / name)
    (query,) = _blocks("graphql")
    reviews, shown = examples()
    assert answers(packages, tmp_path, reviews["reviews"], query) == [shown]


def test_others_add_fields_to_our_objects(folder: Folder, packages: Path) -> None:
    seal_now(folder)
    add_now(folder, "_news/b.md")
    reviews = [{"stars": 4, "article": {"path": "_news/b.md"}}]
    query = "{articles(first: 5) {edges {node {path reviews {stars}}}}}"
    (answer,) = answers(packages, folder.base, reviews, query)
    nodes = [edge["node"] for edge in answer["data"]["articles"]["edges"]]
    assert sorted(nodes, key=lambda node: str(node["path"])) == [
        {"path": "_news/a.md", "reviews": []},
        {"path": "_news/b.md", "reviews": [{"stars": 4}]},
    ]
