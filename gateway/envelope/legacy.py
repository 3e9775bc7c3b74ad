"""The envelope of the received articles: `base64(ciphertext);base64(iv)`, AES-CBC.

It is symmetric and carries no authentication of its own. A record is bound by it only when the
plaintext is the record's digest, which nobody without the key can bring about; whoever holds the
key can (docs/threat-model.md).
"""

from __future__ import annotations

import hmac
import os
from dataclasses import dataclass

from cryptography.hazmat.primitives.ciphers import Cipher, algorithms, modes
from cryptography.hazmat.primitives.padding import PKCS7

from gateway.base64url import decode_base64
from gateway.errors import EnvelopeError, Reason

BLOCK = 16
_PREFIX = b"sealgate-record-v1 sha256:"


@dataclass(frozen=True)
class LegacyEnvelope:
    """ciphertext: one or more 16-byte blocks; iv: 16 bytes."""

    ciphertext: bytes
    iv: bytes


def parse_legacy(text: str) -> LegacyEnvelope:
    """The envelope that `text` spells. Raises EnvelopeError for every other string."""
    first, _, second = text.partition(";")
    try:
        ciphertext, iv = decode_base64(first), decode_base64(second)
    except ValueError:
        raise EnvelopeError(Reason.LEGACY_ENCODING, "not strict base64;base64") from None
    if not ciphertext or len(ciphertext) % BLOCK or len(iv) != BLOCK:
        raise EnvelopeError(Reason.LEGACY_ENCODING, "not whole 16-byte blocks and a 16-byte IV")
    return LegacyEnvelope(ciphertext, iv)


def seal_legacy(key: bytes, digest: str) -> LegacyEnvelope:
    """A legacy envelope that binds the record with this digest (64 hex digits)."""
    iv = os.urandom(BLOCK)
    padder = PKCS7(BLOCK * 8).padder()
    plaintext = padder.update(_PREFIX + digest.encode()) + padder.finalize()
    encryptor = Cipher(algorithms.AES(key), modes.CBC(iv)).encryptor()
    return LegacyEnvelope(encryptor.update(plaintext) + encryptor.finalize(), iv)


def binds(envelope: LegacyEnvelope, key: bytes, digest: str) -> bool:
    """Whether the envelope, opened with `key`, speaks of the record with this digest.

    One answer for every failure, with the padding as part of one comparison: there is no unpadding
    step whose failure could be told from another, so no padding oracle (Vaudenay, 2002).
    """
    padder = PKCS7(BLOCK * 8).padder()
    expected = padder.update(_PREFIX + digest.encode()) + padder.finalize()
    decryptor = Cipher(algorithms.AES(key), modes.CBC(envelope.iv)).decryptor()
    plaintext = decryptor.update(envelope.ciphertext) + decryptor.finalize()
    return hmac.compare_digest(plaintext, expected)
