"""Canonical bytes of a record."""

from __future__ import annotations

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gateway.canonical.jcs import canonicalize
from gateway.canonical.record import body_digest, decode_record, encode_record
from gateway.errors import CanonicalError, Reason
from tests.support.fuzz import fuzz
from tests.support.publisher import article_fields


def test_a_record_comes_back_without_its_envelopes() -> None:
    fields = article_fields()
    decoded = decode_record(encode_record("c", "p", {**fields, "secured": ["x"]}, b"body"))
    assert (decoded.corpus, decoded.path, decoded.body) == ("c", "p", body_digest(b"body"))
    assert decoded.record == fields


def test_only_the_top_level_secured_is_left_out() -> None:
    data = encode_record("c", "p", {"related": [{"secured": "kept"}], "secured": "x"}, b"")
    assert decode_record(data).record == {"related": [{"secured": "kept"}]}


@pytest.mark.parametrize("change", ["corpus", "path", "fields", "body"])
def test_every_part_changes_the_bytes(change: str) -> None:
    parts = {"corpus": "c", "path": "p", "fields": {"a": 1}, "body": b""}
    other = {"corpus": "d", "path": "q", "fields": {"a": 2}, "body": b"x"}
    changed = {**parts, change: other[change]}
    assert encode_record(**parts) != encode_record(**changed)  # type: ignore[arg-type]


def test_parts_cannot_run_into_each_other() -> None:
    assert encode_record("a", "b/c", {}, b"") != encode_record("a/b", "c", {}, b"")


GOOD = {"v": 1, "corpus": "c", "path": "p", "record": {}, "body": "sha256:0"}


@pytest.mark.parametrize(
    "value",
    [
        [],
        {},
        {**GOOD, "v": 2},
        {**GOOD, "v": True},
        {**GOOD, "v": "1"},
        {**GOOD, "record": []},
        {**GOOD, "path": None},
        {**GOOD, "more": 1},
        {name: GOOD[name] for name in ("v", "corpus", "path", "record")},
    ],
)
def test_other_json_is_refused(value: object) -> None:
    assert decode_record(canonicalize(GOOD)).path == "p"
    with pytest.raises(CanonicalError) as caught:
        decode_record(canonicalize(value))
    assert caught.value.code is Reason.CANONICAL_UNREADABLE


@fuzz
@given(st.binary(max_size=300) | st.text(max_size=300).map(json.dumps).map(str.encode))
def test_arbitrary_bytes_raise_nothing_but_our_error(data: bytes) -> None:
    with pytest.raises(CanonicalError):
        decode_record(data)
