"""Do failures of legacy envelopes differ in time?  python benchmarks/timing_legacy.py [ROUNDS]

Measures kinds of flipped envelopes in turn, so that whatever the machine does meanwhile hits all
alike, and compares each kind with all others: by the probability that one of its measurements is
the longer one (Mann and Whitney's U as an effect size: 0.5 is no difference at all), and by how far
its median is from theirs. Exit status 1 when some kind can be told by both.
"""

from __future__ import annotations

import random
import sys
import time
from bisect import bisect_left, bisect_right
from collections.abc import Callable, Mapping
from statistics import median

from gateway.envelope.legacy import LegacyEnvelope, binds, seal_legacy

KEY = bytes(range(32))
DIGEST = "ab" * 32
# How far from 0.5 a probability may be: below this an effect counts as negligible (Vargha and
# Delaney, 2000).
TOLERANCE = 0.06
# Medians that are closer than this, as a part of them, are: a difference so small is a matter of
# where in memory something lies, is another one in the next run, and is lost in any network.
CLOSE = 0.03
_BLOCK = 16

Make = Callable[[random.Random, LegacyEnvelope], LegacyEnvelope]


def _flipped(data: bytes, start: int, end: int, chance: random.Random) -> bytes:
    place = chance.randrange(start, end)
    return data[:place] + bytes([data[place] ^ 1 << chance.randrange(8)]) + data[place + 1 :]


def _in_iv(chance: random.Random, sealed: LegacyEnvelope) -> LegacyEnvelope:
    return LegacyEnvelope(sealed.ciphertext, _flipped(sealed.iv, 0, _BLOCK, chance))


def _in_block(first: int, last: int) -> Make:
    """A flip in the blocks from `first` to `last`, counted from the end where negative."""

    def make(chance: random.Random, sealed: LegacyEnvelope) -> LegacyEnvelope:
        size = len(sealed.ciphertext)
        start, end = (n * _BLOCK % size for n in (first, last))
        return LegacyEnvelope(_flipped(sealed.ciphertext, start, end + _BLOCK, chance), sealed.iv)

    return make


KINDS: Mapping[str, Make] = {
    "IV": _in_iv,
    "first block": _in_block(0, 0),
    "middle": _in_block(1, -3),
    "padding": _in_block(-2, -1),
}


def measure(rounds: int) -> dict[str, list[int]]:
    """Nanoseconds of each attempt, by kind."""
    chance = random.Random(1)  # noqa: S311  repeatable, and nothing secret
    found: dict[str, list[int]] = {kind: [] for kind in KINDS}
    for _ in range(rounds):
        kinds = list(KINDS)
        chance.shuffle(kinds)
        for kind in kinds:
            # Sealed anew right before, so that each attempt finds the processor in the same state.
            envelope = KINDS[kind](chance, seal_legacy(KEY, DIGEST))
            begun = time.perf_counter_ns()
            assert not binds(envelope, KEY, DIGEST)
            found[kind].append(time.perf_counter_ns() - begun)
    return found


def longer(mine: list[int], others: list[int]) -> float:
    """The probability that one of mine is longer than one of the others; ties count half."""
    ordered = sorted(others)
    wins = sum(bisect_left(ordered, x) + bisect_right(ordered, x) for x in mine) / 2
    return wins / (len(mine) * len(others))


def main() -> int:
    rounds = int(sys.argv[1]) if len(sys.argv) > 1 else 20_000
    found = measure(rounds)
    told = False
    for kind, times in found.items():
        others = [x for other, values in found.items() if other != kind for x in values]
        chance = longer(times, others)
        apart = median(times) / median(others) - 1
        told |= abs(chance - 0.5) > TOLERANCE and abs(apart) > CLOSE
        print(
            f"{kind:12} longer with probability {chance:.3f}, median {apart:+.2%} from the others'"
        )
    print("can be told apart" if told else f"cannot be told apart ({rounds} attempts of each kind)")
    return int(told)


if __name__ == "__main__":
    sys.exit(main())
