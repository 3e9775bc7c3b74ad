"""Attacks on legacy envelopes with their key configured: every change has one and the same answer.

CBC lets an attacker flip chosen bits of one block by garbling the one before, and a decryptor that
tells bad padding from bad content decrypts for them (Vaudenay, 2002). So there is one answer, made
in one way. What follows from the envelope's length alone is known to its sender already.
"""

from __future__ import annotations

import sys
from base64 import b64encode
from collections import Counter
from collections.abc import Iterator
from types import FrameType
from typing import Any

import pytest
from cryptography.hazmat.primitives.ciphers import Cipher, algorithms, modes

from gateway.envelope.legacy import BLOCK, LegacyEnvelope, binds, seal_legacy
from gateway.errors import Reason
from gateway.records.raw import RawRecord
from gateway.verdict.status import Status
from gateway.verdict.verdict import Rejected, Verified
from gateway.verdict.verify import verify
from tests.attacks.scene import Scene
from tests.support.publisher import NOW, claim, trust_in, with_secured

KEY = bytes(range(32))
TRUST = trust_in(legacy=KEY)
RAW = claim(body=b"Body text.\n")
SEALED = seal_legacy(KEY, RAW.digest)
BLOCKS = len(SEALED.ciphertext) // BLOCK


def spelled(envelope: LegacyEnvelope) -> str:
    return ";".join(b64encode(part).decode() for part in (envelope.ciphertext, envelope.iv))


def carrying(envelope: LegacyEnvelope) -> RawRecord:
    return with_secured(RAW, spelled(envelope))


def encrypted(plaintext: bytes, iv: bytes = SEALED.iv, key: bytes = KEY) -> LegacyEnvelope:
    """What only the holder of the key can make; here, to have every kind of plaintext."""
    encryptor = Cipher(algorithms.AES(key), modes.CBC(iv)).encryptor()
    return LegacyEnvelope(encryptor.update(plaintext) + encryptor.finalize(), iv)


def decrypted(envelope: LegacyEnvelope) -> bytes:
    decryptor = Cipher(algorithms.AES(KEY), modes.CBC(envelope.iv)).decryptor()
    return decryptor.update(envelope.ciphertext) + decryptor.finalize()


PLAIN = decrypted(SEALED)
PADDING = PLAIN[-1]


def flipped() -> Iterator[LegacyEnvelope]:
    """Every byte of IV and ciphertext, once with its lowest bit flipped and once with all."""
    data = SEALED.iv + SEALED.ciphertext
    for position in range(len(data)):
        for mask in (0x01, 0xFF):
            changed = bytearray(data)
            changed[position] ^= mask
            yield LegacyEnvelope(bytes(changed[BLOCK:]), bytes(changed[:BLOCK]))


def asking_for_padding() -> Iterator[LegacyEnvelope]:
    """An oracle's questions: every value of the byte that decides over the last byte of padding."""
    for value in range(256):
        changed = bytearray(SEALED.ciphertext)
        if changed[-BLOCK - 1] != value:
            changed[-BLOCK - 1] = value
            yield LegacyEnvelope(bytes(changed), SEALED.iv)


def rearranged() -> Iterator[LegacyEnvelope]:
    """Two blocks swapped, one twice, the IV among them."""
    blocks = [SEALED.ciphertext[n * BLOCK : (n + 1) * BLOCK] for n in range(BLOCKS)]
    for first in range(BLOCKS):
        for second in range(first + 1, BLOCKS):
            swapped = blocks.copy()
            swapped[first], swapped[second] = swapped[second], swapped[first]
            yield LegacyEnvelope(b"".join(swapped), SEALED.iv)
            doubled = blocks.copy()
            doubled[first] = doubled[second]
            yield LegacyEnvelope(b"".join(doubled), SEALED.iv)
        yield LegacyEnvelope(SEALED.ciphertext, blocks[first])


def padded_otherwise() -> Iterator[LegacyEnvelope]:
    """The right digest under every other padding of the same length, well formed or not."""
    content = PLAIN[:-PADDING]
    for last in range(256):
        if last != PADDING:
            yield encrypted(content + bytes([PADDING]) * (PADDING - 1) + bytes([last]))
    yield encrypted(content + bytes(PADDING))


def another_record() -> Iterator[LegacyEnvelope]:
    """Perfect padding, another digest: from the first digit to the last."""
    start = len(PLAIN) - PADDING - 64
    for position in (start, start + 31, start + 63):
        changed = bytearray(PLAIN)
        changed[position] ^= 1
        yield encrypted(bytes(changed))
    yield encrypted(PLAIN, key=bytes(32))


SAME_LENGTH = {
    "flips": flipped,
    "padding oracle": asking_for_padding,
    "blocks": rearranged,
    "padding": padded_otherwise,
    "content": another_record,
}


def answer(envelope: LegacyEnvelope) -> tuple[Any, ...]:
    verdict = verify(carrying(envelope), TRUST, NOW)
    assert isinstance(verdict, Rejected)
    return (verdict.status, verdict.reason, verdict.detail, verdict.checks, verdict.key_ids)


ONE_ANSWER = answer(encrypted(bytes(len(PLAIN))))


