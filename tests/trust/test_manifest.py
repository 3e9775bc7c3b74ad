"""A trust folder that a root key signed is taken as it was signed, or not at all."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest
from joserfc import jws
from joserfc.jwk import OKPKey

from gateway.errors import PolicyError, Reason, SealgateError
from gateway.store.manifests import advance
from gateway.store.store import Store
from gateway.trust.directory import read_trust, signed_files
from gateway.trust.manifest import sign_manifest
from gateway.trust.trust import Trust
from gateway.verdict.verdict import Verified
from gateway.verdict.verify import verify
from tests.support.publisher import NOW, YEAR, Publisher, claim


@dataclass
class Folder:
    """A trust folder with a policy and two keys, and a root key beside it."""

    base: Path
    root: Publisher = field(default_factory=lambda: Publisher("root", corpora=()))
    one: Publisher = field(default_factory=lambda: Publisher("one"))
    two: Publisher = field(default_factory=lambda: Publisher("two"))

    def __post_init__(self) -> None:
        for publisher in (self.one, self.two):
            publisher.write_public(self.keys)
        self.root.write_public(self.base)
        (self.keys / "policy.yaml").write_text("threshold: 1\n", encoding="utf-8")
        self.sign()

    @property
    def keys(self) -> Path:
        return self.base / "keys"

    def sign(self, version: int = 1, expires: int = NOW + YEAR, root: Any = None) -> str:
        key = (root or self.root).key
        text = sign_manifest(key, version, expires, signed_files(self.keys), NOW)
        (self.keys / "trust.jws").write_text(text, encoding="utf-8")
        return text

    def read(self) -> Trust:
        return read_trust(self.keys, None, self.base / "root.jwk")

    def refused(self) -> Reason:
        with pytest.raises(PolicyError) as caught:
            self.read()
        assert caught.value.hint
        return caught.value.code


@pytest.fixture
def folder(tmp_path: Path) -> Folder:
    return Folder(tmp_path)


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    store = Store.open(f"sqlite:///{tmp_path}/store.db")
    yield store
    store.close()


def test_a_folder_as_it_was_signed_is_taken(folder: Folder) -> None:
    trust = folder.read()
    assert sorted(trust.keys) == ["one", "two"]
    assert trust.manifest is not None
    assert (trust.manifest.version, trust.expires) == (1, NOW + YEAR)


def test_any_jose_library_reads_and_verifies_the_manifest(folder: Folder) -> None:
    text = (folder.keys / "trust.jws").read_text(encoding="utf-8").strip()
    jwk: dict[str, str | list[str]] = {**folder.root.key.public_jwk()}
    key = OKPKey.import_key(jwk)
    registry = jws.JWSRegistry(algorithms=["Ed25519"], strict_check_header=False)
    found = jws.deserialize_compact(text, key, registry=registry)
    payload = json.loads(found.payload)
    assert sorted(payload["files"]) == ["one.jwk", "policy.yaml", "two.jwk"]
    assert payload["version"] == 1


def test_without_a_root_key_nobody_has_to_sign(folder: Folder) -> None:
    (folder.keys / "trust.jws").unlink()
    assert read_trust(folder.keys).manifest is None
    assert folder.refused() is Reason.MANIFEST_FILE


def test_a_key_that_the_root_did_not_sign_refuses_the_folder(folder: Folder) -> None:
    Publisher("intruder").write_public(folder.keys)
    assert folder.refused() is Reason.MANIFEST_MISMATCH


@pytest.mark.parametrize(
    "members", [{"exp": NOW + 9 * YEAR}, {"corpora": ["demo", "other"]}, {"nbf": 0}]
)
def test_a_key_whose_entry_was_widened_refuses_the_folder(
    folder: Folder, members: dict[str, Any]
) -> None:
    folder.one.write_public(folder.keys, **members)
    assert folder.refused() is Reason.MANIFEST_MISMATCH


@pytest.mark.parametrize("text", ["threshold: 2\n", "mode: report\n", ""])
def test_another_policy_refuses_the_folder(folder: Folder, text: str) -> None:
    (folder.keys / "policy.yaml").write_text(text, encoding="utf-8")
    assert folder.refused() is Reason.MANIFEST_MISMATCH


def test_a_policy_that_is_gone_refuses_the_folder(folder: Folder) -> None:
    (folder.keys / "policy.yaml").unlink()
    assert folder.refused() is Reason.MANIFEST_MISMATCH


def test_removing_a_key_needs_no_root_key(folder: Folder) -> None:
    (folder.keys / "two.jwk").unlink()
    assert list(folder.read().keys) == ["one"]


REVOKED = {"revoked": {"revoked_at": NOW, "reason": "lost"}}


def test_revoking_a_key_needs_no_root_key_and_taking_it_back_does(folder: Folder) -> None:
    folder.one.write_public(folder.keys, **REVOKED)
    assert folder.read().keys["one"].revocation is not None
    folder.sign(2)
    folder.one.write_public(folder.keys)
    assert folder.refused() is Reason.MANIFEST_MISMATCH
    folder.sign(3)
    assert folder.read().keys["one"].revocation is None


def test_another_key_is_no_root(folder: Folder) -> None:
    folder.sign(root=Publisher("root"))
    assert folder.refused() is Reason.MANIFEST_FILE
    folder.sign(root=folder.one)
    assert folder.refused() is Reason.MANIFEST_FILE


def test_a_root_may_sign_no_record(folder: Folder) -> None:
    folder.root.write_public(folder.keys)
    folder.sign(2)
    raw = folder.root.seal(claim())
    assert not isinstance(verify(raw, folder.read(), NOW), Verified)


def test_a_seal_of_a_record_is_no_manifest(folder: Folder) -> None:
    """The type in the header tells one from the other, whoever signed it."""
    raw = folder.root.seal(claim())
    header, _, signature = raw.secured[0].partition("..")
    _, payload, _ = (folder.keys / "trust.jws").read_text(encoding="utf-8").split(".")
    (folder.keys / "trust.jws").write_text(f"{header}.{payload}.{signature}", encoding="utf-8")
    assert folder.refused() is Reason.MANIFEST_FILE


@pytest.mark.parametrize("text", ["", "a.b", "a.b.c", "....", "é", "e30.e30.e30"])
def test_anything_else_is_no_manifest(folder: Folder, text: str) -> None:
    (folder.keys / "trust.jws").write_text(text, encoding="utf-8")
    assert folder.refused() is Reason.MANIFEST_FILE


def test_no_changed_byte_is_taken(folder: Folder) -> None:
    path = folder.keys / "trust.jws"
    text = path.read_text(encoding="utf-8").strip()
    for place in range(0, len(text), 7):
        other = "A" if text[place] != "A" else "B"
        path.write_text(text[:place] + other + text[place + 1 :], encoding="utf-8")
        assert folder.refused() is Reason.MANIFEST_FILE


def test_an_older_version_does_not_come_back(folder: Folder, store: Store) -> None:
    for version in (1, 2, 2):
        folder.sign(version)
        advance(store, manifest_of(folder))
    folder.sign(1)
    assert rolled_back(folder, store) is Reason.MANIFEST_ROLLBACK
    folder.sign(5)
    advance(store, manifest_of(folder))


def manifest_of(folder: Folder) -> Any:
    return folder.read().manifest


def rolled_back(folder: Folder, store: Store) -> Reason:
    with pytest.raises(SealgateError) as caught:
        advance(store, manifest_of(folder))
    return caught.value.code


def test_two_manifests_of_one_version_are_not_both_taken(folder: Folder, store: Store) -> None:
    advance(store, manifest_of(folder))
    folder.sign(1, expires=NOW + 2 * YEAR)
    assert rolled_back(folder, store) is Reason.MANIFEST_ROLLBACK


def test_numbers_begin_anew_under_another_root(folder: Folder, store: Store) -> None:
    """Recovery from a fast-forward: a stolen root key has signed the highest number there is."""
    folder.sign(2**53 - 1)
    advance(store, manifest_of(folder))
    folder.sign(2)
    assert rolled_back(folder, store) is Reason.MANIFEST_ROLLBACK
    folder.root = Publisher("root", corpora=())
    folder.root.write_public(folder.base)
    folder.sign(1)
    advance(store, manifest_of(folder))


def test_when_the_signature_has_ended_nothing_is_verified(folder: Folder) -> None:
    """Freeze: whoever keeps newer files away keeps a revoked key alive only until then."""
    folder.sign(1, expires=NOW + 10)
    trust = folder.read()
    raw = folder.one.seal(claim())
    assert isinstance(verify(raw, trust, NOW + 10), Verified)
    assert verify(raw, trust, NOW + 11).reason is Reason.TRUST_EXPIRED
    assert trust.next_boundary(NOW) == NOW + 11
