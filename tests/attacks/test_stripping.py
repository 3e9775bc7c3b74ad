"""Attacks that take proof away: no envelope, one that proves nothing, the stronger one missing."""

from __future__ import annotations

import pytest

from gateway.errors import Reason
from gateway.trust.policy import Policy, Requirement
from gateway.verdict.status import Status
from gateway.verdict.verify import verify
from tests.attacks.forgery import PUBLISHER, RAW, SEALED, judged
from tests.attacks.scene import FRIEND, Scene
from tests.support.publisher import NOW, Publisher, trust_in, with_secured

LEGACY = "AAAAAAAAAAAAAAAAAAAAAA==;AAAAAAAAAAAAAAAAAAAAAA=="


def test_a_stripped_envelope_is_missing() -> None:
    assert judged(with_secured(RAW)) == (Status.MISSING, Reason.SECURED_MISSING)


def test_a_seal_replaced_by_a_legacy_shaped_string_is_unverifiable() -> None:
    assert judged(with_secured(RAW, LEGACY)) == (Status.UNVERIFIABLE, Reason.LEGACY_NO_KEY)


@pytest.mark.parametrize(
    ("secured", "reason"),
    [
        ((), Reason.SECURED_MISSING),
        ((LEGACY,), Reason.LEGACY_NO_KEY),
        (("",), Reason.ENVELOPE_SHAPE),
        (("..",), Reason.JWS_ENCODING),
    ],
)
def test_a_record_without_its_seal_is_on_no_surface(
    scene: Scene, secured: tuple[str, ...], reason: Reason
) -> None:
    scene.write(*secured)
    scene.withheld(reason)


def test_a_signature_cut_off_behind_its_header_is_malformed(scene: Scene) -> None:
    envelope = scene.seal().secured[0]
    scene.write(envelope[: envelope.rindex(".") + 1])
    scene.withheld(Reason.JWS_ENCODING)


def test_a_stripped_post_quantum_signature_is_noticed(scene: Scene) -> None:
    quantum = Publisher("q", alg="ML-DSA-65")
    policy = Policy(default=Requirement(threshold=1, post_quantum=True))
    trust = trust_in(PUBLISHER.public(), quantum.public(), policy=policy)
    assert verify(quantum.seal(SEALED), trust, NOW).status is Status.VERIFIED
    assert verify(SEALED, trust, NOW).reason is Reason.POST_QUANTUM_MISSING
    quantum.write_public(scene.folder.keys)
    scene.folder.seal(FRIEND, quantum)
    scene.policy("post_quantum: true\n")
    scene.seal()
    scene.withheld(Reason.POST_QUANTUM_MISSING)
