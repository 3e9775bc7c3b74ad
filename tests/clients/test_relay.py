"""Relay's compiler and runtime, as docs/clients.md sets them up and as they come."""

from __future__ import annotations

import json
import platform
import re
import shutil
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager
from hashlib import sha256
from pathlib import Path
from typing import IO, Any

import pytest

from tests.support.folder import Folder, replace_in
from tests.support.node import install, need
from tests.support.process import PATIENCE, Server, seal_now, serve
from tests.support.snippets import write_snippets

NODE = Path(__file__).parent / "relay"
ROOT = Path(__file__).parents[2]
WHY = "_news/2026-09-14-why-a-newsroom-signs-every-story.md"
COLLECTION = "_learning/collections/pressroom-start-here.md"
CHANGED = "_learning/videos/pressroom-what-a-log-remembers.md"
WITHHELD = "_news/2025-06-30-a-signature-that-outlived-its-key.md"


@pytest.fixture(scope="module")
def packages(tmp_path_factory: pytest.TempPathFactory) -> Path:
    packages = install(NODE, tmp_path_factory.mktemp("relay"))
    if printed(packages, "-p", "require('relay-compiler')") == ["null"]:
        pytest.skip(f"NOT TRIED WITH RELAY: its compiler is not made for {platform.platform()}")
    return packages


def copy_demo(folder: Path) -> None:
    """The demo, with one record that was changed after it was sealed."""
    for name in ("seeds", "keys"):
        shutil.copytree(ROOT / name, folder / name)
    replace_in(folder / "seeds" / CHANGED, "title: ", "title: Not ")


