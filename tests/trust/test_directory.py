"""A trust folder is read whole or not at all."""

from __future__ import annotations

import json
import os
from pathlib import Path
from typing import Any

import pytest

from gateway.errors import KeyFileError, PolicyError, Reason, SealgateError
from gateway.keys.algorithms import ALGORITHMS
from gateway.keys.private_key import generate_private_key
from gateway.trust.directory import (
    key_files,
    read_legacy_key,
    read_policy,
    read_public_key,
    read_trust,
)
from gateway.trust.policy import Policy


def write_key(folder: Path, name: str, kid: str, **members: Any) -> Path:
    jwk = generate_private_key(ALGORITHMS[0], kid).public_jwk()
    path = folder / name
    path.write_text(json.dumps({**jwk, "corpora": ["demo"], **members}), encoding="utf-8")
    return path


@pytest.fixture
def keys(tmp_path: Path) -> Path:
    folder = tmp_path / "keys"
    folder.mkdir()
    write_key(folder, "b.jwk", "kid-b")
    write_key(folder, "a.jwk", "kid-a")
    return folder


def refused(folder: Path) -> SealgateError:
    with pytest.raises(SealgateError) as caught:
        read_trust(folder)
    return caught.value


def test_key_files_are_the_jwk_files_in_the_order_of_their_names(keys: Path) -> None:
    for name in ("README.md", "c.json", "d.jwk~", "jwk", "policy.yaml"):
        (keys / name).write_bytes(b"")
    assert [path.name for path in key_files(keys)] == ["a.jwk", "b.jwk"]


def test_keys_are_filed_under_their_kid_whatever_the_file_is_called(keys: Path) -> None:
    trust = read_trust(keys)
    assert sorted(trust.keys) == ["kid-a", "kid-b"]
    assert (trust.policy, trust.legacy_key) == (Policy(), None)


def test_the_digest_does_not_depend_on_the_names_of_the_files(keys: Path) -> None:
    before = read_trust(keys).digest
    (keys / "a.jwk").rename(keys / "z.jwk")
    assert read_trust(keys).digest == before


def test_the_digest_changes_with_the_policy_file(keys: Path) -> None:
    before = read_trust(keys).digest
    (keys / "policy.yaml").write_text("mode: enforce\n")
    assert read_trust(keys).digest == before
    (keys / "policy.yaml").write_text("threshold: 2\n")
    assert read_trust(keys).digest != before


def test_two_files_with_one_kid_are_refused(keys: Path) -> None:
    write_key(keys, "c.jwk", "kid-a")
    assert refused(keys).code is Reason.KEY_DUPLICATE


def test_a_missing_folder_an_empty_one_and_a_file_in_its_place(tmp_path: Path) -> None:
    (tmp_path / "empty").mkdir()
    (tmp_path / "file").write_bytes(b"")
    for name in ("nowhere", "empty", "file"):
        error = refused(tmp_path / name)
        assert isinstance(error, KeyFileError)
        assert (error.code, error.path) == (Reason.TRUST_EMPTY, str(tmp_path / name))
        assert error.hint


def test_a_policy_alone_is_no_trust(tmp_path: Path) -> None:
    (tmp_path / "policy.yaml").write_text("mode: report\n")
    assert refused(tmp_path).code is Reason.TRUST_EMPTY


@pytest.mark.parametrize("content", [b"", b"{}", b"not json", b"\xff", b" " * 65_537])
def test_one_damaged_key_refuses_all_and_is_named(keys: Path, content: bytes) -> None:
    bad = keys / "z.jwk"
    bad.write_bytes(content)
    error = refused(keys)
    assert isinstance(error, KeyFileError)
    assert (error.code, error.path) == (Reason.KEY_FILE, str(bad))


def test_one_damaged_revocation_refuses_all(keys: Path) -> None:
    bad = write_key(keys, "z.jwk", "kid-z", revoked={"revoked_at": "yesterday"})
    assert (refused(keys).code, refused(keys).path) == (Reason.KEY_FILE, str(bad))


def test_a_private_key_in_the_folder_refuses_all(keys: Path) -> None:
    private = generate_private_key(ALGORITHMS[0], "kid-z").private_jwk()
    (keys / "z.jwk").write_text(json.dumps(private))
    assert refused(keys).code is Reason.KEY_PRIVATE


@pytest.mark.parametrize("kind", ["folder", "link", "dangling", "fifo"])
def test_a_key_that_is_no_regular_file_refuses_all_at_once(keys: Path, kind: str) -> None:
    odd = keys / "z.jwk"
    if kind == "folder":
        odd.mkdir()
    elif kind == "fifo":
        os.mkfifo(odd)
    else:
        odd.symlink_to("a.jwk" if kind == "link" else "nowhere")
    error = refused(keys)
    assert (error.code, error.path) == (Reason.KEY_FILE, str(odd))


@pytest.mark.parametrize(
    "content", [b"\xff\xfe", b"threshhold: 2", b"mode: [", b"#" * 65_537, b"mode: report\n\0"]
)
def test_a_damaged_policy_refuses_all_and_is_named(keys: Path, content: bytes) -> None:
    (keys / "policy.yaml").write_bytes(content)
    error = refused(keys)
    assert isinstance(error, PolicyError)
    assert (error.code, error.path) == (Reason.POLICY_FILE, str(keys / "policy.yaml"))


def test_a_policy_that_is_a_link_is_not_taken_for_a_missing_one(keys: Path) -> None:
    (keys / "policy.yaml").symlink_to("nowhere")
    assert refused(keys).code is Reason.POLICY_FILE
    (keys / "policy.yaml").unlink()
    assert read_policy(keys) == Policy()


def test_a_missing_key_file_is_a_key_error_with_its_path(tmp_path: Path) -> None:
    with pytest.raises(KeyFileError) as caught:
        read_public_key(tmp_path / "gone.jwk")
    assert (caught.value.code, caught.value.path) == (Reason.KEY_FILE, str(tmp_path / "gone.jwk"))


@pytest.mark.parametrize("size", range(35))
def test_a_legacy_key_is_16_24_or_32_raw_bytes(tmp_path: Path, size: int) -> None:
    path = tmp_path / "legacy.key"
    path.write_bytes(b"k" * size)
    if size in (16, 24, 32):
        assert read_legacy_key(path) == b"k" * size
        return
    with pytest.raises(KeyFileError) as caught:
        read_legacy_key(path)
    assert (caught.value.code, caught.value.path) == (Reason.KEY_FILE, str(path))


def test_a_configured_legacy_key_that_is_missing_refuses_all(keys: Path, tmp_path: Path) -> None:
    with pytest.raises(KeyFileError) as caught:
        read_trust(keys, tmp_path / "nowhere")
    assert caught.value.code is Reason.KEY_FILE
