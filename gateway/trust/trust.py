"""What a verdict is measured against: keys and policy, as one immutable value."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from functools import cached_property
from hashlib import sha256

from gateway.canonical.jcs import canonicalize
from gateway.errors import KeyFileError, Reason
from gateway.keys.public_key import PublicKey
from gateway.trust.manifest import Manifest
from gateway.trust.policy import Policy, Requirement


@dataclass(frozen=True)
class Trust:
    """keys by kid; legacy_key opens legacy envelopes, 16, 24 or 32 bytes, or None.

    manifest: what a root key signed of all this; None where nobody has to.
    """

    keys: dict[str, PublicKey]
    policy: Policy = field(default_factory=Policy)
    legacy_key: bytes | None = field(default=None, repr=False)
    manifest: Manifest | None = None

    @classmethod
    def of(
        cls,
        keys: Iterable[PublicKey],
        policy: Policy,
        legacy_key: bytes | None = None,
        manifest: Manifest | None = None,
    ) -> Trust:
        """Raises KeyFileError(KEY_DUPLICATE) when two keys share a kid."""
        by_kid: dict[str, PublicKey] = {}
        for key in keys:
            if key.kid in by_kid:
                message = f"two key files share the kid {key.kid!r}"
                raise KeyFileError(Reason.KEY_DUPLICATE, message)
            by_kid[key.kid] = key
        return cls(by_kid, policy, legacy_key, manifest)

    @property
    def expires(self) -> int | None:
        """The last second at which any of this counts; None is open."""
        return None if self.manifest is None else self.manifest.expires

    @cached_property
    def digest(self) -> bytes:
        """SHA-256 over everything a verdict depends on but the record and the clock."""
        return sha256(
            canonicalize(
                {
                    "keys": [_describe_key(self.keys[kid]) for kid in sorted(self.keys)],
                    "mode": str(self.policy.mode),
                    "refuse_replays": self.policy.refuse_replays,
                    "default": _describe_requirement(self.policy.default),
                    "corpora": {
                        name: _describe_requirement(requirement)
                        for name, requirement in self.policy.corpora.items()
                    },
                    "expires": self.expires,
                    "legacy": None
                    if self.legacy_key is None
                    else sha256(b"legacy" + self.legacy_key).hexdigest(),
                }
            )
        ).digest()

    def next_boundary(self, now: int) -> int | None:
        """The next instant after `now` at which a key begins or ends, or the manifest ends."""
        instants = [at for key in self.keys.values() for at in key.boundaries()]
        if self.expires is not None:
            instants.append(self.expires + 1)
        return min((at for at in instants if at > now), default=None)


def _describe_requirement(requirement: Requirement) -> dict[str, object]:
    publishers = requirement.publishers
    return {
        "threshold": requirement.threshold,
        "post_quantum": requirement.post_quantum,
        "classical": requirement.classical,
        "publishers": None if publishers is None else sorted(publishers),
        "max_age": requirement.max_age,
    }


def _describe_key(key: PublicKey) -> dict[str, object]:
    return {
        "kid": key.kid,
        "thumbprint": key.thumbprint,
        "corpora": sorted(key.corpora),
        "nbf": key.not_before,
        "exp": key.not_after,
        "revoked": None if key.revocation is None else key.revocation.at,
    }
