"""One record with all that its verification needs, checked from the zip alone."""

from __future__ import annotations

import base64
import hashlib
import io
import json
import re
import shutil
import subprocess
import zipfile
from pathlib import Path
from typing import Any

import pytest
from joserfc import jws
from joserfc.errors import BadSignatureError
from joserfc.jwk import import_key

from gateway.corpus.claim import claim_file
from gateway.errors import Reason, SealgateError
from gateway.export.bundle import bundle
from gateway.frontmatter.limits import Limits
from gateway.trust.directory import read_trust, signed_files
from gateway.verdict.verify import verify
from tests.support.command import sealgate_bytes
from tests.support.folder import Folder, replace_in
from tests.support.publisher import NOW, Publisher

PATH = "_news/a.md"
LEGACY = "AAAAAAAAAAAAAAAAAAAAAA==;AAAAAAAAAAAAAAAAAAAAAA=="


def made(folder: Folder, path: str = PATH) -> bytes:
    raw = claim_file("demo", folder.seeds, path, Limits())
    return bundle(verify(raw, read_trust(folder.keys), NOW), signed_files(folder.keys))


def entries(data: bytes) -> dict[str, bytes]:
    with zipfile.ZipFile(io.BytesIO(data)) as archive:
        assert archive.testzip() is None
        return {name: archive.read(name) for name in archive.namelist()}


def need(program: str) -> str:
    found = shutil.which(program)
    if found is None:
        pytest.skip(f"NOT VERIFIED BY OUTSIDERS: {program} is not installed")
    return found


def joserfc_accepts(files: dict[str, bytes], envelope: str, key: str) -> bool:
    """Whether an envelope of the bundle holds, by joserfc, with a key of the bundle."""
    members = ("kty", "crv", "x", "y")
    jwk = {name: value for name, value in json.loads(files[key]).items() if name in members}
    payload = base64.urlsafe_b64encode(files["canonical.json"]).rstrip(b"=").decode()
    registry = jws.JWSRegistry(algorithms=["Ed25519", "ES256"], strict_check_header=False)
    whole = files[envelope].decode().replace("..", f".{payload}.")
    try:
        jws.deserialize_compact(whole, import_key(jwk), registry=registry)
    except BadSignatureError:
        return False
    return True


def commands(files: dict[str, bytes], section: str) -> str:
    """The commands of one section of the bundle's own page."""
    text = files["VERIFY.md"].decode().split(f"\n## {section}")[1].split("\n## ")[0]
    return "".join(re.findall(r"^```sh\n(.*?)^```", text, re.MULTILINE | re.DOTALL))


def test_it_holds_what_was_signed_and_by_whom(folder: Folder) -> None:
    folder.add(PATH, body="Text.\n")
    (folder.keys / "policy.yaml").write_text("threshold: 1\n")
    Publisher("bystander").write_public(folder.keys)
    files = entries(made(folder))
    assert list(files) == [
        "VERIFY.md",
        "body",
        "canonical.json",
        "envelopes/0.jws",
        "keys/k1.jwk",
        "keys/policy.yaml",
        "verdict.json",
    ]
    raw = claim_file("demo", folder.seeds, PATH, Limits())
    assert (files["canonical.json"], files["body"]) == (raw.canonical, b"Text.\n")
    assert files["envelopes/0.jws"].decode() == raw.secured[0]
    assert files["keys/k1.jwk"] == (folder.keys / "k1.jwk").read_bytes()
    assert files["keys/policy.yaml"] == b"threshold: 1\n"
    verdict = json.loads(files["verdict.json"])
    assert (verdict["status"], verdict["keyIds"]) == ("VERIFIED", ["k1"])
    assert verdict["digest"] == hashlib.sha256(files["canonical.json"]).hexdigest()
    assert [check["outcome"] for check in verdict["checks"]] == ["PASSED"] * len(verdict["checks"])


def test_the_same_record_gives_the_same_bytes_whenever_it_is_made(folder: Folder) -> None:
    folder.add(PATH)
    first = made(folder)
    with zipfile.ZipFile(io.BytesIO(first)) as archive:
        times = {entry.date_time for entry in archive.infolist()}
    assert times == {(1980, 1, 1, 0, 0, 0)}
    raw = claim_file("demo", folder.seeds, PATH, Limits())
    later = verify(raw, read_trust(folder.keys), NOW + 1000)
    assert bundle(later, signed_files(folder.keys)) == first


def test_every_envelope_is_kept_and_only_keys_that_counted(folder: Folder) -> None:
    stranger, second = Publisher("stranger"), Publisher("second", alg="ES256")
    second.write_public(folder.keys)
    folder.write(PATH, secured=[LEGACY])
    for publisher in (stranger, folder.publisher, second):
        folder.seal(PATH, publisher)
    files = entries(made(folder))
    assert [name for name in files if name.startswith("envelopes/")] == [
        f"envelopes/{index}.jws" for index in range(4)
    ]
    assert files["envelopes/0.jws"].decode() == LEGACY
    assert {name for name in files if name.startswith("keys/")} == {
        "keys/k1.jwk",
        "keys/second.jwk",
    }
    assert joserfc_accepts(files, "envelopes/2.jws", "keys/k1.jwk")
    assert joserfc_accepts(files, "envelopes/3.jws", "keys/second.jwk")
    assert "check.mjs canonical.json envelopes/3.jws keys/second.jwk" in files["VERIFY.md"].decode()


