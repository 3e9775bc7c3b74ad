"""The Python client gql, as docs/clients.md sets it up."""

from __future__ import annotations

import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.support.folder import Folder
from tests.support.process import PATIENCE, Server, add_now, seal_now, serve
from tests.support.snippets import write_snippets

ROOT = Path(__file__).parents[2]
WITHHELD = "_news/2025-06-30-a-signature-that-outlived-its-key.md"


@pytest.fixture(scope="module")
def demo(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    folder = tmp_path_factory.mktemp("demo")
    for name in ("seeds", "keys"):
        shutil.copytree(ROOT / name, folder / name)
    with serve(folder) as server:
        yield server


def start(folder: Path, server: Server, name: str) -> subprocess.Popen[str]:
    write_snippets("gql", folder, server)
    command = [sys.executable, "-W", "error", name]
    return subprocess.Popen(command, cwd=folder, stdout=subprocess.PIPE, text=True)


def printed(folder: Path, server: Server, name: str) -> list[str]:
    with start(folder, server, name) as process:
        said, _ = process.communicate(timeout=PATIENCE)
    assert process.returncode == 0
    return said.splitlines()


def test_every_page_of_a_list(demo: Server, tmp_path: Path) -> None:
    query = "{articles(first: 100) {edges {node {path}}}}"
    edges = demo.post(query)["data"]["articles"]["edges"]
    assert len(edges) > 8
    assert printed(tmp_path, demo, "python/pages.py") == [edge["node"]["path"] for edge in edges]


def test_a_withheld_record_beside_what_can_be_answered(demo: Server, tmp_path: Path) -> None:
    count = demo.post("{articles {totalCount}}")["data"]["articles"]["totalCount"]
    assert printed(tmp_path, demo, "python/withheld.py") == [
        "['article'] RECORD_WITHHELD EXPIRED",
        str({"article": None, "articles": {"totalCount": count}}),
    ]


def test_a_change_while_it_listens(folder: Folder, tmp_path: Path) -> None:
    seal_now(folder)
    with serve(folder.base) as server, start(tmp_path, server, "python/follow.py") as process:
        assert process.stdout is not None
        assert process.stdout.readline() == "1\n"
        add_now(folder, "_news/b.md")
        rest, _ = process.communicate(timeout=PATIENCE)
        assert process.returncode == 0
    record = {"title": "A seal on every page"}
    assert rest == f"{ {'kind': 'PUBLISH', 'path': '_news/b.md', 'record': record} }\n"
