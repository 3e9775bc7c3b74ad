"""Ed25519 public keys that nobody needs a private key for."""

from __future__ import annotations

P = 2**255 - 19
# The y coordinates of the eight points of small order on edwards25519 (RFC 8032 section 5.1): with
# such a point as public key, one fixed signature verifies every message. The two of order eight
# have no shorter description.
_ORDER_8 = bytes.fromhex("26e8958fc2b227b045c3f489f2ef98f0d5dfac05d3c63339b13802886d53fc05")
_SMALL_Y = frozenset(
    {0, 1, P - 1, int.from_bytes(_ORDER_8, "little"), P - int.from_bytes(_ORDER_8, "little")}
)


def is_weak_ed25519(public: bytes) -> bool:
    """Whether 32 bytes name a point of small order, or name any point in a second spelling."""
    y = int.from_bytes(public, "little") & ((1 << 255) - 1)
    return y >= P or y in _SMALL_Y
