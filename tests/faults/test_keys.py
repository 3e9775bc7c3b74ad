"""Keys and policy turn into something else under a running gateway: the trust that was last good
stays in force, and nothing is ever verified under a key that is not in it."""

from __future__ import annotations

import json
import os
import time
from typing import Any

import pytest
from cryptography.hazmat.primitives.asymmetric.rsa import generate_private_key

from gateway.base64url import encode_base64url
from gateway.errors import Reason
from tests.faults.stage import LAST, Stage, reasons, running, until, until_says, until_well
from tests.faults.witness import watched
from tests.support.process import Server
from tests.support.volume import publish


def private(stage: Stage) -> bytes:
    return json.dumps({**stage.folder.publisher.jwk(), "d": "A" * 43}).encode()


def small_order(stage: Stage) -> bytes:
    """The identity point: one signature under it fits every message."""
    point = encode_base64url((1).to_bytes(32, "little"))
    return json.dumps({**stage.folder.publisher.jwk(), "x": point}).encode()


def rsa_1024(stage: Stage) -> bytes:
    numbers = generate_private_key(65537, 1024).public_key().public_numbers()
    jwk = {"kty": "RSA", "kid": "k1", "e": "AQAB", "n": encode_base64url(numbers.n.to_bytes(128))}
    return json.dumps({**jwk, "corpora": ["demo"]}).encode()


SWAPS: dict[str, tuple[Any, Reason]] = {
    "garbage": (lambda _: os.urandom(200), Reason.KEY_FILE),
    "nothing": (lambda _: b"", Reason.KEY_FILE),
    "half of it": (lambda stage: (stage.keys / "k1.jwk").read_bytes()[:60], Reason.KEY_FILE),
    "a private key": (private, Reason.KEY_PRIVATE),
    "a key of small order": (small_order, Reason.KEY_WEAK),
    "an RSA key of 1,024 bits": (rsa_1024, Reason.KEY_FILE),
}


@pytest.mark.parametrize("swap", SWAPS)
def test_a_key_swapped_for_what_is_none_leaves_the_loaded_keys_in_force(
    shared: Stage, server: Server, swap: str
) -> None:
    file, (content, reason) = shared.keys / "k1.jwk", SWAPS[swap]
    good = file.read_bytes()
    with watched(shared, server) as witness:
        file.write_bytes(content(shared))
        until_says(server, reason)
        witness.sees(shared.publish())
        file.write_bytes(good)
        until_well(server)


def test_the_only_key_deleted_leaves_the_loaded_keys_in_force(
    shared: Stage, server: Server
) -> None:
    file = shared.keys / "k1.jwk"
    good = file.read_bytes()
    with watched(shared, server) as witness:
        file.unlink()
        until_says(server, Reason.TRUST_EMPTY)
        witness.sees(shared.publish())
        file.write_bytes(good)
        until_well(server)


def test_the_folder_of_keys_renamed_away_leaves_the_loaded_keys_in_force(
    shared: Stage, server: Server
) -> None:
    away = shared.base / "no-keys"
    with watched(shared, server) as witness:
        os.rename(shared.keys, away)
        until_says(server, Reason.TRUST_EMPTY)
        witness.sees(shared.publish())
        os.rename(away, shared.keys)
        until_well(server)


@pytest.mark.parametrize("text", ["{", "enforcement: none\n", "\xff", "a: &a [*a]\n"])
def test_a_policy_that_is_none_leaves_the_loaded_one_in_force(
    shared: Stage, server: Server, text: str
) -> None:
    policy = shared.keys / "policy.yaml"
    with watched(shared, server) as witness:
        policy.write_bytes(text.encode("latin-1"))
        until_says(server, Reason.POLICY_FILE)
        witness.sees(shared.publish())
        policy.unlink()
        until_well(server)


def test_a_key_with_a_strangers_material_is_never_believed(shared: Stage, server: Server) -> None:
    """The trusted name alone counts for nothing: what it signs now is what it can prove."""
    file, stranger = shared.keys / "k1.jwk", shared.publisher("k1")
    good = file.read_bytes()
    stranger.write_public(shared.keys)
    until(lambda: told(server) == {Reason.SIGNATURE_INVALID}, "the refusal")
    file.write_bytes(good)
    until(lambda: told(server) == set(), "the return")


def told(server: Server) -> set[str]:
    """Why the record is withheld; nothing when it is there, and verified."""
    answer = server.post(f'{{article(path: "{LAST}") {{integrity {{status}}}}}}')
    if "errors" not in answer:
        assert answer["data"]["article"]["integrity"]["status"] == "VERIFIED"
    return {error["extensions"]["reason"] for error in answer.get("errors", ())}


def test_a_rotation_leaves_no_valid_record_unverified_for_a_moment(
    shared: Stage, server: Server
) -> None:
    """K1, then both, then K2; the files follow the keys as docs/keys.md has it."""
    first, second = shared.folder.publisher, shared.publisher("k2")
    with watched(shared, server) as witness:
        second.write_public(shared.keys)
        witness.sees(shared.publish(first))
        witness.sees(shared.publish(first, second))
        (shared.keys / "k1.jwk").unlink()
        until(lambda: key_ids(server) == ["k2"], "the end of k1")
        witness.sees(shared.publish(second))
    shared.folder.publisher = second


def key_ids(server: Server) -> Any:
    answer = server.post(f'{{article(path: "{LAST}") {{integrity {{keyIds}}}}}}')
    return answer["data"]["article"]["integrity"]["keyIds"]


def test_a_revoked_key_proves_nothing_though_another_file_is_damaged_later(
    stage_with_two_keys: tuple[Stage, Server],
) -> None:
    """Trouble that comes after the revocation does not bring the trust before it back."""
    stage, server = stage_with_two_keys
    revoked = {"revoked_at": int(time.time()), "reason": "stolen"}
    stage.folder.publisher.write_public(stage.keys, revoked=revoked)
    until(lambda: told(server) == {Reason.KEY_REVOKED}, "the revocation")
    (stage.keys / "spare.jwk").write_bytes(b"garbage")
    until_says(server, Reason.KEY_FILE)
    stage.folder.publisher.write_public(stage.keys)
    assert told(server) == {Reason.KEY_REVOKED}
    stage.folder.publisher.write_public(stage.keys, revoked=revoked)
    stage.publisher("spare").write_public(stage.keys)
    until_well(server)
    assert told(server) == {Reason.KEY_REVOKED}


@pytest.fixture
def stage_with_two_keys(shared: Stage, server: Server) -> tuple[Stage, Server]:
    shared.publisher("spare").write_public(shared.keys)
    until(lambda: told(server) == set(), "a record that is served")
    return shared, server


def test_a_revocation_arrives_through_a_config_map(stage: Stage) -> None:
    """All its files change at once, by a link that changes over."""
    file, volume = stage.keys / "k1.jwk", stage.base / "volume"
    publish(volume, {"k1.jwk": file.read_bytes()})
    with running(stage, SEALGATE_KEYS=str(volume)) as server:
        with watched(stage, server) as witness:
            witness.sees(stage.publish())
        revoked = {"revoked_at": int(time.time()), "reason": "stolen"}
        stage.folder.publisher.write_public(stage.keys, revoked=revoked)
        publish(volume, {"k1.jwk": file.read_bytes()})
        until(lambda: told(server) == {Reason.KEY_REVOKED}, "the revocation")
        assert reasons(server) == set()
