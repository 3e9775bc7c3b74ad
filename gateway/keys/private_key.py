"""A private key in the hands of `sealgate seal`; the gateway itself never sees one."""

from __future__ import annotations

from dataclasses import dataclass, field

from gateway.errors import KeyFileError, Reason
from gateway.keys.algorithms import Algorithm, Members, Sign, algorithm_of
from gateway.keys.jwk_file import read_jwk


@dataclass(frozen=True)
class PrivateKey:
    kid: str
    algorithm: Algorithm
    members: Members = field(repr=False)
    sign: Sign = field(compare=False, repr=False)

    def private_jwk(self) -> dict[str, str]:
        """What belongs into a file that only its owner can read."""
        return {"kid": self.kid, **self.members}

    def public_jwk(self) -> dict[str, str]:
        return {"kid": self.kid, "use": "sig", **self.algorithm.public_jwk(self.members)}


def generate_private_key(algorithm: Algorithm, kid: str) -> PrivateKey:
    members = algorithm.generate()
    return PrivateKey(kid, algorithm, members, algorithm.signer(members))


def parse_private_key(data: bytes, name: str) -> PrivateKey:
    """The private key in the file content `data`. Raises KeyFileError naming the file `name`."""
    jwk = read_jwk(data, name)
    algorithm = algorithm_of(jwk)
    kid = jwk.get("kid")
    if algorithm is None or not isinstance(kid, str) or not kid:
        raise _bad(name, "not a private JWK with a kid and a supported type")
    if algorithm.private_member not in jwk:
        raise _bad(name, f"member {algorithm.private_member} is missing: this is a public key")
    try:
        sign = algorithm.signer(jwk)
    except ValueError as error:
        raise _bad(name, f"unusable key material: {error}") from None
    members = {**algorithm.public_jwk(jwk)}
    members[algorithm.private_member] = str(jwk[algorithm.private_member])
    return PrivateKey(kid, algorithm, members, sign)


def _bad(name: str, message: str) -> KeyFileError:
    hint = "Make one with: sealgate keys generate"
    return KeyFileError(Reason.KEY_FILE, message, path=name, hint=hint)
