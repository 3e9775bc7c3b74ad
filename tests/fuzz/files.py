"""Parsers of files that somebody else may have written: records, policy, documents, settings."""

from __future__ import annotations

import json
import math
import tempfile
from functools import cache
from pathlib import Path
from typing import Any

import orjson
import pytest
import yaml

from gateway.canonical.jcs import canonicalize
from gateway.canonical.record import decode_record, encode_record
from gateway.execution.executor import Executor
from gateway.execution.limits import Limits as OperationLimits
from gateway.frontmatter.document import Document, parse, parse_data
from gateway.frontmatter.limits import Limits
from gateway.http.documents import read_documents, text_hash
from gateway.settings import Settings, read_settings
from gateway.trust.directory import POLICY_FILE, read_policy
from gateway.trust.policy import Requirement, parse_policy
from schema.build import build_schema
from tests.support.parser import Parser, text_of
from tests.support.publisher import article_fields

LIMITS = Limits(file_bytes=1 << 16, depth=8, nodes=500)
_EMPTY = ("", "~", "null", "Null", "NULL")


def _agrees(ours: object, other: object) -> bool:
    """Whether a value is what PyYAML's composer makes of the same text, scalars being its text."""
    match ours, other:
        case dict(), dict():
            return ours.keys() == other.keys() and all(_agrees(ours[n], other[n]) for n in ours)
        case list(), list():
            return len(ours) == len(other) and all(map(_agrees, ours, other))
        case None, str():
            return other in _EMPTY
        case bool(), str():
            return other.lower() == str(ours).lower()
        case int() | float(), str():
            return ours == (int(other, 0) if other[:2] in {"0x", "0o"} else float(other))
    return ours == other


def _measure(value: object) -> tuple[int, int, int]:
    """How many nodes a value has, how deep it is, and how many characters are in its strings."""
    if isinstance(value, dict):
        inner = [_measure(part) for pair in value.items() for part in pair]
    elif isinstance(value, list):
        inner = [_measure(part) for part in value]
    else:
        return 1, 0, len(value) if isinstance(value, str) else 0
    depth = 1 + max((part[1] for part in inner), default=0)
    return 1 + sum(part[0] for part in inner), depth, sum(part[2] for part in inner)


def _check_document(document: Document, data: bytes) -> None:
    fields, text = document.fields, document.sections.yaml.decode()
    nodes, depth, characters = _measure(fields)
    assert nodes <= LIMITS.nodes
    assert depth <= LIMITS.depth
    assert characters <= len(text)
    assert _agrees(fields, yaml.load(text, yaml.CBaseLoader))
    assert document.key_starts.keys() == fields.keys()
    assert data.endswith(document.body)
    unsealed = {name: value for name, value in fields.items() if name != "secured"}
    canonical = encode_record("demo", "_news/a.md", fields, document.body)
    assert decode_record(canonical).record == unsealed
    assert len(canonical) <= 6 * len(data) + 64 * nodes + 256


def _front_matter(data: bytes) -> None:
    _check_document(parse(data, LIMITS), data)


def _data_file(data: bytes) -> None:
    document = parse_data(data, LIMITS)
    assert document.body == b""
    _check_document(document, data)


_YAML_WORDS = (
    *b"- |: |? |[|]|{|}|,|&a |*a|!!str |!|>\n |  |\n  |\t|'|# |---\n|...|%YAML 1.2\n".split(b"|"),
    b'"',
    b"|\n ", b"<<: ", b"~", b"0x1F", b"0o17", b"1e400", b".inf", b"9007199254740992", b"\\ud800",
    b"\\0", b"\xc2\x85", b"\r\n", b"a: 1\n", b"2026-01-01", b"\\U0001F512",
)  # fmt: skip
_FIELDS = article_fields(secured=["eyJ.-..x"], empty=None, tags=[{"a": [1, 0.5]}])
_YAML = (
    yaml.safe_dump(_FIELDS, sort_keys=False).encode()
    + b"folded: >-\n  a\n  b\nflow: {a: [~, 'b']}\n"
)


def _fenced(text: bytes) -> bytes:
    return b"---\n" + text + b"\n---\n<p>Body</p>\n"


def _canonical(data: bytes) -> None:
    found = decode_record(data)
    members = {
        "v": 1, "corpus": found.corpus, "path": found.path, "record": found.record,
        "body": found.body,
    }  # fmt: skip
    if canonicalize(members) == data:
        # The bytes that can be verified mean the same to another reader.
        assert json.loads(data) == members


_RECORD = encode_record("demo", "_news/a.md", _FIELDS, b"<p>Body</p>")


