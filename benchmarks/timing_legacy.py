"""Whether the time of a verdict tells how a legacy envelope failed: `make timing`.

Measurements of all kinds of failure are taken in turn, in random order, so that whatever else the
machine does falls on all of them alike. Each kind is held against the first with the rank test of
Mann and Whitney. Two are called distinguishable when chance does not explain the difference (|z|
over 4) and it is large enough to use: the probability that a measurement of one is longer than one
of the other is further than 0.06 from one half (below that Vargha and Delaney, 2000, call an effect
negligible; where in memory something lies makes 0.02).

A decryptor that removes the padding first is measured, too. It differs by some 80 ns in 3600; if
that is not told apart, the measurement says nothing. Exit status: 0 indistinguishable, 1
distinguishable, 2 nothing was measured.
"""

from __future__ import annotations

import gc
import hmac
import math
import os
import sys
from base64 import b64encode
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from random import SystemRandom
from statistics import median
from time import perf_counter_ns

from cryptography.hazmat.primitives.ciphers import Cipher, algorithms, modes
from cryptography.hazmat.primitives.padding import PKCS7

from gateway.canonical.record import encode_record
from gateway.envelope.legacy import LegacyEnvelope, binds, seal_legacy
from gateway.records.raw import RawRecord
from gateway.trust.policy import Policy
from gateway.trust.trust import Trust
from gateway.verdict.verify import verify

ROUNDS = int(os.environ.get("SEALGATE_TIMING_ROUNDS", "20000"))
WARM_UP = 500
MAX_Z = 4.0
MAX_EFFECT = 0.06

KEY = os.urandom(32)
NOW = 1_800_000_000
TRUST = Trust.of((), Policy(), KEY)
CANONICAL = encode_record("demo", "_news/a.md", {"title": "A seal"}, b"Body.\n")
DIGEST = RawRecord("demo", "_news/a.md", CANONICAL, b"Body.\n", ()).digest
SEALED = seal_legacy(KEY, DIGEST)

# What is measured: seconds are taken around a call without arguments.
Call = Callable[[], object]
Measured = Mapping[str, Sequence[int]]


def flipped(position: int, mask: int = 0xFF) -> LegacyEnvelope:
    """The envelope with one byte changed, counted from the beginning of the IV."""
    data = bytearray(SEALED.iv + SEALED.ciphertext)
    data[position] ^= mask
    return LegacyEnvelope(bytes(data[16:]), bytes(data[:16]))


def failures() -> dict[str, LegacyEnvelope]:
    """One envelope for each way to fail, all of one length."""
    end = len(SEALED.iv + SEALED.ciphertext)
    return {
        "padding wrong": flipped(end - 17),
        "first byte, padding intact": flipped(0),
        "last digit, padding intact": flipped(end - 16 - 7, 0x01),
        "last block garbled": flipped(end - 1),
        "random": LegacyEnvelope(os.urandom(len(SEALED.ciphertext)), os.urandom(16)),
        "another record's": seal_legacy(KEY, "ab" * 32),
    }


def verdict_on(envelope: LegacyEnvelope) -> Call:
    """The whole verdict, from the record's text on, as a gateway makes it."""
    text = ";".join(b64encode(part).decode() for part in (envelope.ciphertext, envelope.iv))
    return lambda: verify(
        RawRecord("demo", "_news/a.md", CANONICAL, b"Body.\n", (text,)), TRUST, NOW
    )


def opening_of(envelope: LegacyEnvelope) -> Call:
    return lambda: binds(envelope, KEY, DIGEST)


def leaking_on(envelope: LegacyEnvelope) -> Call:
    """What is not done here: the padding first, the content only if that was right."""

    def opened() -> bool:
        decryptor = Cipher(algorithms.AES(KEY), modes.CBC(envelope.iv)).decryptor()
        padded = decryptor.update(envelope.ciphertext) + decryptor.finalize()
        unpadder = PKCS7(128).unpadder()
        try:
            plain = unpadder.update(padded) + unpadder.finalize()
        except ValueError:
            return False
        return hmac.compare_digest(plain, b"sealgate-record-v1 sha256:" + DIGEST.encode())

    return opened


def measure(calls: Mapping[str, Call], rounds: int) -> Measured:
    """Nanoseconds of each call, `rounds` of each, in an order drawn anew for each round."""
    random, taken = SystemRandom(), {name: [0] * rounds for name in calls}
    order = list(calls.items())
    gc.disable()
    try:
        for number in range(-WARM_UP, rounds):
            random.shuffle(order)
            for name, call in order:
                begun = perf_counter_ns()
                call()
                spent = perf_counter_ns() - begun
                if number >= 0:
                    taken[name][number] = spent
    finally:
        gc.enable()
    return taken


def mann_whitney(first: Sequence[int], second: Sequence[int]) -> tuple[float, float]:
    """How probable it is that one of the second is longer than one of the first, ties halved, and
    the z of that under the hypothesis that both are drawn alike, corrected for ties."""
    counts, of_second = Counter(first) + Counter(second), Counter(second)
    rank_sum, rank, ties = 0.0, 0, 0
    for value in sorted(counts):
        count = counts[value]
        rank_sum += of_second[value] * (rank + (count + 1) / 2)
        ties += count**3 - count
        rank += count
    n, m = len(first), len(second)
    u = rank_sum - m * (m + 1) / 2
    variance = n * m / 12 * (n + m + 1 - ties / ((n + m) * (n + m - 1)))
    return u / (n * m), (u - n * m / 2) / math.sqrt(variance)


def differs(effect: float, z: float) -> bool:
    return abs(z) > MAX_Z and abs(effect - 0.5) > MAX_EFFECT


def report(title: str, taken: Measured) -> bool:
    """Print what was measured; whether any kind can be told from the first."""
    baseline, *others = taken
    lines = [title, f"  {baseline:<28} median {median(taken[baseline]):>8.0f} ns"]
    told = False
    for name in others:
        effect, z = mann_whitney(taken[baseline], taken[name])
        told |= differs(effect, z)
        word = "TOLD APART" if differs(effect, z) else "not told apart"
        lines.append(
            f"  {name:<28} median {median(taken[name]):>8.0f} ns"
            f"  P(longer) {effect:.4f}  z {z:+6.2f}  {word}"
        )
    sys.stdout.write("\n".join(lines) + "\n")
    return told


def main() -> int:
    envelopes = failures()
    sys.stdout.write(f"{ROUNDS} measurements of each kind.\n")
    told = False
    for title, made in (("Whole verdict", verdict_on), ("Opening alone", opening_of)):
        calls = {name: made(envelope) for name, envelope in envelopes.items()}
        told |= report(title, measure(calls, ROUNDS))
    leaking = {name: leaking_on(envelope) for name, envelope in envelopes.items()}
    if not report("Control: padding removed first", measure(leaking, ROUNDS)):
        sys.stdout.write("The control was not told apart, so nothing was measured.\n")
        return 2
    sys.stdout.write("DISTINGUISHABLE\n" if told else "Indistinguishable.\n")
    return 1 if told else 0


if __name__ == "__main__":
    sys.exit(main())
