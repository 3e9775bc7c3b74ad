"""The envelope of the received articles."""

from __future__ import annotations

import base64
import os

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gateway.envelope.envelope import parse_envelope
from gateway.envelope.legacy import LegacyEnvelope, binds, parse_legacy, seal_legacy
from gateway.errors import EnvelopeError, Reason
from tests.support.fuzz import fuzz

KEY = bytes(range(32))
DIGEST = "ab" * 32
SEALED = seal_legacy(KEY, DIGEST)


def spelled(ciphertext: bytes, iv: bytes) -> str:
    return ";".join(base64.b64encode(part).decode() for part in (ciphertext, iv))


def test_a_legacy_envelope_is_parsed() -> None:
    envelope = parse_envelope(spelled(SEALED.ciphertext, SEALED.iv))
    assert envelope == SEALED


@pytest.mark.parametrize(
    "text",
    [
        ";",
        "AA==;AA==",
        spelled(b"", b"i" * 16),
        spelled(b"c" * 15, b"i" * 16),
        spelled(b"c" * 16, b"i" * 15),
        spelled(b"c" * 16, b"i" * 17),
        spelled(b"c" * 16, b"i" * 16) + ";AAAA",
        spelled(b"c" * 16, b"i" * 16) + "\n",
        spelled(b"c" * 16, b"i" * 16).replace("=", ""),
        "é;é",
    ],
)
def test_everything_else_is_refused(text: str) -> None:
    with pytest.raises(EnvelopeError) as caught:
        parse_legacy(text)
    assert caught.value.code is Reason.LEGACY_ENCODING


@pytest.mark.parametrize("size", [16, 24, 32])
def test_an_envelope_binds_its_digest_under_its_key(size: int) -> None:
    key = os.urandom(size)
    envelope = seal_legacy(key, DIGEST)
    assert binds(envelope, key, DIGEST)
    assert not binds(envelope, key, "cd" * 32)
    assert not binds(envelope, os.urandom(size), DIGEST)


def test_two_envelopes_of_one_record_differ() -> None:
    assert seal_legacy(KEY, DIGEST) != seal_legacy(KEY, DIGEST)


@fuzz
@given(st.integers(0, (len(SEALED.ciphertext) + 16) * 8 - 1))
def test_no_flipped_bit_of_ciphertext_or_iv_binds(position: int) -> None:
    data = bytearray(SEALED.iv + SEALED.ciphertext)
    data[position // 8] ^= 1 << position % 8
    assert not binds(LegacyEnvelope(bytes(data[16:]), bytes(data[:16])), KEY, DIGEST)


@fuzz
@given(st.integers(1, 8).flatmap(lambda n: st.binary(min_size=16 * n, max_size=16 * n)))
def test_arbitrary_ciphertext_has_one_answer_whatever_its_padding(ciphertext: bytes) -> None:
    assert binds(LegacyEnvelope(ciphertext, SEALED.iv), KEY, DIGEST) is False
