"""Documents that list what the code has list exactly that."""

from __future__ import annotations

import json
import re
import tomllib
from pathlib import Path

from gateway.canonical.record import decode_record
from gateway.corpus.claim import claim_bytes
from gateway.errors import Reason
from gateway.frontmatter.limits import Limits
from gateway.keys.public_key import parse_public_key
from gateway.settings import Settings
from gateway.trust.policy import parse_policy
from gateway.verdict.status import Status

ROOT = Path(__file__).parents[2]


def read(name: str) -> str:
    return (ROOT / name).read_text(encoding="utf-8")


def first_cells(text: str) -> list[str]:
    """The codes in the first column of the tables in a text."""
    return re.findall(r"^\| `([A-Z0-9_]+)`", text, re.MULTILINE)


def block(name: str, language: str) -> str:
    found = re.search(rf"^```{language}\n(.*?)^```", read(name), re.MULTILINE | re.DOTALL)
    assert found is not None
    return found[1]


def test_every_reason_and_status_is_explained_once() -> None:
    cells = first_cells(read("docs/verdicts.md"))
    assert sorted(cells) == sorted([*Reason, *Status])


def test_every_check_is_explained() -> None:
    text = read("docs/verdicts.md")
    listed = re.findall(r"^\| `([a-z]+)`", text, re.MULTILINE)
    named = set()
    for path in (ROOT / "gateway/verdict").glob("*.py"):
        source = path.read_text(encoding="utf-8")
        named |= set(re.findall(r'Check\("([a-z]+)"', source))
        named |= set(re.findall(r'_failed\("([a-z]+)"', source))
        named |= set(re.findall(r'_fail\(checks, "([a-z]+)"', source))
        named |= set(re.findall(r'^    "([a-z]+)": _', source, re.MULTILINE))
    assert sorted(listed) == sorted(named)


def test_the_example_settings_are_all_settings_with_their_defaults() -> None:
    lines = read("sealgate.example.toml").splitlines()
    given = tomllib.loads("\n".join(line[2:] for line in lines if re.match(r"# [a-z_]+ = ", line)))
    assert set(given) == set(Settings.model_fields)
    for name in ("audit_log", "documents", "legacy_key_file", "root_key"):
        assert given.pop(name).startswith("/")
    assert given.pop("otel_endpoint").endswith("/v1/traces")
    for name in ("token_file", "jwt_keys", "jwt_issuer", "jwt_audience"):
        assert given.pop(name)
    assert tuple(given.pop("open_scopes")) == Settings().public_scopes
    assert Settings(**given) == Settings()
    for name in Settings.model_fields:
        assert f"SEALGATE_{name.upper()}" in read("sealgate.example.toml")


def test_the_worked_example_of_canonical_bytes_is_right() -> None:
    text = read("docs/record-format.md")
    file = block("docs/record-format.md", "text").replace("Body, in Markdown.\n", "")
    raw = claim_bytes("demo", "_news/a.md", file.encode(), Limits())
    assert block("docs/record-format.md", "json").encode() == raw.canonical + b"\n"
    assert decode_record(raw.canonical).path == "_news/a.md"
    assert f"`{raw.digest}`" in text


def test_the_example_key_and_policy_can_be_used() -> None:
    key = parse_public_key(block("docs/keys.md", "json").encode(), "example")
    assert json.loads(read("keys/demo-2026.jwk"))["x"] == key.members["x"]
    policy = parse_policy(block("docs/keys.md", "yaml"), "example")
    assert policy.requirement("treaties").threshold == 2
    assert policy.requirement("demo").threshold == 1


def test_documents_are_wrapped_and_name_no_place_of_ours() -> None:
    for path in [*(ROOT / "docs").rglob("*.md"), ROOT / "README.md", ROOT / "CONTRIBUTING.md"]:
        text = path.read_text(encoding="utf-8")
        assert "/work/" not in text, path
        assert "/root/" not in text, path
