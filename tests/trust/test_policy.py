"""Policy files: nothing is assumed about a key that is misspelt or of the wrong type."""

from __future__ import annotations

import json
import os
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from gateway.errors import PolicyError, Reason
from gateway.trust.policy import Mode, Policy, Requirement, parse_policy


def refused(text: str) -> PolicyError:
    with pytest.raises(PolicyError) as caught:
        parse_policy(text, "keys/policy.yaml")
    error = caught.value
    assert (error.code, error.path) == (Reason.POLICY_FILE, "keys/policy.yaml")
    return error


@pytest.mark.parametrize("text", ["", "\n\n", "# nothing yet\n", "{}", "~", "---\n"])
def test_a_policy_that_says_nothing_is_the_default(text: str) -> None:
    assert parse_policy(text, "p") == Policy(Mode.ENFORCE, Requirement(1, post_quantum=False), {})


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("mode: enforce", Policy()),
        ("mode: report", Policy(mode=Mode.REPORT)),
        ("mode: 'report'", Policy(mode=Mode.REPORT)),
        ("threshold: 3", Policy(default=Requirement(3))),
        ("threshold: 0x2", Policy(default=Requirement(2))),
        ("threshold: 1.0", Policy(default=Requirement(1))),
        ("post_quantum: true", Policy(default=Requirement(1, post_quantum=True))),
        ("classical: true", Policy(default=Requirement(classical=True))),
        ("max_age_days: 2", Policy(default=Requirement(max_age=172_800))),
        ("publishers: [a, b]", Policy(default=Requirement(publishers=frozenset("ab")))),
        ("corpora: {}", Policy()),
        ("corpora: {a: {}}", Policy(corpora={"a": Requirement()})),
        ("corpora:\n  a:\n    threshold: 2", Policy(corpora={"a": Requirement(2)})),
        ("corpora: {'': {threshold: 2}}", Policy(corpora={"": Requirement(2)})),
    ],
)
def test_each_key_alone(text: str, expected: Policy) -> None:
    assert parse_policy(text, "p") == expected


def test_an_entry_for_a_corpus_stands_alone_and_inherits_nothing() -> None:
    text = "threshold: 3\npost_quantum: true\ncorpora: {a: {threshold: 2}, b: {}}"
    policy = parse_policy(text, "p")
    assert policy.requirement("a") == Requirement(2, post_quantum=False)
    assert policy.requirement("b") == Requirement(1, post_quantum=False)
    assert policy.requirement("c") == Requirement(3, post_quantum=True)
    assert policy.requirement("A") == policy.requirement("c")


@pytest.mark.parametrize(
    ("text", "line", "named"),
    [
        ("threshhold: 2", 1, "threshhold: is not a policy key"),
        ("# one\n# two\nmode: report\nPost_quantum: true", 4, "Post_quantum: is not"),
        ("mode: report\ncorpora:\n  a: {treshold: 1}", 2, "corpora.a.treshold: is not"),
        ("corpora: {a: {corpora: {}}}", 1, "corpora.a.corpora: is not"),
        ("corpora: {a: {mode: report}}", 1, "corpora.a.mode: is not"),
        ("classical: 1", 1, "classical: must be true or false"),
        ("mode: report\nmax_age_days: 0", 2, "max_age_days: must be a whole number"),
        ("max_age_days: 1.5", 1, "max_age_days: must be a whole number"),
        ("publishers: a", 1, "publishers: must be a list"),
        ("publishers: [1]", 1, "publishers: must be a list"),
        ("publishers: []", 1, "publishers: must name at least one"),
        ("corpora: {a: {publishers: null}}", 1, "corpora.a.publishers: must be a list"),
        ("mode: Report", 1, "mode: must be"),
        ("mode: ''", 1, "mode: must be"),
        ("mode:", 1, "mode: must be"),
        ("mode: 1", 1, "mode: must be"),
        ("mode: []", 1, "mode: must be"),
        ("mode: {a: 1}", 1, "mode: must be"),
        ("threshold: 0", 1, "threshold: must be"),
        ("threshold: -1", 1, "threshold: must be"),
        ("threshold: true", 1, "threshold: must be"),
        ("threshold: 1.5", 1, "threshold: must be"),
        ("threshold: '1'", 1, "threshold: must be"),
        ("threshold: [1]", 1, "threshold: must be"),
        ("threshold:", 1, "threshold: must be"),
        ("\npost_quantum: 1", 2, "post_quantum: must be"),
        ("post_quantum: yes", 1, "post_quantum: must be"),
        ("post_quantum: 'true'", 1, "post_quantum: must be"),
        ("post_quantum:", 1, "post_quantum: must be"),
        ("corpora:", 1, "corpora: must be"),
        ("corpora: a", 1, "corpora: must be"),
        ("mode: report\n\ncorpora:\n  - a", 3, "corpora: must be"),
        ("corpora: {a: }", 1, "corpora.a: must be"),
        ("corpora: {a: 2}", 1, "corpora.a: must be"),
        ("mode: report\ncorpora: {a.b: {threshold: 0}}", 2, "corpora.a.b.threshold: must be"),
        ("corpora: {a: {post_quantum: 0}}", 1, "corpora.a.post_quantum: must be"),
        ("mode: report\nmode: enforce", 2, "stands twice"),
        ("corpora:\n  a: {}\n  a: {threshold: 2}", 3, "stands twice"),
        ("mode: &m report", 1, "anchor"),
        ("mode: !!str report", 1, "tag"),
        ("mode: report\n---\nmode: enforce", 2, "second document"),
        ("threshold: 9007199254740992", 1, "number"),
        ("mode: report\nmode enforce\n", 3, ""),
        ("1: 2", 1, "not a string"),
    ],
)
def test_anything_else_is_refused_with_the_key_and_its_line(
    text: str, line: int, named: str
) -> None:
    error = refused(text)
    assert error.line == line
    assert named in error.message


@pytest.mark.parametrize("text", ["- a", "report", "1", "true", "[]", "''"])
def test_a_policy_is_a_mapping(text: str) -> None:
    assert refused(text).message == "must be a mapping"


def test_a_deep_policy_is_refused_without_recursion() -> None:
    assert "deeper" in refused("corpora: " + "{a: " * 100_000).message


# `mode` with a list or a mapping is left out here.
VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=5),
    lambda inner: st.lists(inner) | st.dictionaries(st.text(max_size=5), inner),
    max_leaves=5,
)
POLICIES = st.fixed_dictionaries(
    {},
    optional={
        "mode": st.sampled_from(["enforce", "report", "other", None, 1, True]),
        "threshold": VALUES | st.integers(-1, 3),
        "post_quantum": VALUES,
        "corpora": VALUES
        | st.dictionaries(st.text(max_size=3), st.dictionaries(st.just("threshold"), VALUES)),
        "more": VALUES,
    },
)


@pytest.mark.fuzz
@settings(
    deadline=None,
    derandomize=True,
    max_examples=int(os.environ.get("SEALGATE_FUZZ_EXAMPLES", "150")),
)
@given(POLICIES)
def test_values_of_any_type_are_read_as_written_or_refused_with_our_error(
    written: dict[str, Any],
) -> None:
    try:
        policy = parse_policy(json.dumps(written), "p")
    except PolicyError as error:
        assert error.code is Reason.POLICY_FILE  # noqa: PT017
        return
    assert "more" not in written
    assert policy.mode.value == written.get("mode", "enforce")
    assert policy.default.threshold == written.get("threshold", 1)
    assert policy.default.post_quantum is written.get("post_quantum", False)
    assert policy.corpora.keys() == written.get("corpora", {}).keys()
