"""The policy: what a record needs to count as proven, and what happens to one that does not."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum

from gateway.errors import PolicyError, Reason, SealgateError
from gateway.frontmatter.composer import Value, compose
from gateway.frontmatter.limits import Limits


class Mode(StrEnum):
    """enforce: only VERIFIED is visible. report: everything is, with its verdict beside it."""

    ENFORCE = "enforce"
    REPORT = "report"


@dataclass(frozen=True)
class Requirement:
    """threshold: how many distinct keys must have signed, counted by key bytes.

    post_quantum, classical: whether one of them must be an ML-DSA key, and whether one must be of
    another kind; with both, a record stands as long as either kind does. publishers: the kids whose
    signatures count, None for every key that may sign the corpus. max_age: how many seconds after
    its iat a signature counts, None for as long as its key does.
    """

    threshold: int = 1
    post_quantum: bool = False
    classical: bool = False
    publishers: frozenset[str] | None = None
    max_age: int | None = None


@dataclass(frozen=True)
class Policy:
    """default applies to every corpus that has no entry of its own in `corpora`.

    refuse_replays: whether a record is withheld whose seal is older than one seen at its path.
    """

    mode: Mode = Mode.ENFORCE
    default: Requirement = Requirement()
    corpora: Mapping[str, Requirement] = field(default_factory=dict)
    refuse_replays: bool = True

    def requirement(self, corpus: str) -> Requirement:
        return self.corpora.get(corpus, self.default)


_REQUIREMENT_KEYS = frozenset(
    {"threshold", "post_quantum", "classical", "publishers", "max_age_days"}
)
_DAY = 86_400
_POLICY_KEYS = _REQUIREMENT_KEYS | {"mode", "refuse_replays", "corpora"}


def parse_policy(text: str, name: str) -> Policy:
    """The policy in the YAML `text`; `name` is the file as errors call it.

    Raises PolicyError with the line of the offending top-level key.
    """
    try:
        value, starts = compose(text, Limits(), first_line=1)
    except SealgateError as error:
        raise PolicyError(Reason.POLICY_FILE, error.message, path=name, line=error.line) from None
    lines = {key: 1 + text.count("\n", 0, start) for key, start in starts.items()}
    return _PolicyReader(name, lines).read(value)


class _PolicyReader:
    def __init__(self, name: str, lines: Mapping[str, int]) -> None:
        self._name = name
        self._lines = lines

    def read(self, value: Value) -> Policy:
        top = self._mapping(value if value is not None else {}, "", _POLICY_KEYS)
        return Policy(
            mode=self._mode(top.get("mode", Mode.ENFORCE.value)),
            refuse_replays=self._flag(top, "", "refuse_replays", default=True),
            default=self._requirement(top, ""),
            corpora=self._corpora(top.get("corpora", {})),
        )

    def _bad(self, key: str, message: str) -> PolicyError:
        line = self._lines.get(key.partition(".")[0])
        shown = f"{key}: {message}" if key else message
        hint = "docs/keys.md lists what a policy may say."
        return PolicyError(Reason.POLICY_FILE, shown, path=self._name, line=line, hint=hint)

    def _mapping(self, value: Value, key: str, allowed: frozenset[str]) -> dict[str, Value]:
        if not isinstance(value, dict):
            raise self._bad(key, "must be a mapping")
        # A misspelt `threshhold: 2` must not quietly mean 1.
        if unknown := sorted(value.keys() - allowed):
            raise self._bad(f"{key}.{unknown[0]}" if key else unknown[0], "is not a policy key")
        return value

    def _mode(self, value: Value) -> Mode:
        for mode in Mode:
            if value == mode.value:
                return mode
        raise self._bad("mode", "must be enforce or report")

    def _requirement(self, values: dict[str, Value], key: str) -> Requirement:
        return Requirement(
            threshold=self._count(values, key, "threshold") or 1,
            post_quantum=self._flag(values, key, "post_quantum"),
            classical=self._flag(values, key, "classical"),
            publishers=self._publishers(values, key),
            max_age=self._days(values, key, "max_age_days"),
        )

    def _count(self, values: dict[str, Value], key: str, name: str) -> int | None:
        value = values.get(name)
        if name not in values:
            return None
        if not isinstance(value, int) or isinstance(value, bool) or value < 1:
            raise self._bad(f"{key}{name}", "must be a whole number of at least 1")
        return value

    def _days(self, values: dict[str, Value], key: str, name: str) -> int | None:
        days = self._count(values, key, name)
        return None if days is None else days * _DAY

    def _flag(
        self, values: dict[str, Value], key: str, name: str, *, default: bool = False
    ) -> bool:
        value = values.get(name, default)
        if not isinstance(value, bool):
            raise self._bad(f"{key}{name}", "must be true or false")
        return value

    def _publishers(self, values: dict[str, Value], key: str) -> frozenset[str] | None:
        value = values.get("publishers")
        if "publishers" not in values:
            return None
        if not isinstance(value, list) or not all(isinstance(kid, str) for kid in value):
            raise self._bad(f"{key}publishers", "must be a list of kids")
        # Nobody could sign, which is what an empty `corpora` of a key is for.
        if not value:
            raise self._bad(f"{key}publishers", "must name at least one kid, or be left out")
        return frozenset(str(kid) for kid in value)

    def _corpora(self, value: Value) -> dict[str, Requirement]:
        if not isinstance(value, dict):
            raise self._bad("corpora", "must be a mapping")
        return {name: self._corpus(name, entry) for name, entry in value.items()}

    def _corpus(self, name: str, value: Value) -> Requirement:
        key = f"corpora.{name}"
        return self._requirement(self._mapping(value, key, _REQUIREMENT_KEYS), f"{key}.")