def test_the_envelope_itself_binds_its_record_so_that_changes_mean_something() -> None:
    assert isinstance(verify(carrying(SEALED), TRUST, NOW), Verified)
    assert encrypted(PLAIN) == SEALED
    assert (len(SEALED.ciphertext), PADDING) == (96, 6)


@pytest.mark.parametrize("kind", SAME_LENGTH)
def test_every_change_has_one_and_the_same_answer(kind: str) -> None:
    changed = [envelope for envelope in SAME_LENGTH[kind]() if envelope != SEALED]
    assert {answer(envelope) for envelope in changed} == {ONE_ANSWER}
    assert ONE_ANSWER[:2] == (Status.INVALID, Reason.LEGACY_REJECTED)


def test_what_is_cut_at_blocks_or_longer_has_that_answer_too() -> None:
    for count in range(1, BLOCKS):
        cut = SEALED.ciphertext[: count * BLOCK]
        tail = SEALED.ciphertext[-count * BLOCK :]
        for ciphertext in (cut, tail, SEALED.ciphertext + cut):
            assert answer(LegacyEnvelope(ciphertext, SEALED.iv)) == ONE_ANSWER


def test_what_is_cut_within_a_block_is_malformed_for_everybody_alike() -> None:
    """Nothing is decrypted for it, and it is the same without the key."""
    for length in range(len(SEALED.ciphertext)):
        if length % BLOCK:
            raw = carrying(LegacyEnvelope(SEALED.ciphertext[:length], SEALED.iv))
            verdicts = [verify(raw, trust, NOW) for trust in (TRUST, trust_in())]
            assert {v.reason for v in verdicts} == {Reason.LEGACY_ENCODING}
            assert verdicts[0].checks == verdicts[1].checks


def calls_of(envelope: LegacyEnvelope) -> Counter[str]:
    """Every function that a verdict calls, ours and the library's, with how often."""
    raw, calls = carrying(envelope), Counter[str]()

    def count(frame: FrameType, event: str, argument: Any) -> None:
        if event == "call":
            calls[f"{frame.f_code.co_filename}:{frame.f_code.co_qualname}"] += 1
        elif event == "c_call":
            calls[f"{argument.__module__}:{argument.__qualname__}"] += 1

    before = sys.getprofile()
    sys.setprofile(count)
    try:
        verify(raw, TRUST, NOW)
    finally:
        sys.setprofile(before)
    return calls


def test_the_same_functions_are_called_equally_often_for_every_failure() -> None:
    """No step is left out and none is added, so there is nothing that time could tell.

    `make timing` measures it.
    """
    expected = calls_of(encrypted(bytes(len(PLAIN))))
    called = {name.replace(":", ".").rpartition(".")[2] for name in expected}
    assert {"decryptor", "finalize", "compare_digest"} <= called
    for kind, changes in SAME_LENGTH.items():
        for number, envelope in enumerate(changes()):
            if envelope != SEALED:
                assert calls_of(envelope) == expected, (kind, number)


def test_the_count_would_tell_a_path_that_ends_earlier() -> None:
    assert calls_of(SEALED) != calls_of(encrypted(bytes(len(PLAIN))))


def test_nobody_without_the_key_aims_an_envelope_at_another_record() -> None:
    """Flipping bits of one block garbles the one before, which is part of the comparison."""
    other = claim(body=b"Another.\n").digest
    wanted = encrypted(PLAIN.replace(RAW.digest.encode(), other.encode()))
    assert binds(wanted, KEY, other)
    target = decrypted(wanted)
    for block in range(BLOCKS):
        changed = bytearray(SEALED.iv + SEALED.ciphertext)
        span = slice(block * BLOCK, (block + 1) * BLOCK)
        delta = bytes(a ^ b for a, b in zip(PLAIN[span], target[span], strict=True))
        for offset, bits in enumerate(delta):
            changed[block * BLOCK + offset] ^= bits
        forged = LegacyEnvelope(bytes(changed[BLOCK:]), bytes(changed[:BLOCK]))
        assert decrypted(forged)[span] == target[span]
        assert not binds(forged, KEY, other)


@pytest.mark.parametrize("kind", SAME_LENGTH)
def test_a_record_with_a_changed_envelope_is_on_no_surface(scene: Scene, kind: str) -> None:
    key_file = scene.folder.base / "legacy.key"
    key_file.write_bytes(KEY)
    settings = scene.folder.settings.model_copy(update={"legacy_key_file": key_file})
    scene.write()
    digest = scene.claim().digest
    plain = PLAIN.replace(RAW.digest.encode(), digest.encode())
    scene.write(spelled(encrypted(plain)))
    scene.shown(settings)
    first = next(envelope for envelope in SAME_LENGTH[kind]() if envelope != SEALED)
    # The same attack, on this record's envelope.
    difference = bytes(a ^ b for a, b in zip(decrypted(first), PLAIN, strict=True))
    attacked = encrypted(bytes(a ^ b for a, b in zip(plain, difference, strict=True)), first.iv)
    scene.write(spelled(attacked))
    scene.withheld(Reason.LEGACY_REJECTED, settings)
