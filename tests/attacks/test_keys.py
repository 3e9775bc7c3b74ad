"""Attacks with keys: counted twice, out of their time, revoked, or meant for something else."""

from __future__ import annotations

from typing import Any

import pytest

from gateway.errors import Reason
from gateway.trust.policy import Policy, Requirement
from gateway.verdict.status import Status
from gateway.verdict.verify import verify
from tests.attacks.forgery import PUBLISHER, RAW, forge, header
from tests.attacks.scene import Scene
from tests.support.publisher import NOW, YEAR, Publisher, trust_in, with_secured

REVOKED = {"revoked_at": NOW - 1, "reason": "stolen"}


def test_one_key_under_two_kids_counts_once() -> None:
    twin = PUBLISHER.public(kid="k2")
    trust = trust_in(PUBLISHER.public(), twin, policy=Policy(default=Requirement(threshold=2)))
    raw = with_secured(RAW, forge(header()), forge(header(kid="k2")))
    verdict = verify(raw, trust, NOW)
    assert (verdict.status, verdict.reason) == (Status.INVALID, Reason.THRESHOLD_NOT_MET)


def test_one_key_under_two_kids_is_no_majority_in_a_gateway(scene: Scene) -> None:
    second = Publisher("second")
    second.write_public(scene.folder.keys)
    scene.folder.seal("_news/friend.md", second)
    scene.policy("threshold: 2\n")
    (scene.folder.keys / "twin.jwk").write_bytes(_renamed(scene, "twin"))
    scene.write()
    payload = scene.claim().canonical
    envelopes = [
        forge(header(kid=kid), payload, scene.publisher) for kid in (scene.publisher.kid, "twin")
    ]
    scene.write(*envelopes)
    scene.withheld(Reason.THRESHOLD_NOT_MET)


def _renamed(scene: Scene, kid: str) -> bytes:
    text = (scene.folder.keys / f"{scene.publisher.kid}.jwk").read_text(encoding="utf-8")
    return text.replace(f'"kid": "{scene.publisher.kid}"', f'"kid": "{kid}"').encode()


# How a key came to prove nothing: members of its file, and what is said of its records.
SPENT: list[tuple[dict[str, Any], Status, Reason]] = [
    ({"exp": NOW - 1, "nbf": NOW - YEAR}, Status.EXPIRED, Reason.KEY_EXPIRED),
    ({"nbf": NOW + 1}, Status.INVALID, Reason.SIGNED_OUTSIDE_KEY_VALIDITY),
    ({"revoked": REVOKED}, Status.REVOKED, Reason.KEY_REVOKED),
    ({"revoked": {**REVOKED, "revoked_at": NOW + YEAR}}, Status.REVOKED, Reason.KEY_REVOKED),
    ({"corpora": ["other"]}, Status.INVALID, Reason.KEY_NOT_FOR_CORPUS),
    ({"corpora": []}, Status.INVALID, Reason.KEY_NOT_FOR_CORPUS),
]
NAMES = ["expired", "not begun", "revoked", "revoked from a day on", "of another corpus", "of none"]


@pytest.mark.parametrize(("members", "status", "reason"), SPENT, ids=NAMES)
def test_a_key_that_may_not_proves_nothing(
    members: dict[str, Any], status: Status, reason: Reason
) -> None:
    # Sealed while it was valid, where there was such a time.
    raw = with_secured(RAW, PUBLISHER.envelope(RAW, min(NOW, members.get("exp", NOW))))
    verdict = verify(raw, trust_in(PUBLISHER.public(**members)), NOW)
    assert (verdict.status, verdict.reason) == (status, reason)


@pytest.mark.parametrize(("members", "status", "reason"), SPENT, ids=NAMES)
def test_a_record_of_such_a_key_is_on_no_surface(
    scene: Scene, members: dict[str, Any], status: Status, reason: Reason
) -> None:
    scene.write()
    raw = scene.claim()
    scene.write(scene.publisher.envelope(raw, min(NOW, members.get("exp", NOW))))
    scene.publisher.write_public(scene.folder.keys, **members)
    scene.withheld(reason)


def test_an_expired_key_is_not_saved_by_an_iat_of_its_time(scene: Scene) -> None:
    """Whoever has the key writes into iat what they like."""
    scene.write()
    scene.write(scene.publisher.envelope(scene.claim(), NOW - YEAR))
    scene.publisher.write_public(scene.folder.keys, exp=NOW - 1)
    scene.withheld(Reason.KEY_EXPIRED)


def test_a_key_that_nobody_trusts_proves_nothing(scene: Scene) -> None:
    scene.seal(Publisher("stranger"))
    scene.withheld(Reason.KEY_UNKNOWN)


def test_a_strangers_key_under_a_trusted_name_proves_nothing(scene: Scene) -> None:
    scene.seal(Publisher(scene.publisher.kid))
    scene.withheld(Reason.SIGNATURE_INVALID)