@pytest.fixture(scope="module")
def demo(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    folder = tmp_path_factory.mktemp("demo")
    copy_demo(folder)
    with serve(folder) as server:
        yield server


def node(folder: Path, *command: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [need("node"), *command],
        cwd=folder,
        capture_output=True,
        text=True,
        check=False,
        timeout=PATIENCE,
    )


def printed(folder: Path, *command: str) -> list[str]:
    done = node(folder, *command)
    assert (done.returncode, done.stderr) == (0, "")
    return done.stdout.splitlines()


def observed(folder: Path, *command: str) -> list[Any]:
    return [json.loads(line) for line in printed(folder, *command)]


def compile_all(folder: Path, config: str = "relay.config.json") -> None:
    done = node(folder, "node_modules/relay-compiler/cli.js", config)
    assert done.returncode == 0, done.stdout + done.stderr


def build(folder: Path) -> None:
    assert printed(folder, "build.mjs") == []


def project(packages: Path, folder: Path, server: Server) -> Path:
    """A folder with the page's files and ours; its schema is what this server says."""
    (folder / "node_modules").symlink_to(packages / "node_modules")
    for name in ("package.json", "build.mjs"):
        shutil.copy(packages / name, folder)
    shutil.copytree(packages / "src", folder / "src")
    write_snippets("Relay", folder, server)
    assert printed(folder, "schema.js") == []
    return folder


@pytest.fixture(scope="module")
def page(packages: Path, demo: Server, tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = project(packages, tmp_path_factory.mktemp("page"), demo)
    compile_all(folder)
    build(folder)
    return folder


def total(server: Server) -> int:
    found: int = server.post("{articles {totalCount}}")["data"]["articles"]["totalCount"]
    return found


def artifacts(folder: Path) -> dict[str, str]:
    files = (folder / "src/__generated__").iterdir()
    return {file.name: file.read_text(encoding="utf-8") for file in files}


def test_the_schema_is_taken_as_it_is_and_as_introspection_says_it(
    packages: Path, page: Path, demo: Server, tmp_path: Path
) -> None:
    folder = project(packages, tmp_path, demo)
    shutil.copy(ROOT / "schema/schema.graphql", folder)
    done = node(folder, "node_modules/relay-compiler/cli.js")
    assert done.returncode != 0
    assert "Unknown directive 'defer'" in done.stdout + done.stderr
    for name in ("cut.js", "defer.js", "deferred.js"):
        (folder / "src" / name).unlink()
    compile_all(folder)
    found = artifacts(folder)
    others = {
        name: text
        for name, text in artifacts(page).items()
        if not name.startswith(("cut", "defer"))
    }
    assert len(found) > 8
    assert found == others


def test_directives_of_extensions_are_not_sent(
    packages: Path, demo: Server, tmp_path: Path
) -> None:
    folder = project(packages, tmp_path, demo)
    compile_all(folder)
    assert '@defer(label: \\"deferQuery$' in artifacts(folder)["deferQuery.graphql.js"]
    declaration, _, _ = (folder / "schema.graphql").read_text(encoding="utf-8").partition("\n")
    shutil.copy(ROOT / "schema/schema.graphql", folder)
    (folder / "own").mkdir()
    (folder / "own/defer.graphql").write_text(declaration, encoding="utf-8")
    replace_in(
        folder / "relay.config.json", '"language"', '"schemaExtensions": ["own"], "language"'
    )
    compile_all(folder)
    assert "@defer" not in artifacts(folder)["deferQuery.graphql.js"]


TYPED = """
import { graphql } from "relay-runtime";
graphql`query typedQuery { articles(first: 1) { edges { node { publishedDateTime } } } }`;
"""


def test_scalars_have_the_types_that_the_page_gives_them(
    packages: Path, demo: Server, tmp_path: Path
) -> None:
    folder = project(packages, tmp_path, demo)
    (shown,) = re.findall(
        '`("customScalarTypes": .*?)`', (ROOT / "docs/clients.md").read_text(encoding="utf-8")
    )
    shutil.rmtree(folder / "src")
    (folder / "src").mkdir()
    (folder / "src/typed.ts").write_text(TYPED, encoding="utf-8")
    replace_in(folder / "relay.config.json", '"javascript"', f'"typescript", {shown}')
    compile_all(folder)
    (text,) = artifacts(folder).values()
    assert "readonly publishedDateTime: string;" in text


def test_the_pages_of_a_list_grow_together(page: Path, demo: Server) -> None:
    everything = total(demo)
    assert everything > 12
    assert printed(page, "built/pages.js") == ["4", "8", "12", str(everything)]


def test_a_withheld_record_beside_what_can_be_answered(page: Path, demo: Server) -> None:
    shown = ["RECORD_WITHHELD EXPIRED", str(total(demo))]
    assert printed(page, "built/withheld.js") == shown


def test_the_deferred_part_comes_after_the_rest(page: Path) -> None:
    assert printed(page, "built/defer.js") == ["Why a newsroom signs every story", "VERIFIED"]


def test_a_node_is_found_again_by_its_id(page: Path, demo: Server) -> None:
    found = demo.post(f'{{article(path: "{WHY}") {{id path title}}}}')["data"]["article"]
    assert observed(page, "built/again.js", WHY) == [
        {"requests": 1, **found},
        "available",
        {"requests": 1, **found},
        {"requests": 2, **found},
    ]


def refused(path: str, status: str, reason: str) -> dict[str, Any]:
    """What @catch has in place of a record."""
    why = {"code": "RECORD_WITHHELD", "status": status, "reason": reason, "recordPath": path}
    return {"ok": False, "errors": [{"extensions": why}]}


def test_deferred_fragments_become_what_they_were_without(page: Path, demo: Server) -> None:
    items = "... on Collection {items {name record {path}}}"
    answer = demo.post(f'{{contentByPath(paths: ["{COLLECTION}"]) {{title {items}}}}}')
    (found,) = answer["data"]["contentByPath"]
    assert [error["path"] for error in answer["errors"]] == [
        ["contentByPath", 0, "items", 1, "record"]
    ]
    caught = [{**item, "record": {"ok": True, "value": item["record"]}} for item in found["items"]]
    caught[1]["record"] = refused(CHANGED, "INVALID", "SIGNATURE_INVALID")
    parts = observed(page, "built/deferred.js", COLLECTION, WITHHELD)
    title = found["title"]
    assert parts[0] == {"title": title, "items": None, "proof": None, "withheld": None}
    assert parts[-1] == {
        "title": title,
        "items": {"title": title, "items": caught},
        "proof": {
            "items": [{"name": item["name"]} for item in found["items"]],
            "integrity": {"status": "VERIFIED"},
        },
        "withheld": {"withheld": refused(WITHHELD, "EXPIRED", "KEY_EXPIRED")},
    }


def test_an_answer_that_was_given_up_is_an_error(page: Path) -> None:
    assert observed(page, "built/cut.js") == [{"totalCount": 1}, {"code": "OPERATION_TOO_LARGE"}]


def test_ids_are_enough_where_nothing_else_is_answered(
    packages: Path, demo: Server, tmp_path: Path
) -> None:
    folder = project(packages, tmp_path, demo)
    (folder / "documents.json").write_text("{}", encoding="utf-8")
    compile_all(folder, "relay.persisted.json")
    manifest = json.loads((folder / "documents.json").read_text(encoding="utf-8"))
    assert {sha256(text.encode()).hexdigest(): text for text in manifest.values()} == manifest
    texts = "".join(artifacts(folder).values())
    assert all(name in texts for name in manifest)
    assert "articles(first: $first" not in texts
    copy_demo(folder)
    with serve(folder) as server:
        write_snippets("Relay", folder, server)
        build(folder)
        (error,) = server.post("{articles {totalCount}}")["errors"]
        assert error["extensions"]["code"] == "DOCUMENT_NOT_TRUSTED"
        assert printed(folder, "built/pages.js") == ["4", "8", "12", str(total(demo))]
        assert printed(folder, "built/defer.js") == ["Why a newsroom signs every story", "VERIFIED"]
        found = observed(folder, "built/again.js", WHY)
        assert [line["requests"] for line in found if line != "available"] == [1, 1, 2]
        with running(folder, "built/followed.js") as said:
            assert json.loads(next(line for line in said if line.startswith("{")))["recordCount"]


@contextmanager
def running(folder: Path, *command: str) -> Iterator[IO[str]]:
    """What a program prints."""
    process = [need("node"), *command]
    with subprocess.Popen(process, cwd=folder, stdout=subprocess.PIPE, text=True) as program:
        assert program.stdout is not None
        try:
            yield program.stdout
        finally:
            program.kill()


def test_changes_reach_what_is_shown(
    folder: Folder, packages: Path, page: Path, tmp_path: Path
) -> None:
    seal_now(folder)
    with serve(folder.base) as server:
        here = folder.base / "page"
        here.mkdir()
        project(packages, here, server)
        shutil.copytree(page / "src/__generated__", here / "src/__generated__")
        build(here)
        with running(here, "built/followed.js") as said:
            lines = (line.rstrip("\n") for line in said)
            # One comes over HTTP, the other over the socket, where it says that both have begun.
            begun = {next(lines), next(lines)}
            assert begun == {"[ 'A seal on every page' ]", '{"recordCount":1}'}
            put(folder, tmp_path, "_news/b.md", "Another")
            assert next(lines) == "PUBLISH _news/b.md"
            assert next(lines) == "[ 'A seal on every page', 'Another' ]"
            put(folder, tmp_path, "_news/a.md", "Corrected")
            # The record is there before its event is told.
            assert {next(lines), next(lines)} == {
                "UPDATE _news/a.md",
                "[ 'Corrected', 'Another' ]",
            }
            (folder.seeds / "_news/b.md").unlink()
            assert next(lines) == "WITHDRAW _news/b.md"
            assert next(lines) == "[ 'Corrected' ]"


def put(folder: Folder, elsewhere: Path, path: str, title: str) -> None:
    """A sealed record, there all at once: unsealed in between it would be withdrawn."""
    desk = Folder(elsewhere / title, folder.publisher)
    file = desk.write(path, title=title)
    desk.seal(path, iat=int(time.time()))
    file.replace(folder.seeds / path)
