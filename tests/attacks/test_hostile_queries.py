"""Requests that are made to hurt: each is refused with a code, in few bytes, and is never a 500.

What they did to a stock server is in docs/security.md.
"""

from __future__ import annotations

import gzip
import json
from collections.abc import Iterator
from typing import Any

import httpx2
import pytest
from graphql import validate
from hypothesis import given
from hypothesis import strategies as st

from gateway.execution import checker
from gateway.execution.executor import Executor
from tests.support.client import Client, serving
from tests.support.folder import Folder
from tests.support.fuzz import fuzz

JSON = {"content-type": "application/json"}

# The largest answer to something that is refused.
_SMALL = 1 << 16


@pytest.fixture(scope="module")
def client(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Client]:
    folder = Folder(tmp_path_factory.mktemp("hostile"))
    folder.add("_news/a.md")
    with serving(folder.settings) as client:
        yield client


@pytest.fixture
def unexecuted(monkeypatch: pytest.MonkeyPatch) -> None:
    """Nothing of what a test sends may get as far as execution."""

    async def execute(*_: object, **__: object) -> None:
        raise AssertionError("it was executed")

    monkeypatch.setattr(Executor, "execute", execute)


def send(client: Client, body: bytes, **headers: str) -> httpx2.Response:
    response = client.http.post("/graphql", content=body, headers={**JSON, **headers})
    assert response.status_code < 500
    assert len(response.content) < _SMALL
    return response


def ask(client: Client, query: str, **members: Any) -> list[dict[str, Any]]:
    """The extensions of all errors of an answer that has nothing else."""
    document = send(client, json.dumps({"query": query, **members}).encode()).json()
    assert "data" not in document
    return [error["extensions"] for error in document["errors"]]


def limit(client: Client, query: str, **members: Any) -> str:
    """The name of the bound that an operation is over."""
    (extensions,) = ask(client, query, **members)
    assert extensions["code"] == "OPERATION_TOO_LARGE", extensions
    assert extensions["found"] > extensions["allowed"]
    return str(extensions["limit"])


def code(response: httpx2.Response) -> str:
    (error,) = response.json()["errors"]
    return str(error["extensions"]["code"])


def within(text: str) -> str:
    """A selection set."""
    return "{" + text + "}"


ARTICLE = 'article(path: "_news/a.md") '


def times(piece: str, number: int) -> str:
    return " ".join(piece.replace("#", str(each)) for each in range(number))