def test_joserfc_takes_the_bundle_and_no_changed_one(folder: Folder) -> None:
    folder.add(PATH)
    files = entries(made(folder))
    assert joserfc_accepts(files, "envelopes/0.jws", "keys/k1.jwk")
    changed = files["canonical.json"].replace(b"newsroom", b"Newsroom")
    assert changed != files["canonical.json"]
    files["canonical.json"] = changed
    assert not joserfc_accepts(files, "envelopes/0.jws", "keys/k1.jwk")


def test_openssl_takes_it_by_the_bundles_own_page_and_no_changed_one(
    folder: Folder, tmp_path: Path
) -> None:
    need("openssl")
    kid = "it's ours"
    publisher = Publisher(kid)
    publisher.write_public(folder.keys)
    folder.write(PATH)
    folder.seal(PATH, publisher)
    files = entries(made(folder))
    for name, content in files.items():
        target = tmp_path / "unpacked" / name
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_bytes(content)

    def run(section: str) -> subprocess.CompletedProcess[str]:
        command = ["sh", "-ec", commands(files, section)]
        folder = tmp_path / "unpacked"
        return subprocess.run(command, cwd=folder, capture_output=True, text=True, check=False)

    digests = run("1.").stdout
    assert hashlib.sha256(files["canonical.json"]).hexdigest() in digests
    assert hashlib.sha256(b"").hexdigest() in digests
    good = run("2.")
    assert (good.returncode, good.stdout.endswith("Signature Verified Successfully\n")) == (0, True)
    assert json.loads(good.stdout.splitlines()[0])["kid"] == kid
    replace_in(tmp_path / "unpacked/canonical.json", "newsroom", "Newsroom")
    assert run("2.").returncode == 1


def test_a_signature_that_openssl_is_not_asked_for_is_not_claimed(folder: Folder) -> None:
    publisher = Publisher("pq", alg="ML-DSA-65")
    publisher.write_public(folder.keys)
    folder.write(PATH)
    folder.seal(PATH, publisher)
    files = entries(made(folder))
    assert "No signature of this record can be checked this way." in commands(files, "2.")
    assert "envelopes/0.jws keys/pq.jwk" in commands(files, "3.")


def test_names_do_not_become_markup_or_commands(folder: Folder) -> None:
    path = "_news/`a`\n```sh\nfalse\n```\n.md"
    folder.add(path)
    text = entries(made(folder, path))["VERIFY.md"].decode()
    assert "\nfalse\n" not in text
    assert text.count("```sh\n") == 4


@pytest.mark.parametrize(
    ("secured", "status"),
    [([], "MISSING"), ([LEGACY], "UNVERIFIABLE"), (["nonsense"], "MALFORMED")],
)
def test_what_is_not_verified_is_refused_and_told_why(
    folder: Folder, secured: list[str], status: str
) -> None:
    folder.write(PATH, secured=secured)
    with pytest.raises(SealgateError) as caught:
        made(folder)
    assert caught.value.code is Reason.RECORD_WITHHELD
    assert caught.value.path == PATH
    assert status in caught.value.message
    assert caught.value.hint


def test_a_changed_record_is_refused(folder: Folder) -> None:
    replace_in(folder.add(PATH), "quality: 80", "quality: 81")
    with pytest.raises(SealgateError, match="SIGNATURE_INVALID"):
        made(folder)


def test_other_keys_than_those_it_was_judged_with_are_not_put_beside_it(folder: Folder) -> None:
    folder.add(PATH)
    raw = claim_file("demo", folder.seeds, PATH, Limits())
    verdict = verify(raw, read_trust(folder.keys), NOW)
    Publisher("k1").write_public(folder.keys)
    for files in ({}, signed_files(folder.keys)):
        with pytest.raises(SealgateError) as caught:
            bundle(verdict, files)
        assert caught.value.code is Reason.KEY_FILE


@pytest.fixture
def corpus(folder: Folder) -> Path:
    """A record that is sealed by today's clock, and one that is not sealed."""
    for path in folder.keys.iterdir():
        path.unlink()
    folder.write(PATH)
    command(folder.base, "keys", "generate", "--private", "me.jwk", "--kid", "mine")
    command(folder.base, "seal", "--key", "me.jwk")
    folder.write("_news/unsealed.md")
    return folder.base


def command(cwd: Path, *arguments: str) -> subprocess.CompletedProcess[bytes]:
    done = sealgate_bytes(*arguments, cwd=cwd)
    assert b"Traceback" not in done.stderr, done.stderr
    return done


def test_the_command_takes_a_record_or_its_file_and_writes_or_prints(corpus: Path) -> None:
    written = command(corpus, "export", "--bundle", PATH, "-o", "b.zip")
    assert (written.returncode, written.stdout) == (0, b"")
    printed = command(corpus, "export", "--bundle", f"seeds/{PATH}").stdout
    assert printed == (corpus / "b.zip").read_bytes()
    files: dict[str, Any] = entries(printed)
    assert joserfc_accepts(files, "envelopes/0.jws", "keys/mine.jwk")
    assert not (corpus / ".sealgate").exists()


@pytest.mark.parametrize(
    ("path", "code"),
    [
        ("_news/unsealed.md", b"RECORD_WITHHELD"),
        ("_news/none.md", b"FILE_NOT_FOUND"),
        ("_news", b"PATH_UNUSABLE"),
        ("../elsewhere.md", b"PATH_UNUSABLE"),
        ("me.jwk", b"PATH_UNUSABLE"),
    ],
)
def test_what_cannot_be_bundled_leaves_no_file(corpus: Path, path: str, code: bytes) -> None:
    done = command(corpus, "export", "--bundle", path, "-o", "b.zip")
    assert done.returncode == 2
    assert b"[" + code + b"]" in done.stderr
    assert not (corpus / "b.zip").exists()
