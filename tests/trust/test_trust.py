"""Trust as one value, and its digest."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from gateway.errors import KeyFileError, Reason
from gateway.trust.directory import read_trust
from gateway.trust.policy import Mode, Policy, Requirement
from tests.support.publisher import NOW, YEAR, Publisher, trust_in


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