@pytest.mark.usefixtures("unexecuted")
class TestDocuments:
    def test_aliases_of_a_dear_field(self, client: Client) -> None:
        assert limit(client, within(times("a#: integrityReport {total}", 21))) == "roots"

    def test_aliases_of_typename(self, client: Client) -> None:
        query = within(ARTICLE + within(times("a#: __typename", 101)))
        assert limit(client, query) == "aliases"

    def test_aliases_spread_over_fragments(self, client: Client) -> None:
        query = within(times("...F#", 20))
        query += times("fragment F# on Query {a#: __typename b#: __typename}", 20)
        assert limit(client, query) == "roots"

    def test_fragments_that_spread_each_other(self, client: Client) -> None:
        """Sixty fragments, each of which spreads the next two."""
        texts = [f"fragment F{n} on Query {{...F{n + 1} ...F{n + 2}}}" for n in range(60)]
        query = "{...F0}" + "".join(texts) + times("fragment F6# on Query {__typename}", 2)
        assert limit(client, query) in {"depth", "roots"}

    def test_fragments_that_double(self, client: Client) -> None:
        texts = times("fragment F# on Query {...G# ...G#}", 30)
        for n in range(30):
            texts = texts.replace(f"G{n} ...G{n}}}", f"F{n + 1} ...F{n + 1}}}")
        query = "{...F0} " + texts + " fragment F30 on Query {__typename}"
        assert limit(client, query) in {"depth", "roots", "fields"}

    def test_a_field_again_and_again_where_one_differs(self, client: Client) -> None:
        """Stock rules compare each with each, for most of a second."""
        query = within(ARTICLE + within(times("body(sanitize: true)", 200) + " body"))
        assert limit(client, query) == "repetition of fields"

    def test_a_field_again_and_again_is_not_compared_with_itself(
        self, client: Client, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        asked: list[object] = []

        def noted(*given: Any, **options: Any) -> Any:
            asked.append(given[2])
            return validate(*given, **options)

        monkeypatch.setattr("gateway.execution.checker.validate", noted)
        fields = within(times("body(sanitize: true)", 250) + " x")
        (extensions,) = ask(client, within(ARTICLE + fields))
        assert extensions["code"] == "GRAPHQL_VALIDATION_FAILED"
        assert asked == [checker._WITHOUT_OVERLAP]

    def test_fragments_in_a_circle(self, client: Client) -> None:
        query = "{...A} fragment A on Query {...B} fragment B on Query {...A}"
        (extensions, *_) = ask(client, query)
        assert extensions["code"] == "GRAPHQL_VALIDATION_FAILED"

    def test_a_million_tokens(self, client: Client) -> None:
        response = send(client, json.dumps({"query": "{" + "a " * 1_000_000 + "}"}).encode())
        assert code(response) == "BODY_TOO_LARGE"

    def test_as_many_tokens_as_a_body_holds(self, client: Client) -> None:
        assert limit(client, "{" + "a " * 60_000 + "}") == "tokens"

    def test_nesting_in_the_text(self, client: Client) -> None:
        assert limit(client, "{a" * 150 + "}" * 150) == "depth"
        for text in ("{a" * 1500 + "}" * 1500, "{a" * 30_000):
            assert ask(client, text)[0]["code"] in {"OPERATION_TOO_LARGE", "GRAPHQL_PARSE_FAILED"}

    def test_nesting_along_the_links_of_the_data(self, client: Client) -> None:
        inner = "related {article {" * 9 + "title" + "}}" * 9
        assert limit(client, within(ARTICLE + within(inner))) == "depth"

    def test_lists_within_lists(self, client: Client) -> None:
        page = "referencedBy(first: 100) {"
        query = within(ARTICLE + within(page * 4 + " path " + "}" * 4))
        assert limit(client, query) == "cost"

    def test_pages_of_pages(self, client: Client) -> None:
        """Depth is no measure: a hundred times a hundred, a few levels deep."""
        query = "{articles(first: 100) {edges {node {referencedBy(first: 100) {path title}}}}}"
        assert (
            limit(client, query.replace("path title", "path title excerpt url: webUrl")) == "cost"
        )

    def test_the_longest_texts_again_and_again(self, client: Client) -> None:
        """Depth 4, one page: 45 MB of an answer."""
        texts = within(times("a#: canonical", 95))
        query = within(f"articles(first: 100) {{edges {{node {{integrity {texts}}}}}}}")
        assert limit(client, query) == "cost"

    def test_lists_cut_by_variables(self, client: Client) -> None:
        query = (
            "query ($n: Int!) {articles(first: $n) {edges {node"
            " {referencedBy(first: $n) {path title excerpt webUrl}}}}}"
        )
        assert limit(client, query, variables={"n": 1}) == "cost"

    def test_directives_at_one_place(self, client: Client) -> None:
        query = within("__typename " + times("@skip(if: false)", 500))
        assert limit(client, query) == "directives at one place"

    def test_directives_all_over(self, client: Client) -> None:
        query = within(ARTICLE + within(times("path @skip(if: false)", 60)))
        assert limit(client, query) == "directives"

    def test_unknown_directives(self, client: Client) -> None:
        assert limit(client, within(times("__typename @a#", 60))) == "directives"

    def test_fields_without_end(self, client: Client) -> None:
        query = within(ARTICLE + within(times("path", 600)))
        assert limit(client, query) == "fields"

    def test_the_same_field_again_and_again(self, client: Client) -> None:
        """Comparing each with each is what validation does with fields of one name."""
        query = within(times(ARTICLE + "{path}", 21))
        assert limit(client, query) == "roots"

    def test_arguments_without_end(self, client: Client) -> None:
        assert limit(client, within(f"article({times('a#: 1', 400)}) {{path}}")) == "arguments"

    def test_a_literal_list_without_end(self, client: Client) -> None:
        numbers = times('"#"', 2100)
        query = within(f"articles(where: {{title: {{in: [{numbers}]}}}}) {{totalCount}}")
        assert limit(client, query) == "values"

    def test_a_literal_nested_without_end(self, client: Client) -> None:
        nested = "{not: " * 40 + "{}" + "}" * 40
        query = within(f"articles(where: {nested}) {{totalCount}}")
        assert limit(client, query) == "value depth"

    def test_many_operations_in_one_document(self, client: Client) -> None:
        query = times("query Q# {articles(first: 100) {totalCount}}", 500)
        assert limit(client, query, operationName="Q1") in {"tokens", "arguments"}

    def test_introspection_in_circles(self, client: Client) -> None:
        inner = "fields {type {" * 5 + "name" + "}}" * 5
        found = ask(client, within('__type(name: "Query") ' + within(inner)))
        assert {one["code"] for one in found} <= {
            "GRAPHQL_VALIDATION_FAILED",
            "OPERATION_TOO_LARGE",
        }

    def test_a_literal_nested_beyond_the_parser(self, client: Client) -> None:
        nested = "{not: " * 900 + "{}" + "}" * 900
        query = within(f"articles(where: {nested}) {{totalCount}}")
        assert ask(client, query)[0]["code"] in {"OPERATION_TOO_LARGE", "GRAPHQL_PARSE_FAILED"}

    def test_a_name_of_a_hundred_kilobytes_is_not_said_again(
        self, client: Client, capsys: pytest.CaptureFixture[str]
    ) -> None:
        name = "a" * 100_000
        for query in (f"{{{name}}}", f"{{...{name}}}", f"query ($x: {name}) {{__typename}}"):
            response = send(client, json.dumps({"query": query}).encode())
            assert "GRAPHQL_VALIDATION_FAILED" in response.text
            assert "a" * 1000 not in response.text
        response = send(client, json.dumps({"query": "{a}", "operationName": name}).encode())
        assert "a" * 1000 not in response.text
        assert "a" * 1000 not in capsys.readouterr().out

    def test_more_errors_than_anybody_reads(self, client: Client) -> None:
        names = [f"field{n:03}_" + "x" * 100 for n in range(400)]
        query = within(ARTICLE + within(" ".join(names)))
        assert len(ask(client, query)) <= 21


@pytest.mark.usefixtures("unexecuted")
class TestVariables:
    def test_a_list_without_end(self, client: Client) -> None:
        query = "query ($w: ContentWhere) {articles(where: $w) {totalCount}}"
        variables = {"w": {"title": {"in": ["x"] * 2100}}}
        assert limit(client, query, variables=variables) == "values"

    def test_nesting_without_end(self, client: Client) -> None:
        where: dict[str, Any] = {}
        for _ in range(200):
            where = {"not": where}
        query = "query ($w: ContentWhere) {articles(where: $w) {totalCount}}"
        assert limit(client, query, variables={"w": where}) == "value depth"

    def test_variables_that_nobody_asked_for(self, client: Client) -> None:
        variables = {f"v{n}": n for n in range(3000)}
        assert limit(client, "{__typename}", variables=variables) == "values"


_QUERY = b'{"query": "{__typename}", "variables": {"x": %s}}'


@pytest.mark.usefixtures("unexecuted")
class TestBodies:
    @pytest.mark.parametrize(
        "body",
        [
            pytest.param(b"", id="empty"),
            pytest.param(b"null", id="null"),
            pytest.param(b"[]", id="empty list"),
            pytest.param(b"[null]"[1:-1] + b" ", id="null and a blank"),
            pytest.param(b"true", id="true"),
            pytest.param(b'"{__typename}"', id="a string"),
            pytest.param(b"\xff\xfe{}", id="not UTF-8"),
            pytest.param(b'{"query": "\xed\xa0\x80"}', id="a surrogate in UTF-8"),
            pytest.param(b'{"query": "{a} \\ud800"}', id="a lone surrogate"),
            pytest.param(_QUERY % b'"\\udfff"', id="a lone surrogate in a variable"),
            pytest.param(b'\xef\xbb\xbf{"query": "{__typename}"}', id="byte order mark"),
            pytest.param('{"query": "{__typename}"}'.encode("utf-16"), id="UTF-16"),
            pytest.param(b"[" * 100_000, id="nested lists"),
            pytest.param(b'{"a":' * 20_000 + b"1" + b"}" * 20_000, id="nested objects"),
            pytest.param(_QUERY % (b"[" * 900 + b"]" * 900), id="nested less"),
            pytest.param(_QUERY % (b"9" * 5000), id="5,000 digits"),
            pytest.param(_QUERY % (b"-" + b"9" * 5000), id="minus 5,000 digits"),
            pytest.param(_QUERY % b"9007199254740993", id="over 2^53"),
            pytest.param(_QUERY % b"NaN", id="NaN"),
            pytest.param(_QUERY % b"Infinity", id="Infinity"),
            pytest.param(_QUERY % b"1e999", id="a float beyond all"),
            pytest.param(_QUERY % b"01", id="a leading zero"),
            pytest.param(_QUERY % b'{"a": 1, "a": 2}', id="a name twice in a variable"),
            pytest.param(b'{"query": "{a}", "query": "{b}"}', id="two queries"),
            pytest.param(b'{"query": "{__typename}"} {}', id="something after it"),
            pytest.param(b'{"query": "{__typename}", "variables": "{}"}', id="variables as text"),
        ],
    )
    def test_no_request_in_json(self, client: Client, body: bytes) -> None:
        response = send(client, body)
        assert code(response) in {"BAD_REQUEST", "OPERATION_TOO_LARGE"}
        if code(response) == "BAD_REQUEST":
            assert response.status_code == 400

    @pytest.mark.parametrize("coding", ["gzip", "br", "zstd", "deflate", "gzip, gzip", "x"])
    def test_a_compressed_body(self, client: Client, coding: str) -> None:
        body = gzip.compress(b'{"query": "{' + b"a " * 1_000_000 + b'}"}')
        response = send(client, body, **{"content-encoding": coding})
        assert (response.status_code, code(response)) == (415, "MEDIA_TYPE_UNSUPPORTED")

    def test_a_batch(self, client: Client) -> None:
        body = json.dumps([{"query": "{__typename}"}] * 1000).encode()
        response = send(client, body)
        assert (response.status_code, code(response)) == (400, "BATCH_TOO_LARGE")

    def test_a_name_twice_in_the_url(self, client: Client) -> None:
        response = client.http.get("/graphql?query={__typename}&query={articles{totalCount}}")
        assert (response.status_code, code(response)) == (400, "BAD_REQUEST")

    def test_variables_in_the_url(self, client: Client) -> None:
        for text in ("%ff", "[" * 5000, '{"a":1,"a":2}', '{"a":' + "9" * 4000 + "}", "NaN"):
            response = client.http.get(
                "/graphql", params={"query": "{__typename}", "variables": text}
            )
            assert (response.status_code, code(response)) == (400, "BAD_REQUEST")


def well_formed(response: httpx2.Response) -> None:
    """No failure of ours, and every error with a code that says nothing of our inside."""
    assert response.status_code < 500, response.text
    for error in response.json().get("errors", ()):
        assert error["extensions"]["code"] not in {"", "INTERNAL"}, error
        assert len(error["message"]) <= 500
        for inside in ("Traceback", "SELECT ", "sqlite", ".py", " object at 0x", "gateway."):
            assert inside not in error["message"], error


@fuzz
@given(body=st.binary(max_size=400))
def test_whatever_bytes_are_sent_the_answer_has_a_code(client: Client, body: bytes) -> None:
    response = client.http.post("/graphql", content=body, headers=JSON)
    well_formed(response)
    assert response.json()["errors"]


_VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=20),
    lambda inner: (
        st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=8), inner, max_size=4)
    ),
    max_leaves=12,
)
_QUERIES = st.sampled_from(
    [
        "{__typename}",
        "query ($x: Int!) {articles(first: $x) {totalCount}}",
        "query ($x: ContentWhere) {articles(where: $x) {totalCount}}",
        "query ($x: String) {articles(search: $x, after: $x) {edges {cursor}}}",
        "query ($x: ID!) {node(id: $x) {id} nodes(ids: [$x]) {id}}",
        "query ($x: [String!]!) {contentByPath(paths: $x) {path}}",
        "query ($x: [ContentOrder!]) {articles(orderBy: $x) {totalCount}}",
        'query ($x: Boolean!) {__typename @skip(if: $x) article(path: "") {path}}',
    ]
)


@fuzz
@given(query=_QUERIES | st.text(max_size=60), value=_VALUES, extensions=_VALUES, name=_VALUES)
def test_whatever_json_is_sent_the_answer_is_well_formed(
    client: Client, query: str, value: Any, extensions: Any, name: Any
) -> None:
    members = {
        "query": query,
        "variables": {"x": value},
        "extensions": extensions,
        "operationName": name,
    }
    for left_out in ((), ("extensions", "operationName")):
        sent = {key: member for key, member in members.items() if key not in left_out}
        body = json.dumps(sent).encode("utf-8", "surrogatepass")
        well_formed(client.http.post("/graphql", content=body, headers=JSON))
