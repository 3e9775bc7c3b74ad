"""Apollo Client, as docs/clients.md sets it up and as it comes."""

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

NODE = Path(__file__).parent / "apollo"
ROOT = Path(__file__).parents[2]
WHY = "_news/2026-09-14-why-a-newsroom-signs-every-story.md"
LOG = "_news/2026-06-02-a-public-log-for-corrections.md"
WITHHELD = "_news/2025-06-30-a-signature-that-outlived-its-key.md"


@pytest.fixture(scope="module")
def packages(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return install(NODE, tmp_path_factory.mktemp("apollo"))


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
    """The page's files, speaking with this server; it tells which types the interfaces have."""
    write_snippets("Apollo Client", packages, server)
    assert printed(packages, "apollo/possible-types.js") == []
    return packages


@pytest.fixture
def page(packages: Path, demo: Server) -> Path:
    return set_up(packages, demo)


def total(server: Server) -> int:
    found: int = server.post("{articles {totalCount}}")["data"]["articles"]["totalCount"]
    return found


def test_the_pages_of_a_list_grow_together(page: Path, demo: Server) -> None:
    everything = total(demo)
    assert everything > 12
    assert printed(page, "apollo/pages.js") == ["4", "8", "12", str(everything)]


def test_a_withheld_record_beside_what_can_be_answered(page: Path, demo: Server) -> None:
    assert printed(page, "apollo/withheld.js") == [
        "article RECORD_WITHHELD EXPIRED",
        f"null {total(demo)}",
    ]


def test_the_deferred_part_comes_after_the_rest(page: Path) -> None:
    assert printed(page, "apollo/defer.js") == ["Why a newsroom signs every story", "VERIFIED"]


def test_each_error_policy_has_its_part_of_the_answer(page: Path, demo: Server) -> None:
    articles = {"__typename": "ArticleConnection", "totalCount": total(demo)}
    partly = {"article": None, "articles": articles}
    outcomes = observed(page, "errors.mjs", WITHHELD)
    assert outcomes == [
        {"errorPolicy": policy, "thrown": thrown, "codes": codes, "data": data}
        for code, found in (("RECORD_WITHHELD", partly), ("GRAPHQL_VALIDATION_FAILED", None))
        for policy, thrown, codes, data in (
            ("none", True, [code], None),
            ("ignore", False, [], found),
            ("all", False, [code], found),
        )
    ]


def test_one_article_is_one_entry_and_interfaces_match(page: Path, demo: Server) -> None:
    edges = demo.post("{articles {edges {node {related {article {path}}}}}}")
    named = json.dumps(edges).count(LOG)
    assert named > 1
    once = {"entries": 1, "listed": 1, "related": named, "byPath": True, "byId": True}
    title = "A public log for corrections"
    # Without the types of the interfaces, the cache takes its own fragment for something else.
    assert observed(page, "cache.mjs", demo.url, LOG) == [once, title, None]


def test_both_forms_of_deferred_answers_become_the_undeferred_one(
    packages: Path, demo: Server
) -> None:
    rest = {
        "first": ["streaming", ["__typename", "id", "title"]],
        "last": "complete",
        "codes": ["RECORD_WITHHELD"],
        "same": True,
    }
    otherwise = "application/graphql-response+json,application/json;q=0.9"
    assert observed(packages, "defer.mjs", demo.url, WHY, WITHHELD) == [
        {
            "accept": f"multipart/mixed;{form},{otherwise}",
            "type": f'multipart/mixed; boundary="-"; {form}',
            **rest,
        }
        for form in ("deferSpec=20220824", "incrementalSpec=v0.2")
    ]


def test_what_a_browser_has_already_costs_a_304(packages: Path, demo: Server) -> None:
    kept = {"cacheControl": "public, max-age=0, must-revalidate", "tagged": True, "method": "GET"}
    everything = total(demo)
    assert observed(packages, "conditional.mjs", demo.url, "GET") == [
        {**kept, "status": 200, "same": False},
        everything,
        {**kept, "status": 304, "same": True},
        everything,
    ]


def test_post_is_kept_by_nobody(packages: Path, demo: Server) -> None:
    post = {"method": "POST", "status": 200, "tagged": False, "cacheControl": "no-store"}
    everything = total(demo)
    line = {**post, "same": False}
    assert observed(packages, "conditional.mjs", demo.url, "POST") == [
        line,
        everything,
        line,
        everything,
    ]


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
