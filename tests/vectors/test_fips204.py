"""FIPS 204, with NIST's own tests (ACVP) of the parameter sets that are accepted.

JOSE (RFC 9964, section 2) uses pure ML-DSA with an empty context, so a signature made for another
context is one for another purpose, and must not fit.
"""

from __future__ import annotations

from typing import Any

import pytest
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric import mldsa

from gateway.base64url import encode_base64url
from gateway.keys.algorithms import ALGORITHMS, Algorithm
from tests.vectors.published import acvp

ML_DSA = {algorithm.name: algorithm for algorithm in ALGORITHMS if algorithm.post_quantum}
PUBLIC: dict[str, Any] = {
    "ML-DSA-44": mldsa.MLDSA44PublicKey,
    "ML-DSA-65": mldsa.MLDSA65PublicKey,
}


def members(algorithm: Algorithm, public: str, seed: str = "") -> dict[str, str]:
    pub, priv = (encode_base64url(bytes.fromhex(text)) for text in (public, seed))
    return {"kty": "AKP", "alg": algorithm.name, "pub": pub, "priv": priv}


@pytest.mark.parametrize("name", ML_DSA)
def test_a_seed_belongs_to_the_public_key_of_the_vector_and_to_no_other(name: str) -> None:
    algorithm = ML_DSA[name]
    tests = list(acvp("keyGen", name))
    assert len(tests) >= 3
    for test in tests:
        jwk = members(algorithm, test["pk"], test["seed"])
        signature = algorithm.signer(jwk)(b"message")
        assert algorithm.verifier(jwk)(signature, b"message")
        with pytest.raises(ValueError):
            algorithm.signer(members(algorithm, test["pk"], "00" * 32))


@pytest.mark.parametrize("mode", ["sigVer", "sigGen"])
@pytest.mark.parametrize("name", ML_DSA)
def test_a_signature_for_another_context_does_not_fit(name: str, mode: str) -> None:
    """All of NIST's have a context of their own; with it they are what the vectors say."""
    algorithm, seen = ML_DSA[name], set()
    for test in acvp(mode, name):
        public, message, context, signature = (
            bytes.fromhex(test[field]) for field in ("pk", "message", "context", "signature")
        )
        assert context
        key = PUBLIC[name].from_public_bytes(public)
        fits = _fits(key, signature, message, context)
        assert fits == test.get("testPassed", True), test["tcId"]
        seen.add(fits)
        assert not algorithm.verifier(members(algorithm, test["pk"]))(signature, message)
    assert True in seen


def _fits(key: Any, signature: bytes, message: bytes, context: bytes) -> bool:
    try:
        key.verify(signature, message, context)
    except InvalidSignature:
        return False
    return True
