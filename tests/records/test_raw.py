"""A record before its verdict: what its digest and fingerprint depend on."""

from __future__ import annotations

import dataclasses
import hashlib
from typing import Any

import pytest

from gateway.records.raw import RawRecord

RAW = RawRecord("demo", "a/b.md", b"{}", b"body", ("x", "y"))


def test_the_digest_is_the_sha256_of_the_canonical_bytes() -> None:
    assert RAW.digest == hashlib.sha256(b"{}").hexdigest()
    assert dataclasses.replace(RAW, body=b"other", secured=()).digest == RAW.digest


@pytest.mark.parametrize(
    "change",
    [
        {"corpus": "other"},
        {"path": "a/c.md"},
        {"canonical": b"[]"},
        {"body": b""},
        {"secured": ("x",)},
        {"secured": ("y", "x")},
        {"secured": ("x", "y", "")},
        {"secured": ("xy",)},
        {"corpus": "demoa", "path": "/b.md"},
        {"canonical": b"{}b", "body": b"ody"},
        {"body": b"bodyx", "secured": ("", "y")},
    ],
)
def test_the_fingerprint_changes_with_every_byte_and_every_boundary(change: dict[str, Any]) -> None:
    changed = dataclasses.replace(RAW, **change)
    assert changed.fingerprint != RAW.fingerprint
    assert dataclasses.replace(RAW).fingerprint == RAW.fingerprint
