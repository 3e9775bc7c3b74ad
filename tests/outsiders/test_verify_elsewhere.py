"""A record out of a GraphQL answer, verified by programs that are not ours."""

from __future__ import annotations

import base64
import json
import subprocess
from pathlib import Path
from typing import Any

import pytest

from tests.support.client import serving
from tests.support.folder import Folder
from tests.support.node import install, need
from tests.support.publisher import Publisher

NODE = Path(__file__).parent / "node"
QUERY = """{article(path: "_news/a.md") {integrity {canonical secured}}}"""

# The DER that stands before the 32 bytes of a public key in SubjectPublicKeyInfo (RFC 8410).
ED25519_PREFIX = bytes.fromhex("302a300506032b6570032100")


@pytest.fixture(scope="module")
def node_packages(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return install(NODE, tmp_path_factory.mktemp("node"))


def answer(folder: Folder) -> dict[str, Any]:
    with serving(folder.settings) as client:
        integrity: dict[str, Any] = client.data(QUERY)["article"]["integrity"]
    return integrity


def decode(text: str) -> bytes:
    return base64.urlsafe_b64decode(text + "=" * (-len(text) % 4))


@pytest.mark.parametrize("alg", ["Ed25519", "ES256"])
def test_npm_jose_verifies_the_canonical_bytes_and_nothing_else(
    folder: Folder, node_packages: Path, alg: str
) -> None:
    publisher = Publisher("second", alg=alg)
    publisher.write_public(folder.keys)
    folder.write("_news/a.md", title='Ünïcode 🔏 \u200b"quoted" \\ / \r\n')
    folder.seal("_news/a.md", publisher)
    integrity = answer(folder)

    def jose(canonical: str) -> dict[str, Any]:
        jwk = {**publisher.key.public_jwk(), "alg": alg}
        asked = json.dumps({"canonical": canonical, "secured": integrity["secured"], "jwk": jwk})
        done = subprocess.run(
            [need("node"), "verify.mjs"],
            cwd=node_packages,
            input=asked,
            capture_output=True,
            text=True,
            check=True,
        )
        result: dict[str, Any] = json.loads(done.stdout)
        return result

    good = jose(integrity["canonical"])
    assert good["valid"] == [True]
    assert good["header"][0]["kid"] == "second"
    assert good["header"][0]["typ"] == "sealgate-record+jws"
    assert jose(integrity["canonical"].replace("newsroom", "Newsroom"))["valid"] == [False]


def test_openssl_verifies_the_canonical_bytes_and_nothing_else(
    folder: Folder, tmp_path: Path
) -> None:
    openssl = need("openssl")
    folder.add("_news/a.md")
    integrity = answer(folder)
    protected, _, signature = integrity["secured"][-1].split(".")
    public = decode(folder.publisher.jwk()["x"])
    key = base64.encodebytes(ED25519_PREFIX + public).decode()
    (tmp_path / "key.pem").write_text(
        f"-----BEGIN PUBLIC KEY-----\n{key}-----END PUBLIC KEY-----\n"
    )
    (tmp_path / "signature").write_bytes(decode(signature))

    def accepts(canonical: str) -> bool:
        payload = base64.urlsafe_b64encode(canonical.encode()).rstrip(b"=").decode()
        (tmp_path / "input").write_text(f"{protected}.{payload}")
        command = [openssl, "pkeyutl", "-verify", "-pubin", "-inkey", "key.pem", "-rawin"]
        command += ["-in", "input", "-sigfile", "signature"]
        done = subprocess.run(command, cwd=tmp_path, capture_output=True, check=False)
        return done.returncode == 0

    assert accepts(integrity["canonical"])
    assert not accepts(integrity["canonical"].replace("newsroom", "Newsroom"))


def test_sha256sum_gives_the_digest(folder: Folder, tmp_path: Path) -> None:
    need("sha256sum")
    folder.add("_news/a.md")
    (tmp_path / "canonical").write_text(answer(folder)["canonical"], encoding="utf-8")
    done = subprocess.run(
        ["sha256sum", "canonical"], cwd=tmp_path, capture_output=True, text=True, check=True
    )
    assert done.stdout.split()[0] == folder.digest("_news/a.md")
