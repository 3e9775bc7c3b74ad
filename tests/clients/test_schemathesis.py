"""Schemathesis reads the schema of a running gateway and asks whatever that allows.

It knows nothing of us: what it asks is valid as far as a schema can say, so whatever is refused is
refused for a reason that has to be known here.
"""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import schemathesis
from hypothesis import given
from hypothesis import strategies as st
from schemathesis.core.result import Ok
from schemathesis.graphql import nodes

from tests.support.fuzz import bounded
from tests.support.process import PATIENCE, serve

ROOT = Path(__file__).parents[2]

# Schemathesis takes every `errors` for a failure. These are not: GraphQL has no words for what the
# arguments must be like beyond their types.
EXPECTED = {
    "BAD_USER_INPUT": "a length from 0 to 100, one way to name an article, ids of ours, no nulls",
    "CURSOR_INVALID": "a cursor is text, but not any text",
    "OPERATION_TOO_LARGE": "depth, fields and cost are bounded beyond what types can say",
}

FIELDS = (
    "article", "articles", "articlesByUrl", "changes", "content", "contentByPath",
    "integrityReport", "node", "nodes", "provider", "providers", "topic", "topics", "withheld",
)  # fmt: skip

schemathesis.graphql.scalar(
    "DateTime", st.datetimes().map(lambda at: f"{at.isoformat()}Z").map(nodes.String)
)
schemathesis.graphql.scalar("Duration", st.just("PT1M").map(nodes.String))


@pytest.fixture(scope="module")
def operations(tmp_path_factory: pytest.TempPathFactory) -> Iterator[dict[str, Any]]:
    """What can be asked of a gateway that serves the demo, by name of the field."""
    folder = tmp_path_factory.mktemp("demo")
    for name in ("seeds", "keys"):
        shutil.copytree(ROOT / name, folder / name)
    # It asks as fast as it can, and alone.
    (folder / "sealgate.toml").write_text("rate_limit = 0\n", encoding="utf-8")
    with serve(folder) as server:
        schema = schemathesis.graphql.from_url(server.url, timeout=PATIENCE)
        found = [result.ok() for result in schema.get_all_operations() if isinstance(result, Ok)]
        yield {operation.label.removeprefix("Query."): operation for operation in found}


def test_every_field_is_asked_for(operations: dict[str, Any]) -> None:
    assert tuple(sorted(operations)) == FIELDS


@pytest.mark.fuzz
@pytest.mark.parametrize("field", FIELDS)
def test_what_the_schema_allows_is_answered_or_refused_for_a_known_reason(
    operations: dict[str, Any], field: str
) -> None:
    codes: set[str] = set()

    @bounded(3)
    @given(case=operations[field].as_strategy())
    def ask(case: schemathesis.Case[Any]) -> None:
        response = case.call(timeout=PATIENCE)
        assert response.status_code == 200
        document = response.json()
        codes.update(error["extensions"]["code"] for error in document.get("errors", ()))
        assert codes <= EXPECTED.keys(), document
        if "errors" not in document:
            case.validate_response(response)

    ask()
