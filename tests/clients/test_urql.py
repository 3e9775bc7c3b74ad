"""urql, as docs/clients.md sets it up and as it comes."""

from __future__ import annotations

import json
import shutil
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO, Any

import pytest

from tests.support.folder import Folder
from tests.support.node import install, need
from tests.support.process import PATIENCE, Server, seal_now, serve
from tests.support.snippets import write_snippets

NODE = Path(__file__).parent / "urql"
ROOT = Path(__file__).parents[2]
WHY = "_news/2026-09-14-why-a-newsroom-signs-every-story.md"
LOG = "_news/2026-06-02-a-public-log-for-corrections.md"
WITHHELD = "_news/2025-06-30-a-signature-that-outlived-its-key.md"


@pytest.fixture(scope="module")
def packages(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return install(NODE, tmp_path_factory.mktemp("urql"))


@pytest.fixture(scope="module")
def demo(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    folder = tmp_path_factory.mktemp("demo")
    for name in ("seeds", "keys"):
        shutil.copytree(ROOT / name, folder / name)
    with serve(folder) as server:
        yield server


@contextmanager
def running(folder: Path, *command: str) -> Iterator[IO[str]]:
    """What a program prints."""
    node = [need("node"), *command]
    with subprocess.Popen(node, cwd=folder, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        try:
            yield process.stdout
        finally:
            process.kill()


def printed(folder: Path, *command: str) -> list[str]:
    node = [need("node"), *command]
    done = subprocess.run(
        node, cwd=folder, capture_output=True, text=True, check=False, timeout=PATIENCE
    )
    assert (done.returncode, done.stderr) == (0, "")
    return done.stdout.splitlines()


def observed(folder: Path, *command: str) -> list[Any]:
    return [json.loads(line) for line in printed(folder, *command)]


def set_up(packages: Path, server: Server) -> Path:
    """The page's files, speaking with this server; it tells its schema."""
    write_snippets("urql", packages, server)
    assert printed(packages, "urql/introspect.js") == []
    return packages


@pytest.fixture
def page(packages: Path, demo: Server) -> Path:
    return set_up(packages, demo)


def total(server: Server) -> int:
    found: int = server.post("{articles {totalCount}}")["data"]["articles"]["totalCount"]
    return found


@pytest.mark.parametrize("method", ["GET", "POST"])
def test_a_plain_query_gets_plain_json(packages: Path, demo: Server, method: str) -> None:
    """Though urql also names event streams and parts as what it takes."""
    accept = (
        "application/graphql-response+json, application/graphql+json, application/json, "
        "text/event-stream, multipart/mixed"
    )
    answer = {
        "method": method,
        "accept": accept,
        "type": "application/graphql-response+json; charset=utf-8",
    }
    assert observed(packages, "plain.mjs", demo.url, method) == [
        {**answer, "status": 200},
        {"json": ["data"]},
        {"total": total(demo), "codes": []},
        {**answer, "status": 400},
        {"json": ["errors"]},
        {"total": None, "codes": ["GRAPHQL_VALIDATION_FAILED"]},
    ]


def test_a_text_is_sent_once_and_its_hash_from_then_on(folder: Folder, packages: Path) -> None:
    seal_now(folder)
    hashed = {"method": "GET", "hash": True, "text": False}
    with serve(folder.base) as server:
        first, second = (observed(packages, "persisted.mjs", server.url) for _ in range(2))
    known = {**hashed, "status": 200}
    assert first == [{**hashed, "status": 400}, {**known, "text": True}, 1, known, 1]
    assert second == [known, 1, known, 1]


def test_the_pages_of_a_list_grow_together(page: Path, demo: Server) -> None:
    everything = total(demo)
    assert everything > 12
    assert printed(page, "urql/pages.js") == ["4", "8", "12", str(everything)]


def test_a_withheld_record_beside_what_can_be_answered(page: Path, demo: Server) -> None:
    assert printed(page, "urql/withheld.js") == [
        "article RECORD_WITHHELD EXPIRED",
        f"null {total(demo)}",
    ]


def test_one_article_is_one_entry_and_interfaces_match(page: Path, demo: Server) -> None:
    found = demo.post(f'{{article(path: "{LOG}") {{id title}}}}')["data"]["article"]
    # Nobody has asked for the excerpt yet, so the cache knows of none.
    assert observed(page, "cache.mjs", WHY, LOG) == [found, [found], None]


def test_the_deferred_part_comes_after_the_rest(page: Path) -> None:
    assert printed(page, "urql/defer.js") == ["Why a newsroom signs every story", "VERIFIED"]


def test_a_deferred_answer_becomes_the_undeferred_one(packages: Path, demo: Server) -> None:
    types = [
        'multipart/mixed; boundary="-"; deferSpec=20220824',
        "application/graphql-response+json; charset=utf-8",
    ]
    first = {"keys": ["id", "title"], "hasNext": True}
    assert observed(packages, "defer.mjs", demo.url, WHY, WITHHELD) == [
        {"types": types, "first": first, "codes": ["RECORD_WITHHELD"], "same": True}
    ]


def test_server_sent_events_need_no_other_package(
    folder: Folder, packages: Path, tmp_path: Path
) -> None:
    seal_now(folder)
    with serve(folder.base) as server, running(packages, "events.mjs", server.url) as said:
        assert next(said) == "1\n"
        put(folder, tmp_path, "_news/b.md", "Another")
        assert next(said) == "2\n"


def test_changes_reach_what_is_shown(folder: Folder, packages: Path, tmp_path: Path) -> None:
    seal_now(folder)
    with serve(folder.base) as server, running(set_up(packages, server), "follow.mjs") as said:
        lines = (line.rstrip("\n") for line in said)
        # One comes over HTTP, the other over the socket, where it says that both are subscribed.
        assert {next(lines), next(lines)} == {"[ 'A seal on every page' ]", '{"recordCount":1}'}
        put(folder, tmp_path, "_news/b.md", "Another")
        assert next(lines) == "PUBLISH _news/b.md"
        assert next(lines) == "[ 'A seal on every page', 'Another' ]"
        put(folder, tmp_path, "_news/a.md", "Corrected")
        assert next(lines) == "UPDATE _news/a.md"
        assert next(lines) == "[ 'Corrected', 'Another' ]"
        (folder.seeds / "_news/b.md").unlink()
        assert next(lines) == "WITHDRAW _news/b.md"
        assert next(lines) == "[ 'Corrected' ]"


def test_a_burst_of_changes_ends_in_what_is_there(
    folder: Folder, packages: Path, tmp_path: Path
) -> None:
    seal_now(folder)
    titles = ["A seal on every page", *"BCDEFGHIJK"]
    with serve(folder.base) as server, running(set_up(packages, server), "follow.mjs") as said:
        assert {next(said), next(said)} == {f"[ '{titles[0]}' ]\n", '{"recordCount":1}\n'}
        for title in titles[1:]:
            put(folder, tmp_path, f"_news/{title.lower()}.md", title)
        assert any(all(f"'{title}'" in line for title in titles) for line in lists(said))


def lists(said: IO[str]) -> Iterator[str]:
    """What is shown, however many lines it takes."""
    shown = ""
    for line in said:
        shown += line.rstrip()
        if line == "]\n" or line.startswith("[ "):
            yield shown
            shown = ""


def put(folder: Folder, elsewhere: Path, path: str, title: str) -> None:
    """A sealed record, there all at once: unsealed in between it would be withdrawn."""
    desk = Folder(elsewhere / title, folder.publisher)
    file = desk.write(path, title=title)
    desk.seal(path, iat=int(time.time()))
    file.replace(folder.seeds / path)