def _requirement_members(requirement: Requirement) -> dict[str, Any]:
    publishers, age = requirement.publishers, requirement.max_age
    return {
        "threshold": requirement.threshold,
        "post_quantum": requirement.post_quantum,
        "classical": requirement.classical,
        **({} if publishers is None else {"publishers": sorted(publishers)}),
        **({} if age is None else {"max_age_days": age // 86_400}),
    }


def _policy(data: bytes) -> None:
    with tempfile.TemporaryDirectory() as folder:
        (Path(folder) / POLICY_FILE).write_bytes(data)
        policy = read_policy(Path(folder))
    for requirement in (policy.default, *policy.corpora.values()):
        assert requirement.threshold >= 1
        assert requirement.publishers is None or requirement.publishers
    written = {
        "mode": policy.mode.value,
        "refuse_replays": policy.refuse_replays,
        **_requirement_members(policy.default),
        "corpora": {name: _requirement_members(r) for name, r in policy.corpora.items()},
    }
    assert parse_policy(yaml.safe_dump(written), "again") == policy


_POLICY = {
    "mode": "report",
    "refuse_replays": False,
    "threshold": 2,
    "post_quantum": True,
    "max_age_days": 30,
    "corpora": {"demo": {"classical": True, "publishers": ["k1", "k2"], "threshold": 1}},
}

_COUNT = "query Count {articles {totalCount}}"
_PATHS = (
    "query Paths($first: Int = 2) {articles(first: $first) {edges {node {path ...F}}}}"
    " fragment F on Article {title}"
)


@cache
def _executor() -> Executor:
    return Executor(build_schema()._schema, OperationLimits(), deadline=10.0)


def _documents(data: bytes) -> None:
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "documents.json"
        path.write_bytes(data)
        documents = read_documents(path, _executor())
    members = json.loads(data)
    operations = members.get("operations")
    texts = (
        members if not isinstance(operations, list) else {o["id"]: o["body"] for o in operations}
    )
    for name, text in texts.items():
        assert documents.text(name) == text
        assert documents.text(f"sha256:{text_hash(text)}") == text
        assert text in documents


_APOLLO = {
    "format": "apollo-persisted-query-manifest",
    "version": 1,
    "operations": [
        {"id": "a", "name": "Count", "type": "query", "body": _COUNT},
        {"id": "b", "name": "Paths", "type": "query", "body": _PATHS},
    ],
}
_RELAY = {"0cc175b9c0f1b6a831c399e269772661": _COUNT, "b": _PATHS}
_CODEGEN = {text_hash(_COUNT): _COUNT, text_hash(_PATHS): _PATHS}
_MANIFESTS = (_APOLLO, _RELAY, _CODEGEN)


def _within_bounds(settings: Settings) -> None:
    assert 0 <= settings.port <= 65535
    assert 1 <= settings.max_page <= 1000
    assert math.isnan(settings.deadline) is False
    assert settings.deadline > 0
    assert Settings(**settings.model_dump()) == settings


def _settings_file(data: bytes) -> None:
    with tempfile.TemporaryDirectory() as folder, pytest.MonkeyPatch.context() as patch:
        path = Path(folder) / "sealgate.toml"
        path.write_bytes(data)
        patch.setenv("SEALGATE_CONFIG", str(path))
        _within_bounds(read_settings())


def _settings_variables(data: bytes) -> None:
    """Lines of NAME=value, as the environment would bring them."""
    with pytest.MonkeyPatch.context() as patch:
        for line in data.replace(b"\0", b"").splitlines():
            name, _, value = text_of(line).partition("=")
            patch.setenv(f"SEALGATE_{name.replace('=', '')}", value)
        _within_bounds(read_settings())


_TOML = b"""port = 8010
workers = 2
corpus = "mine"
deadline = 2.5
graphiql = false
log_level = 'error'
open_scopes = []
cors_origins = ["https://www.example.org", "*"]
root_key = \"""root.jwk\"""
"""
_TOML_WORDS = (
    *b"[|]|[[a]]|{|}|a.b = |'''|# |inf|nan|-1|1979-05-27T07:32:00Z|0x_1|\\u0000|=".split(b"|"),
    b"port = ", b"deadline = inf\n", b"deadline = nan\n", b"workers = 9", b"a = 1\n",
)  # fmt: skip
_VARIABLES = b"""PORT=8010
OPEN_SCOPES=["audit"]
CORS_ORIGINS=["https://www.example.org"]
DEADLINE=2.5
GRAPHIQL=no
MAX_AGE=60
ROOT_KEY=root.jwk
"""
_ORIGINS = ["https://www.example.org", "*"]
_VARIABLE_WORDS = (
    *b"CONFIG=|MAX_PAGE=|PORT=|DEADLINE=|SEEDS=|WATCH=|[|{|null|1e3|-1|inf|nan|/".split(b"|"),
    b"\n", b"LOG_LEVEL=",
)  # fmt: skip

FILES = (
    Parser("front matter", _front_matter, [_fenced(_YAML)], _YAML_WORDS, [_FIELDS], _fenced),
    Parser("data file", _data_file, [_YAML, b"---\n" + _YAML + b"---\n"], _YAML_WORDS, [_FIELDS]),
    Parser("canonical record", _canonical, [_RECORD], trees=[orjson.loads(_RECORD)]),
    Parser("policy", _policy, [yaml.safe_dump(_POLICY).encode()], _YAML_WORDS, [_POLICY]),
    Parser(
        "trusted documents",
        _documents,
        [json.dumps(form).encode() for form in _MANIFESTS],
        [b"{", b"}", b"(", b"[", b"...F", b'\\"', b"\\ud800", b"@skip(if: true)", b"$first"],
        _MANIFESTS,
    ),
    Parser(
        "settings file", _settings_file, [_TOML], _TOML_WORDS, [_ORIGINS], b"cors_origins=".__add__
    ),
    Parser(
        "settings variables",
        _settings_variables,
        [_VARIABLES],
        _VARIABLE_WORDS,
        [_ORIGINS],
        b"CORS_ORIGINS=".__add__,
    ),
)
