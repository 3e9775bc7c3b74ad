"""Signature algorithms by their JOSE names: JWK members in, sign and verify out.

Ed25519: RFC 8037 and 9864. ES256: RFC 7518 section 3.4. ML-DSA: RFC 9964, kty AKP.
Everything is composed from `cryptography`; there is no arithmetic here.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Callable, Mapping
from typing import Any, Final

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric import ec, mldsa
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey
from cryptography.hazmat.primitives.asymmetric.utils import (
    decode_dss_signature,
    encode_dss_signature,
)
from cryptography.hazmat.primitives.hashes import SHA256

from gateway.base64url import decode_base64url, encode_base64url
from gateway.keys.small_order import is_weak_ed25519

Verify = Callable[[bytes, bytes], bool]
Sign = Callable[[bytes], bytes]
Members = dict[str, str]


# FIPS 204, algorithm 22: a public key is the 32-byte seed of the matrix, then t1.
_RHO: Final = 32


class WeakKeyError(ValueError):
    """A key that would make signatures meaningless."""


class Algorithm(ABC):
    """One signature algorithm.

    name: the JOSE `alg`; aliases: other header values that mean the same; public_members: the JWK
    members that make up the public key (RFC 7638 section 3.2), in their fixed values or None.
    """

    name: str
    aliases: tuple[str, ...] = ()
    post_quantum = False
    kty: str
    crv: str | None = None
    material: tuple[str, ...]
    private_member: str

    def matches(self, jwk: Mapping[str, object]) -> bool:
        return jwk.get("kty") == self.kty and jwk.get("crv") == self.crv

    def accepts(self, header_alg: str) -> bool:
        return header_alg == self.name or header_alg in self.aliases

    def public_jwk(self, jwk: Mapping[str, object]) -> Members:
        """Only the members that define the public key, in RFC 7638 order."""
        return {name: str(jwk[name]) for name in sorted(self._defining())}

    def _defining(self) -> tuple[str, ...]:
        return ("kty", *self.material) if self.crv is None else ("kty", "crv", *self.material)

    @abstractmethod
    def verifier(self, jwk: Mapping[str, object]) -> Verify:
        """(signature, message) -> bool. Raises ValueError for unusable material."""

    @abstractmethod
    def signer(self, jwk: Mapping[str, object]) -> Sign:
        """message -> signature. Raises ValueError for unusable material."""

    @abstractmethod
    def generate(self) -> Members:
        """A new private JWK, without metadata."""


def _material(jwk: Mapping[str, object], name: str, size: int) -> bytes:
    value = jwk.get(name)
    if not isinstance(value, str):
        raise ValueError(f"member {name} is missing")
    data = decode_base64url(value)
    if len(data) != size:
        raise ValueError(f"member {name} must hold {size} bytes")
    return data


def _checks(verify: Callable[[bytes, bytes], None]) -> Verify:
    def check(signature: bytes, message: bytes) -> bool:
        try:
            verify(signature, message)
        except InvalidSignature:
            return False
        return True

    return check


class _Ed25519(Algorithm):
    name = "Ed25519"
    aliases = ("EdDSA",)
    kty, crv, material, private_member = "OKP", "Ed25519", ("x",), "d"

    def verifier(self, jwk: Mapping[str, object]) -> Verify:
        public = _material(jwk, "x", 32)
        if is_weak_ed25519(public):
            raise WeakKeyError("the Ed25519 point has small order or a second spelling")
        return _checks(Ed25519PublicKey.from_public_bytes(public).verify)

    def signer(self, jwk: Mapping[str, object]) -> Sign:
        private = Ed25519PrivateKey.from_private_bytes(_material(jwk, "d", 32))
        if private.public_key().public_bytes_raw() != _material(jwk, "x", 32):
            raise ValueError("members d and x are not a pair")
        return private.sign

    def generate(self) -> Members:
        private = Ed25519PrivateKey.generate()
        return {
            "kty": self.kty,
            "crv": self.crv,
            "x": encode_base64url(private.public_key().public_bytes_raw()),
            "d": encode_base64url(private.private_bytes_raw()),
        }


class _Es256(Algorithm):
    name = "ES256"
    kty, crv, material, private_member = "EC", "P-256", ("x", "y"), "d"

    def _numbers(self, jwk: Mapping[str, object]) -> ec.EllipticCurvePublicNumbers:
        x, y = (int.from_bytes(_material(jwk, name, 32), "big") for name in self.material)
        return ec.EllipticCurvePublicNumbers(x, y, ec.SECP256R1())

    def verifier(self, jwk: Mapping[str, object]) -> Verify:
        public = self._numbers(jwk).public_key()

        def verify(signature: bytes, message: bytes) -> None:
            # RFC 7518 section 3.4: R and S, 32 octets each, not DER.
            if len(signature) != 64:
                raise InvalidSignature
            r, s = (int.from_bytes(half, "big") for half in (signature[:32], signature[32:]))
            public.verify(encode_dss_signature(r, s), message, ec.ECDSA(SHA256()))

        return _checks(verify)

    def signer(self, jwk: Mapping[str, object]) -> Sign:
        secret = int.from_bytes(_material(jwk, "d", 32), "big")
        private = ec.EllipticCurvePrivateNumbers(secret, self._numbers(jwk)).private_key()

        def sign(message: bytes) -> bytes:
            r, s = decode_dss_signature(private.sign(message, ec.ECDSA(SHA256())))
            return r.to_bytes(32, "big") + s.to_bytes(32, "big")

        return sign

    def generate(self) -> Members:
        numbers = ec.generate_private_key(ec.SECP256R1()).private_numbers()
        public = numbers.public_numbers
        parts = {"x": public.x, "y": public.y, "d": numbers.private_value}
        encoded = {name: encode_base64url(n.to_bytes(32, "big")) for name, n in parts.items()}
        return {"kty": self.kty, "crv": self.crv, **encoded}


class _MlDsa(Algorithm):
    """RFC 9964: the private member is the 32-byte seed, the context string is empty."""

    post_quantum = True
    kty, material, private_member = "AKP", ("alg", "pub"), "priv"

    def __init__(self, name: str, public_size: int, public_type: Any, private_type: Any) -> None:
        self.name = name
        self._public_size = public_size
        self._public_type = public_type
        self._private_type = private_type

    def matches(self, jwk: Mapping[str, object]) -> bool:
        return super().matches(jwk) and jwk.get("alg") == self.name

    def verifier(self, jwk: Mapping[str, object]) -> Verify:
        data = _material(jwk, "pub", self._public_size)
        if not any(data[_RHO:]):
            # FIPS 204, algorithm 8, line 9: what the secret decides is multiplied by t1.
            raise WeakKeyError("the ML-DSA key has no t1, so that nobody needs its secret to sign")
        return _checks(self._public_type.from_public_bytes(data).verify)

    def signer(self, jwk: Mapping[str, object]) -> Sign:
        private = self._private_type.from_seed_bytes(_material(jwk, "priv", 32))
        if private.public_key().public_bytes_raw() != _material(jwk, "pub", self._public_size):
            raise ValueError("members priv and pub are not a pair")
        sign: Sign = private.sign
        return sign

    def generate(self) -> Members:
        private = self._private_type.generate()
        return {
            "kty": self.kty,
            "alg": self.name,
            "pub": encode_base64url(private.public_key().public_bytes_raw()),
            "priv": encode_base64url(private.private_bytes_raw()),
        }


ALGORITHMS: Final[tuple[Algorithm, ...]] = (
    _Ed25519(),
    _Es256(),
    _MlDsa("ML-DSA-65", 1952, mldsa.MLDSA65PublicKey, mldsa.MLDSA65PrivateKey),
    _MlDsa("ML-DSA-44", 1312, mldsa.MLDSA44PublicKey, mldsa.MLDSA44PrivateKey),
)


def algorithm_of(jwk: Mapping[str, object]) -> Algorithm | None:
    """The one algorithm a JWK is for, decided by its type and curve, never by a signature."""
    return next((algorithm for algorithm in ALGORITHMS if algorithm.matches(jwk)), None)


def is_known_alg(header_alg: str) -> bool:
    return any(algorithm.accepts(header_alg) for algorithm in ALGORITHMS)
