"""GraphQL Code Generator, as docs/clients.md sets it up: what it makes is compiled and executed."""

from __future__ import annotations

import json
import re
import shutil
import subprocess
from collections.abc import Iterator
from hashlib import sha256
from pathlib import Path

import pytest

from tests.support.folder import replace_in
from tests.support.node import install, need
from tests.support.process import PATIENCE, Server, serve
from tests.support.snippets import write_snippets

NODE = Path(__file__).parent / "codegen"
ROOT = Path(__file__).parents[2]
SECTION = "GraphQL Code Generator"
GENERATE = "node_modules/@graphql-codegen/cli/esm/bin.js"
COMPILE = "node_modules/typescript/bin/tsc"

# Below the page's files; each line with an at sign is an error, whose code stands behind it.
MISTAKES = """
import { ask } from "./ask.js";
import { graphql, useFragment } from "./gql/index.js";

const Part = graphql(`fragment Part on Article { title heat }`);
const Query = graphql(`
  query Mistakes($where: ContentWhere) {
    articles(where: $where) { edges { node { path publishedDateTime ...Part } } }
    node(id: "x") { id ... on Video { length } ... on Topic { shortName } }
  }
`);
const { data } = await ask(Query, { where: { kind: { eq: "VIDEO" } } });
const { node } = data!.articles.edges[0]!;
const text: string = node.publishedDateTime;
const count: number = node.publishedDateTime; // @TS2322
const article = useFragment(Part, node);
const heat: number | null = article.heat;
const always: number = article.heat; // @TS2322
console.log(node.title); // @TS2339
console.log(node.excerpt); // @TS2339
console.log(article.body); // @TS2339
if (data?.node && "length" in data.node) console.log(data.node.length?.trim());
console.log(data?.node?.length); // @TS2339
await ask(Query, { where: { kind: { eq: "NOVEL" } } }); // @TS2322
await ask(Query, { where: { publishedDateTime: { gte: 2026 } } }); // @TS2322
await ask(Query, { were: {} }); // @TS2561
"""


@pytest.fixture(scope="module")
def packages(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return install(NODE, tmp_path_factory.mktemp("codegen"))


def copy_demo(folder: Path) -> None:
    for name in ("seeds", "keys"):
        shutil.copytree(ROOT / name, folder / name)


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
    assert (done.returncode, done.stderr) == (0, ""), done.stdout
    return done.stdout.splitlines()


def project(packages: Path, folder: Path, server: Server) -> Path:
    """A folder with the page's files."""
    (folder / "node_modules").symlink_to(packages / "node_modules")
    for name in ("package.json", "tsconfig.json"):
        shutil.copy(packages / name, folder)
    write_snippets(SECTION, folder, server)
    return folder


def generate(folder: Path, config: str = "codegen.ts") -> None:
    done = node(folder, GENERATE, "--config", config)
    assert done.returncode == 0, done.stdout + done.stderr


def generated(folder: Path) -> dict[str, str]:
    files = (folder / "src/gql").iterdir()
    return {file.name: file.read_text(encoding="utf-8") for file in files}


@pytest.fixture(scope="module")
def page(packages: Path, demo: Server, tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = project(packages, tmp_path_factory.mktemp("page"), demo)
    generate(folder)
    assert printed(folder, COMPILE) == []
    return folder


def withheld(server: Server) -> list[str]:
    """What src/withheld.ts has to print."""
    total = server.post("{articles {totalCount}}")["data"]["articles"]["totalCount"]
    return ["article RECORD_WITHHELD EXPIRED", f"null {total}"]


def newest(server: Server) -> list[str]:
    """What src/newest.ts has to print."""
    fields = "__typename title ... on Video {length}"
    found = server.post(f"{{content(first: 100) {{edges {{node {{{fields}}}}}}}}}")
    nodes = [edge["node"] for edge in found["data"]["content"]["edges"]]
    lengths = [f" ({node['length']})" if "length" in node else "" for node in nodes]
    return [
        f"{node['__typename']} {node['title']}{length}"
        for node, length in zip(nodes, lengths, strict=True)
    ]


def test_what_is_generated_compiles_and_is_answered(page: Path, demo: Server) -> None:
    lines = newest(demo)
    assert {line.split()[0] for line in lines} > {"Article", "Video", "Course"}
    assert printed(page, "built/newest.js") == lines
    assert printed(page, "built/withheld.js") == withheld(demo)


def test_the_schema_says_the_same_as_introspection(
    packages: Path, page: Path, demo: Server, tmp_path: Path
) -> None:
    folder = project(packages, tmp_path, demo)
    shutil.copy(ROOT / "schema/schema.graphql", folder)
    replace_in(folder / "codegen.ts", f'"{demo.url}"', '"schema.graphql"')
    generate(folder)
    found = generated(folder)
    assert sorted(found) == ["fragment-masking.ts", "gql.ts", "graphql.ts", "index.ts"]
    assert found == generated(page)


def test_mistakes_are_found_before_anything_is_asked(
    packages: Path, demo: Server, tmp_path: Path
) -> None:
    folder = project(packages, tmp_path, demo)
    (folder / "src/mistakes.ts").write_text(MISTAKES, encoding="utf-8")
    generate(folder)
    done = node(folder, COMPILE, "--noEmit", "--pretty", "false")
    found = re.findall(r"^src/(\w+)\.ts\((\d+),\d+\): error (TS\d+)", done.stdout, re.MULTILINE)
    made = [
        ("mistakes", str(number), line.partition("@")[2])
        for number, line in enumerate(MISTAKES.split("\n"), 1)
        if "@" in line
    ]
    assert found == made


@pytest.mark.parametrize("field", ["titel", "length"])
def test_a_document_that_does_not_fit_the_schema_is_refused(
    packages: Path, demo: Server, tmp_path: Path, field: str
) -> None:
    folder = project(packages, tmp_path, demo)
    replace_in(folder / "src/withheld.ts", "{ title }", f"{{ {field} }}")
    done = node(folder, GENERATE)
    assert done.returncode != 0
    assert f'Cannot query field "{field}" on type "Article"' in done.stdout + done.stderr


def test_what_is_deferred_may_be_absent(packages: Path, demo: Server, tmp_path: Path) -> None:
    folder = project(packages, tmp_path, demo)
    replace_in(folder / "src/withheld.ts", "{ title }", "{ title ... @defer { excerpt } }")
    generate(folder)
    types = generated(folder)["graphql.ts"]
    assert "{ title: string } & ({ excerpt: string } | { excerpt?: never })" in types
    assert printed(folder, COMPILE) == []


def test_hashes_are_enough_where_nothing_else_is_answered(
    packages: Path, demo: Server, tmp_path: Path
) -> None:
    folder = project(packages, tmp_path, demo)
    generate(folder, "codegen.persisted.ts")
    manifest = json.loads(generated(folder)["persisted-documents.json"])
    hashes = [f"sha256:{sha256(text.encode()).hexdigest()}" for text in manifest.values()]
    assert (list(manifest), len(manifest)) == (hashes, 2)
    copy_demo(folder)
    with serve(folder) as server:
        write_snippets(SECTION, folder, server)
        assert printed(folder, COMPILE) == []
        (error,) = server.post("{articles {totalCount}}")["errors"]
        assert error["extensions"]["code"] == "DOCUMENT_NOT_TRUSTED"
        assert printed(folder, "built/newest.js") == newest(demo)
        assert printed(folder, "built/withheld.js") == withheld(demo)
