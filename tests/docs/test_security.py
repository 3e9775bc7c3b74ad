"""Every attack in docs/security.md has a test, and every setting there has the default it says."""

from __future__ import annotations

import ast
import re
from pathlib import Path

import pytest

from gateway.settings import Settings

ROOT = Path(__file__).parents[2]
TEXT = (ROOT / "docs/security.md").read_text(encoding="utf-8")
ROWS = [line for line in TEXT.splitlines() if line.startswith("|")]
NAMED = re.findall(r"`(tests/[^`]+\.py)::([^`]+)`", TEXT)


def names(tree: ast.AST, prefix: str = "") -> set[str]:
    """The tests of a module, those of its classes as Class::test."""
    found: set[str] = set()
    for node in ast.iter_child_nodes(tree):
        if isinstance(node, ast.ClassDef):
            found |= names(node, f"{node.name}::")
        elif isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            found.add(prefix + node.name)
    return found


@pytest.mark.parametrize(("file", "test"), NAMED)
def test_a_test_that_is_named_exists(file: str, test: str) -> None:
    assert test in names(ast.parse((ROOT / file).read_text(encoding="utf-8")))


def test_every_attack_names_a_test() -> None:
    rows = [row for row in ROWS if not row.startswith(("| Attack", "|---"))]
    assert len(rows) == len(NAMED) > 20
    for row in rows:
        assert row.count("|") == 5, row
        assert re.search(r"`tests/[^`]+` \|$", row), row


def test_settings_that_are_named_exist() -> None:
    fields = Settings.model_fields
    found = re.findall(r"`(max_[a-z_]+|rate_[a-z_]+|queue_[a-z_]+|deadline)` ([\d,.]+)", TEXT)
    assert len(found) > 15
    for name, value in found:
        if name != "max_body_bytes":
            assert fields[name].default == float(value.rstrip(",.").replace(",", "")), name
