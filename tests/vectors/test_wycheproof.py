"""Wycheproof's suites for every accepted algorithm: all that is valid passes, nothing else does.

Where we are stricter than the suite, the cases are named here with the reason.
"""

from __future__ import annotations

from collections.abc import Callable

import pytest

from gateway.base64url import encode_base64url
from gateway.keys.algorithms import ALGORITHMS, WeakKeyError
from tests.vectors.published import Case, wycheproof

ED25519, ES256, ML_DSA_65, ML_DSA_44 = ALGORITHMS

Judge = Callable[[Case], str]


def ed25519(case: Case) -> str:
    jwk = {"kty": "OKP", "crv": "Ed25519", "x": encode_base64url(case.public)}
    try:
        verify = ED25519.verifier(jwk)
    except WeakKeyError:
        return "weak key"
    return "valid" if verify(case.signature, case.message) else "invalid"


def es256(case: Case) -> str:
    """SEC 1, section 2.3.3: 04, then both coordinates."""
    assert (case.public[0], len(case.public)) == (4, 65)
    x, y = (encode_base64url(half) for half in (case.public[1:33], case.public[33:]))
    verify = ES256.verifier({"kty": "EC", "crv": "P-256", "x": x, "y": y})
    return "valid" if verify(case.signature, case.message) else "invalid"


def _ml_dsa(name: str) -> Judge:
    algorithm = next(algorithm for algorithm in ALGORITHMS if algorithm.name == name)

    def judge(case: Case) -> str:
        jwk = {"kty": "AKP", "alg": name, "pub": encode_base64url(case.public)}
        try:
            verify = algorithm.verifier(jwk)
        except WeakKeyError:
            return "weak key"
        except ValueError:
            return "unusable key"
        return "valid" if verify(case.signature, case.message) else "invalid"

    return judge


def expected_of(case: Case) -> str:
    """What we say of a case; where that is not what the suite says, why."""
    if "SmallOrderPublicKey" in case.flags:
        # Acceptable to the suite. One fixed signature fits every message under such a key.
        return "weak key"
    if "ZeroPublicKey" in case.flags:
        # Valid or not to the suite. Verification never uses the secret, so anybody can sign.
        return "weak key"
    if "MixedOrderPublicKey" in case.flags and case.result == "acceptable":
        # Only the owner can make such a key, and only the owner can sign under it. RFC 8032,
        # section 5.1.7, permits the equation without the cofactor, under which these hold.
        return "valid"
    if "IncorrectPublicKeyLength" in case.flags:
        return "unusable key"
    if case.context:
        # RFC 9964 leaves the context empty; one that was made for another context is not for us.
        return "invalid"
    assert case.result in {"valid", "invalid"}, case.name
    return case.result


# How many cases a suite has at least, so that none passes by being empty.
SUITES: dict[str, tuple[Judge, int]] = {
    "ed25519_test": (ed25519, 150),
    "ecdsa_secp256r1_sha256_p1363_test": (es256, 250),
    "mldsa_44_verify_test": (_ml_dsa("ML-DSA-44"), 100),
    "mldsa_65_verify_test": (_ml_dsa("ML-DSA-65"), 100),
}


@pytest.mark.parametrize("suite", SUITES)
def test_what_is_valid_is_accepted_and_what_is_not_is_refused(suite: str) -> None:
    judge, least = SUITES[suite]
    cases = list(wycheproof(suite))
    said = {case.name: judge(case) for case in cases}
    assert said == {case.name: expected_of(case) for case in cases}
    assert len(cases) >= least
    assert {"valid", "invalid"} <= set(said.values())


# By name, so that a suite with more of them is looked at before it is believed.
STRICTER = {
    "ed25519_test": {
        "152 identity public key universal forgery",
        "153 canonical Ed25519 torsion point 1 of 7 (order 8)",
        "154 canonical Ed25519 torsion point 2 of 7 (order 4)",
        "155 canonical Ed25519 torsion point 3 of 7 (order 8)",
        "156 canonical Ed25519 torsion point 4 of 7 (order 2)",
        "157 canonical Ed25519 torsion point 5 of 7 (order 8)",
        "158 canonical Ed25519 torsion point 6 of 7 (order 4)",
        "159 canonical Ed25519 torsion point 7 of 7 (order 8)",
    },
    "ecdsa_secp256r1_sha256_p1363_test": set(),
    "mldsa_44_verify_test": {
        "3 non-empty context",
        "4 longest context",
        "68 public key with t1 component set to zero",
        "147 signature that calls use_hint(1, 0)",
    },
    "mldsa_65_verify_test": {
        "3 non-empty context",
        "4 longest context",
        "73 public key with t1 component set to zero",
        "161 signature that calls use_hint(1, 0)",
    },
}


@pytest.mark.parametrize("suite", SUITES)
def test_what_is_refused_though_the_suite_would_not_is_named(suite: str) -> None:
    judge, _ = SUITES[suite]
    refused = {
        case.name
        for case in wycheproof(suite)
        if case.result != "invalid" and judge(case) != "valid"
    }
    assert refused == STRICTER[suite]


@pytest.mark.parametrize("other", ["ecdsa_secp256r1_sha256_test"])
def test_der_signatures_of_es256_are_refused_however_good(other: str) -> None:
    """RFC 7518, section 3.4: r and s in 32 octets each, and nothing else."""
    assert {es256(case) for case in wycheproof(other)} == {"invalid"}
