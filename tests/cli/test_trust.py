"""A root key on the command line, and a gateway that believes nothing else."""

from __future__ import annotations

import asyncio
import json
import os
import stat
from pathlib import Path

import pytest

from gateway.app import Gateway
from gateway.errors import PolicyError, Reason
from gateway.live import unix_time
from tests.support.command import output, sealgate
from tests.support.folder import Folder
from tests.test_live import following, paths, until


@pytest.fixture
def rooted(folder: Folder) -> Folder:
    """A corpus with a root key beside it, whose trust folder is signed."""
    now = unix_time()
    folder.publisher.write_public(folder.keys, nbf=now - 9999, exp=now + 99999)
    done = sealgate(
        "trust", "init", "--private", "private.jwk", "--public", "root.jwk", cwd=folder.base
    )
    assert done.returncode == 0, done.stderr
    sign(folder)
    return folder


def sign(folder: Folder, *options: str) -> str:
    done = sealgate("trust", "sign", "--root", "private.jwk", *options, cwd=folder.base)
    assert done.returncode == 0, done.stderr
    return done.stdout


def show(folder: Folder) -> tuple[int, dict[str, object]]:
    arguments = ("trust", "show", "--root-key", "root.jwk", "--json")
    done = sealgate(*arguments, cwd=folder.base)
    document: dict[str, object] = json.loads(done.stdout)
    return done.returncode, document


def test_init_makes_a_pair_of_which_one_half_is_ours_alone(rooted: Folder) -> None:
    private = rooted.base / "private.jwk"
    assert stat.S_IMODE(os.stat(private).st_mode) == 0o600
    public = json.loads((rooted.base / "root.jwk").read_text(encoding="utf-8"))
    assert public["corpora"] == []
    assert "d" not in public
    again = sealgate("trust", "init", "--private", "private.jwk", "--public", "p", cwd=rooted.base)
    assert again.returncode == 2
    assert "never overwritten" in again.stderr


def test_each_signature_has_a_higher_number(rooted: Folder) -> None:
    assert show(rooted)[1]["version"] == 1
    assert "Signed version 2" in sign(rooted)
    assert "Signed version 7" in sign(rooted, "--version", "7")
    assert "Signed version 8" in sign(rooted)


def test_show_says_whether_the_folder_still_is_what_was_signed(rooted: Folder) -> None:
    code, document = show(rooted)
    assert (code, document["error"]) == (0, None)
    (rooted.keys / "policy.yaml").write_text("mode: report\n", encoding="utf-8")
    code, document = show(rooted)
    assert code == 1
    assert isinstance(document["error"], dict)
    assert document["error"]["code"] == "MANIFEST_MISMATCH"


def test_a_folder_that_cannot_be_used_is_not_vouched_for(rooted: Folder) -> None:
    (rooted.keys / "policy.yaml").write_text("threshhold: 2\n", encoding="utf-8")
    done = sealgate("trust", "sign", "--root", "private.jwk", cwd=rooted.base)
    assert done.returncode == 2
    assert "threshhold" in done.stderr


def test_show_without_a_root_key_says_how_to_name_one(rooted: Folder) -> None:
    done = sealgate("trust", "show", cwd=rooted.base)
    assert done.returncode == 2
    assert "SEALGATE_ROOT_KEY" in done.stderr


def test_verify_believes_only_what_the_root_signed(rooted: Folder) -> None:
    rooted.write("_news/a.md")
    rooted.seal("_news/a.md", iat=unix_time())
    (rooted.base / "sealgate.toml").write_text('root_key = "root.jwk"\n', encoding="utf-8")
    assert output("verify", cwd=rooted.base)[0]["status"] == "VERIFIED"
    (rooted.keys / "policy.yaml").write_text("mode: report\n", encoding="utf-8")
    assert output("verify", cwd=rooted.base)["error"]["code"] == "MANIFEST_MISMATCH"


def test_a_policy_rolled_back_to_an_older_version_is_not_taken_up(rooted: Folder) -> None:
    """By a running gateway, which stays with what it has, and by one that starts."""
    settings = rooted.settings.model_copy(update={"root_key": rooted.base / "root.jwk"})
    lax = (rooted.keys / "trust.jws").read_bytes()
    file = rooted.write("_news/a.md")
    rooted.seal("_news/a.md", iat=unix_time())

    async def run() -> None:
        async with following(settings, unix_time) as gateway:
            assert paths(gateway) == ["_news/a.md"]
            (rooted.keys / "policy.yaml").write_text("threshold: 2\n", encoding="utf-8")
            await asyncio.to_thread(sign, rooted)
            await until(gateway, lambda: paths(gateway) == [])
            (rooted.keys / "policy.yaml").unlink()
            (rooted.keys / "trust.jws").write_bytes(lax)
            await until(gateway, lambda: "keys" in gateway.health.troubles)
            await until(gateway, lambda: _code(gateway) is Reason.MANIFEST_ROLLBACK)
            assert paths(gateway) == []

    asyncio.run(run())
    assert file.exists()
    with pytest.raises(PolicyError) as caught:
        Gateway(settings)
    assert caught.value.code is Reason.MANIFEST_ROLLBACK


def _code(gateway: Gateway) -> Reason | None:
    trouble = gateway.health.troubles.get("keys")
    return None if trouble is None else Reason(trouble["code"])


def test_a_gateway_with_a_root_key_does_not_start_without_its_signature(rooted: Folder) -> None:
    (rooted.keys / "trust.jws").unlink()
    settings = rooted.settings.model_copy(update={"root_key": rooted.base / "root.jwk"})
    with pytest.raises(PolicyError) as caught:
        Gateway(settings)
    assert caught.value.code is Reason.MANIFEST_FILE


def test_nothing_of_the_private_root_key_is_in_the_trust_folder(rooted: Folder) -> None:
    secret = json.loads((rooted.base / "private.jwk").read_text(encoding="utf-8"))["d"]
    for path in Path(rooted.keys).iterdir():
        assert secret not in path.read_text(encoding="utf-8")
