"""What the gateway is held to: ratios, which depend on the machine far less than rates do."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

# (query, peer) -> how many times as many requests the gateway should answer.
Ratios = Mapping[tuple[str, str], float]

COLD = "cold Q2"
TAIL = "p99 / p50"


@dataclass(frozen=True)
class Target:
    """A ratio and its bound. at_most: whether the bound is one from above."""

    subject: str
    peer: str
    bound: float
    at_most: bool = False

    def is_met(self, ratio: float) -> bool:
        return ratio <= self.bound if self.at_most else ratio >= self.bound


@dataclass(frozen=True)
class Verdict:
    """ratio: None where it was not measured."""

    target: Target
    ratio: float | None

    @property
    def word(self) -> str:
        if self.ratio is None:
            return "not measured"
        return "reached" if self.target.is_met(self.ratio) else "not reached"

    def document(self) -> dict[str, object]:
        target = self.target
        return {
            "subject": target.subject,
            "peer": target.peer,
            "at_most" if target.at_most else "at_least": target.bound,
            "ratio": self.ratio,
            "verdict": self.word,
        }


TARGETS = (
    Target("Q1", "stock", 40),
    Target("Q1", "mercurius", 0.6),
    Target("Q1", "precomputed", 0.7),
    Target("Q2", "stock", 130),
    Target("Q2", "mercurius", 2.5),
    Target("Q2", "precomputed", 0.6),
    Target("Q3", "stock", 150),
    Target("Q3", "mercurius", 5),
    Target("Q3", "precomputed", 0.5),
    Target("Q1", TAIL, 5, at_most=True),
    Target("Q2", TAIL, 5, at_most=True),
    Target("Q3", TAIL, 5, at_most=True),
    Target(COLD, "stock", 15),
)


def judge(ratios: Ratios) -> list[Verdict]:
    """A verdict for each target."""
    return [Verdict(target, ratios.get((target.subject, target.peer))) for target in TARGETS]
