"""Attacks under a hybrid policy: a classical and a post-quantum key must both have signed."""

from __future__ import annotations

import json
import time
from collections.abc import Callable
from dataclasses import dataclass

import pytest

from gateway.errors import Reason
from gateway.records.raw import RawRecord
from tests.attacks.forgery import forge, header
from tests.attacks.scene import VICTIM, Scene, assert_shown, assert_withheld
from tests.support.client import serving
from tests.support.command import sealgate
from tests.support.folder import Folder, replace_in
from tests.support.publisher import YEAR, Publisher

# `sealgate verify` reads the real clock, so everything here happens now.
NOW = int(time.time())
WINDOW = {"nbf": NOW - YEAR, "exp": NOW + YEAR}
POLICY = "threshold: 2\npost_quantum: true\n"
KEY_IDS = f'{{article(path: "{VICTIM}") {{integrity {{status reason keyIds}}}}}}'
REPORT = "{integrityReport {byKey {keyId count} byReason {reason count}}}"


def _publisher(kid: str, alg: str = "Ed25519") -> Publisher:
    return Publisher(kid, alg, members=WINDOW)


@dataclass
class Hybrid:
    """A scene in which the publisher has a second key, of ML-DSA-65, and so has the friend."""

    scene: Scene
    classical: Publisher
    quantum: Publisher

    def claim(self) -> RawRecord:
        self.scene.write()
        return self.scene.claim()

    def seal(self) -> tuple[str, str]:
        """Both envelopes of the victim."""
        first, second = self.scene.seal(self.classical, self.quantum).secured
        return first, second


@pytest.fixture
def hybrid(folder: Folder) -> Hybrid:
    folder.publisher = _publisher("k1")
    quantum = _publisher("quantum", "ML-DSA-65")
    for publisher in (folder.publisher, quantum):
        publisher.write_public(folder.keys)
    friends = (_publisher("friend"), _publisher("friend-pq", "ML-DSA-65"))
    scene = Scene(folder, friends, NOW)
    scene.policy(POLICY)
    return Hybrid(scene, folder.publisher, quantum)


def verified_offline(scene: Scene) -> tuple[int, str, str, list[str]]:
    """What `sealgate verify` says of the victim's file."""
    done = sealgate("verify", scene.file, "--json", cwd=scene.folder.base)
    (told,) = json.loads(done.stdout)
    return done.returncode, told["status"], told["reason"], told["keyIds"]


def test_a_hybrid_policy_serves_what_both_kinds_of_keys_signed(hybrid: Hybrid) -> None:
    hybrid.seal()
    with serving(hybrid.scene.folder.settings, lambda: NOW) as client:
        integrity = client.data(KEY_IDS)["article"]["integrity"]
        assert integrity == {"status": "VERIFIED", "reason": "OK", "keyIds": ["k1", "quantum"]}
        assert_shown(client)
        counted = {
            item["keyId"]: item["count"] for item in client.data(REPORT)["integrityReport"]["byKey"]
        }
    assert counted == {"k1": 1, "quantum": 1, "friend": 1, "friend-pq": 1}
    assert verified_offline(hybrid.scene) == (0, "VERIFIED", "OK", ["k1", "quantum"])


def _without_quantum(hybrid: Hybrid) -> list[str]:
    return [hybrid.seal()[0]]


def _without_classical(hybrid: Hybrid) -> list[str]:
    return [hybrid.seal()[1]]


def _one_twice(hybrid: Hybrid) -> list[str]:
    raw = hybrid.claim()
    return [hybrid.quantum.envelope(raw, NOW - 1), hybrid.quantum.envelope(raw, NOW - 2)]


def _two_classical(hybrid: Hybrid) -> list[str]:
    other = _publisher("other")
    other.write_public(hybrid.scene.folder.keys)
    raw = hybrid.claim()
    return [hybrid.classical.envelope(raw, NOW), other.envelope(raw, NOW)]


def _signatures_swapped(hybrid: Hybrid) -> list[str]:
    """Each header before the other's signature."""
    (first, one), (second, two) = (text.split("..") for text in hybrid.seal())
    return [f"{first}..{two}", f"{second}..{one}"]


def _names_swapped(hybrid: Hybrid) -> list[str]:
    """Each key signs honestly, under the name and algorithm of the other."""
    payload = hybrid.claim().canonical
    return [
        forge(header(kid="quantum", alg="ML-DSA-65", iat=NOW), payload, hybrid.classical),
        forge(header(kid="k1", iat=NOW), payload, hybrid.quantum),
    ]


def _forged_quantum(hybrid: Hybrid) -> list[str]:
    """Somebody else's ML-DSA key under the trusted name: what a stolen classical key leaves."""
    raw, forger = hybrid.claim(), _publisher("quantum", "ML-DSA-65")
    return [hybrid.classical.envelope(raw, NOW), forger.envelope(raw, NOW)]


def _forged_classical(hybrid: Hybrid) -> list[str]:
    raw, forger = hybrid.claim(), _publisher("k1")
    return [forger.envelope(raw, NOW), hybrid.quantum.envelope(raw, NOW)]


def _other_parameters(hybrid: Hybrid) -> list[str]:
    """ML-DSA-44 where the key's own file says ML-DSA-65."""
    raw, smaller = hybrid.claim(), _publisher("quantum", "ML-DSA-44")
    return [hybrid.classical.envelope(raw, NOW), smaller.envelope(raw, NOW)]


# What is done to the envelopes, why the record is withheld, and whose signatures still count.
ATTACKS: list[tuple[Callable[[Hybrid], list[str]], Reason, list[str]]] = [
    (_without_quantum, Reason.THRESHOLD_NOT_MET, ["k1"]),
    (_without_classical, Reason.THRESHOLD_NOT_MET, ["quantum"]),
    (_one_twice, Reason.THRESHOLD_NOT_MET, ["quantum", "quantum"]),
    (_two_classical, Reason.POST_QUANTUM_MISSING, ["k1", "other"]),
    (_signatures_swapped, Reason.SIGNATURE_INVALID, []),
    (_names_swapped, Reason.SIGNATURE_INVALID, []),
    (_forged_quantum, Reason.THRESHOLD_NOT_MET, ["k1"]),
    (_forged_classical, Reason.THRESHOLD_NOT_MET, ["quantum"]),
    (_other_parameters, Reason.THRESHOLD_NOT_MET, ["k1"]),
]


@pytest.mark.parametrize(("attack", "reason", "key_ids"), ATTACKS)
def test_an_attacked_hybrid_record_is_on_no_surface_and_verify_agrees(
    hybrid: Hybrid,
    attack: Callable[[Hybrid], list[str]],
    reason: Reason,
    key_ids: list[str],
) -> None:
    hybrid.scene.write(*attack(hybrid))
    with serving(hybrid.scene.folder.settings, lambda: NOW) as client:
        assert_withheld(client, reason)
        by_reason = client.data(REPORT)["integrityReport"]["byReason"]
    assert {item["reason"]: item["count"] for item in by_reason} == {"OK": 1, reason: 1}
    assert verified_offline(hybrid.scene) == (1, "INVALID", reason, key_ids)


def test_a_changed_hybrid_record_is_withheld_though_one_signature_is_made_anew(
    hybrid: Hybrid,
) -> None:
    """Whoever broke one kind of key still lacks the other."""
    hybrid.seal()
    replace_in(hybrid.scene.file, "harbour", "sewer")
    hybrid.scene.folder.seal(VICTIM, hybrid.classical, NOW)
    with serving(hybrid.scene.folder.settings, lambda: NOW) as client:
        assert_withheld(client, Reason.THRESHOLD_NOT_MET)
