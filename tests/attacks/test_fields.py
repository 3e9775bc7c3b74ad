"""Attacks on what a record says: swapped, dropped and added fields, edited bodies, flipped bits."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gateway.base64url import decode_base64url, encode_base64url
from gateway.errors import Reason
from gateway.records.raw import RawRecord
from gateway.verdict.status import Status
from gateway.verdict.verify import verify
from tests.attacks.forgery import RAW, SEALED, TRUST, judged
from tests.attacks.scene import MARK, VICTIM_FIELDS, Scene
from tests.support.fuzz import fuzz
from tests.support.publisher import NOW, article_fields, claim, with_secured


@pytest.mark.parametrize("field", sorted(article_fields()))
def test_every_field_is_bound_by_the_seal(field: str) -> None:
    fields = article_fields()
    del fields[field]
    assert judged(with_secured(claim(fields, body=RAW.body), *SEALED.secured))[0] is Status.INVALID


def test_swapped_fields_are_detected() -> None:
    fields = article_fields()
    fields["title"], fields["excerpt"] = fields["excerpt"], fields["title"]
    raw = with_secured(claim(fields, body=RAW.body), *SEALED.secured)
    assert judged(raw) == (Status.INVALID, Reason.SIGNATURE_INVALID)


def test_an_edited_body_is_detected() -> None:
    raw = replace(SEALED, body=b"Body text!\n")
    assert judged(raw) == (Status.INVALID, Reason.BODY_MISMATCH)
    rebuilt = with_secured(claim(body=b"Body text!\n"), *SEALED.secured)
    assert judged(rebuilt) == (Status.INVALID, Reason.SIGNATURE_INVALID)


CHANGES: dict[str, dict[str, Any]] = {
    "two fields swapped": {
        "title": VICTIM_FIELDS["excerpt"],
        "excerpt": VICTIM_FIELDS["title"],
    },
    "a link that leads elsewhere": {"webUrl": f"https://evil.example/{MARK}"},
    "a number that is one higher": {"quality": 81},
    "a number that became text": {"quality": "80"},
    "another publisher": {"provider": {"name": f"Not the {MARK}", "domain": "evil.example"}},
    "a related item less": {"related": []},
    "a field more": {"ampWebUrl": "https://evil.example/amp"},
    "another body": {"body": f"The {MARK} never sleeps.\n"},
    "no body": {"body": ""},
}


@pytest.mark.parametrize("name", CHANGES)
def test_a_changed_record_is_on_no_surface(scene: Scene, name: str) -> None:
    sealed = scene.seal()
    scene.write(*sealed.secured, **CHANGES[name])
    scene.withheld(Reason.SIGNATURE_INVALID)


@fuzz
@given(position=st.integers(0, len(SEALED.canonical) * 8 - 1))
def test_no_flipped_bit_of_the_canonical_bytes_is_verified(position: int) -> None:
    canonical = bytearray(SEALED.canonical)
    canonical[position // 8] ^= 1 << position % 8
    raw = replace(SEALED, canonical=bytes(canonical))
    assert verify(raw, TRUST, NOW).status is not Status.VERIFIED


@fuzz
@given(position=st.integers(0, len(SEALED.secured[0]) * 8 - 1))
def test_no_flipped_bit_of_the_envelope_is_verified(position: int) -> None:
    envelope = bytearray(SEALED.secured[0].encode())
    envelope[position // 8] ^= 1 << position % 8
    raw = with_secured(RAW, envelope.decode("latin-1"))
    assert verify(raw, TRUST, NOW).status is not Status.VERIFIED


@fuzz
@given(position=st.integers(0, 511))
def test_no_flipped_bit_of_the_signature_is_verified(position: int) -> None:
    protected, _, text = SEALED.secured[0].split(".")
    signature = bytearray(decode_base64url(text))
    signature[position // 8] ^= 1 << position % 8
    raw = with_secured(RAW, f"{protected}..{encode_base64url(bytes(signature))}")
    assert judged(raw) == (Status.INVALID, Reason.SIGNATURE_INVALID)


@fuzz
@given(st.binary(), st.binary(), st.lists(st.text(), max_size=4))
def test_a_verdict_never_raises(canonical: bytes, body: bytes, secured: list[str]) -> None:
    raw = RawRecord("demo", RAW.path, canonical, body, tuple(secured))
    assert verify(raw, TRUST, NOW).status is not Status.VERIFIED
