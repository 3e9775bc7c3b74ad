"""A trust folder that is a ConfigMap: read as one version, and no link leads anywhere else."""

from __future__ import annotations

import json
import os
from pathlib import Path

import pytest

from gateway.errors import KeyFileError, Reason
from gateway.trust.directory import key_files, read_policy, read_trust
from gateway.trust.policy import Policy
from tests.support.publisher import Publisher
from tests.support.volume import publish


def jwk(publisher: Publisher) -> bytes:
    return json.dumps(publisher.jwk()).encode()


@pytest.fixture
def volume(tmp_path: Path) -> Path:
    return tmp_path / "keys"


def test_the_files_of_a_volume_are_the_trust(volume: Path) -> None:
    one, two = Publisher("k1"), Publisher("k2")
    publish(volume, {"k1.jwk": jwk(one), "policy.yaml": b"refuse_replays: false\n"})
    assert not read_policy(volume).refuse_replays
    assert read_trust(volume).keys.keys() == {"k1"}
    publish(volume, {"k2.jwk": jwk(two)})
    assert read_trust(volume).keys.keys() == {"k2"}
    assert [path.name for path in key_files(volume)] == ["k2.jwk"]
    assert read_policy(volume) == Policy()


def test_what_is_read_is_one_version_though_the_link_changes_in_between(
    volume: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The old folder is gone by then: that is an error, and never half of each."""
    one, two = Publisher("k1"), Publisher("k2")
    publish(volume, {"a.jwk": jwk(one), "b.jwk": jwk(two)})
    read = os.open

    def changed_after_the_first(path: str | Path, *rest: int) -> int:
        descriptor = read(path, *rest)
        monkeypatch.undo()
        publish(volume, {"b.jwk": jwk(two)})
        return descriptor

    monkeypatch.setattr("gateway.frontmatter.source.os.open", changed_after_the_first)
    with pytest.raises(KeyFileError):
        read_trust(volume)
    assert read_trust(volume).keys.keys() == {"k2"}


@pytest.mark.parametrize("target", ["..", "../elsewhere", "/etc", "elsewhere", "..none", "..file"])
def test_the_link_of_a_volume_leads_to_a_folder_in_it_or_is_refused(
    volume: Path, target: str
) -> None:
    publish(volume, {"k1.jwk": jwk(Publisher("k1"))})
    publish(volume.parent / "elsewhere", {"k1.jwk": jwk(Publisher("k1"))})
    (volume / "elsewhere").mkdir()
    (volume / "..file").touch()
    (volume / "..data").unlink()
    (volume / "..data").symlink_to(target)
    with pytest.raises(KeyFileError) as caught:
        read_trust(volume)
    assert caught.value.code is Reason.KEY_FILE


def test_a_link_to_a_link_is_refused(volume: Path, tmp_path: Path) -> None:
    publish(tmp_path / "elsewhere", {"k1.jwk": jwk(Publisher("k1"))})
    volume.mkdir()
    (volume / "..there").symlink_to(tmp_path / "elsewhere")
    (volume / "..data").symlink_to("..there")
    with pytest.raises(KeyFileError):
        read_trust(volume)


def test_a_file_in_a_volume_may_be_no_link(volume: Path, tmp_path: Path) -> None:
    publish(volume, {"k1.jwk": jwk(Publisher("k1"))})
    (tmp_path / "k2.jwk").write_bytes(jwk(Publisher("k2")))
    ((volume / "..data").resolve() / "k2.jwk").symlink_to(tmp_path / "k2.jwk")
    with pytest.raises(KeyFileError, match="not a regular file"):
        read_trust(volume)


def test_a_file_beside_the_volume_is_not_passed_over(volume: Path) -> None:
    publish(volume, {"k1.jwk": jwk(Publisher("k1"))})
    (volume / "k2.jwk").write_bytes(jwk(Publisher("k2")))
    with pytest.raises(KeyFileError, match="a file of its own"):
        read_trust(volume)


def test_without_a_volume_links_are_refused_as_ever(volume: Path, tmp_path: Path) -> None:
    volume.mkdir()
    (tmp_path / "k1.jwk").write_bytes(jwk(Publisher("k1")))
    (volume / "k1.jwk").symlink_to(tmp_path / "k1.jwk")
    with pytest.raises(KeyFileError, match="not a regular file"):
        read_trust(volume)
