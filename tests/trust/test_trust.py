"""Policy, trust and the folder they are read from."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gateway.errors import KeyFileError, PolicyError, Reason, SealgateError
from gateway.trust.directory import read_legacy_key, read_trust
from gateway.trust.policy import Mode, Policy, Requirement, parse_policy
from tests.support.fuzz import fuzz
from tests.support.publisher import NOW, YEAR, Publisher, trust_in


def test_an_empty_policy_is_the_default() -> None:
    assert parse_policy("", "p") == parse_policy("{}", "p") == Policy()
    assert Policy().mode is Mode.ENFORCE
    assert Policy().requirement("any") == Requirement(threshold=1, post_quantum=False)


def test_every_key_of_a_policy_is_read() -> None:
    text = "mode: report\nthreshold: 2\npost_quantum: true\ncorpora:\n  a: {threshold: 3}\n"
    policy = parse_policy(text, "p")
    assert policy.mode is Mode.REPORT
    assert policy.requirement("a") == Requirement(3, post_quantum=False)
    assert policy.requirement("b") == Requirement(2, post_quantum=True)


@pytest.mark.parametrize(
    ("text", "line"),
    [
        ("mode: enforce\nthreshhold: 2", 2),
        ("mode: maybe", 1),
        ("mode: true", 1),
        ("threshold: 0", 1),
        ("threshold: true", 1),
        ("mode: report\nthreshold: '2'", 2),
        ("post_quantum: 1", 1),
        ("corpora: []", 1),
        ("mode: report\ncorpora:\n  a: 1", 2),
        ("corpora:\n  a: {threshold: 0}", 1),
        ("corpora:\n  a: {mode: report}", 1),
        ("threshold: 1\nthreshold: 2", 2),
        ("[]", None),
        ("a: [", None),
        ("threshold: !!int 1", 1),
    ],
)
def test_an_unusable_policy_is_refused_with_its_line(text: str, line: int | None) -> None:
    with pytest.raises(PolicyError) as caught:
        parse_policy(text, "policy.yaml")
    assert (caught.value.code, caught.value.path) == (Reason.POLICY_FILE, "policy.yaml")
    if line is not None:
        assert caught.value.line == line


@fuzz
@given(st.text(max_size=200))
def test_an_arbitrary_policy_raises_nothing_but_our_error(text: str) -> None:
    try:
        assert parse_policy(text, "p") == Policy()
    except PolicyError as error:
        assert error.code is Reason.POLICY_FILE  # noqa: PT017


@pytest.mark.parametrize(
    "members",
    [
        {"kid": "k2"},
        {"corpora": ["demo", "more"]},
        {"nbf": 1},
        {"exp": None},
        {"revoked": {"revoked_at": 1}},
    ],
)
def test_the_digest_depends_on_everything_a_verdict_depends_on(members: dict[str, Any]) -> None:
    publisher = Publisher()
    before = trust_in(publisher.public()).digest
    assert trust_in(publisher.public()).digest == before
    assert trust_in(publisher.public(**members)).digest != before


def test_the_digest_depends_on_policy_keys_and_legacy_key_but_not_on_order() -> None:
    one, two = Publisher("k1").public(), Publisher("k2").public()
    digests = {
        trust_in(one).digest,
        trust_in(one, two).digest,
        trust_in(one, legacy=b"k" * 16).digest,
        trust_in(one, policy=Policy(mode=Mode.REPORT)).digest,
        trust_in(one, policy=Policy(default=Requirement(2))).digest,
        trust_in(one, policy=Policy(corpora={"a": Requirement(2)})).digest,
    }
    assert len(digests) == 6
    assert trust_in(one, two).digest == trust_in(two, one).digest


def test_the_next_boundary_is_the_next_beginning_or_end() -> None:
    trust = trust_in(Publisher("a").public(), Publisher("b").public(nbf=NOW + 5, exp=None))
    assert trust.next_boundary(NOW) == NOW + 5
    assert trust.next_boundary(NOW + 5) == NOW + YEAR + 1
    assert trust.next_boundary(NOW + YEAR + 1) is None


def test_two_keys_of_one_name_are_refused() -> None:
    with pytest.raises(KeyFileError) as caught:
        trust_in(Publisher().public(), Publisher().public())
    assert caught.value.code is Reason.KEY_DUPLICATE


def test_a_folder_is_read_as_a_whole(tmp_path: Path) -> None:
    Publisher("a").write_public(tmp_path)
    Publisher("b", alg="ML-DSA-65").write_public(tmp_path)
    (tmp_path / "README").write_text("ignored")
    (tmp_path / "policy.yaml").write_text("threshold: 2\n")
    (tmp_path / "legacy").write_bytes(b"k" * 32)
    trust = read_trust(tmp_path, tmp_path / "legacy")
    assert sorted(trust.keys) == ["a", "b"]
    assert trust.policy.default.threshold == 2
    assert trust.legacy_key == b"k" * 32
    assert "k" * 32 not in repr(trust)


@pytest.mark.parametrize(
    ("name", "content", "reason"),
    [
        ("bad.jwk", b"{", Reason.KEY_FILE),
        ("bad.jwk", b"x" * 70_000, Reason.KEY_FILE),
        ("policy.yaml", b"mode: maybe", Reason.POLICY_FILE),
        ("policy.yaml", b"\xff", Reason.POLICY_FILE),
        ("policy.yaml", b"#" * 70_000, Reason.POLICY_FILE),
    ],
)
def test_one_damaged_file_refuses_the_whole_folder(
    tmp_path: Path, name: str, content: bytes, reason: Reason
) -> None:
    Publisher().write_public(tmp_path)
    (tmp_path / name).write_bytes(content)
    with pytest.raises(SealgateError) as caught:
        read_trust(tmp_path)
    assert caught.value.code is reason
    assert caught.value.path == str(tmp_path / name)


def test_a_folder_without_keys_is_refused(tmp_path: Path) -> None:
    for folder in (tmp_path, tmp_path / "nowhere"):
        with pytest.raises(KeyFileError) as caught:
            read_trust(folder)
        assert caught.value.code is Reason.TRUST_EMPTY
        assert caught.value.hint


@pytest.mark.parametrize("size", [0, 15, 17, 31, 33, 64])
def test_a_legacy_key_has_one_of_three_sizes(tmp_path: Path, size: int) -> None:
    (tmp_path / "key").write_bytes(b"k" * size)
    with pytest.raises(KeyFileError) as caught:
        read_legacy_key(tmp_path / "key")
    assert caught.value.code is Reason.KEY_FILE
    assert read_legacy_key(None) is None
