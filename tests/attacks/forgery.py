"""What an attacker can make at the verifier: records and envelopes with anything in them."""

from __future__ import annotations

import json
from typing import Any

from gateway.base64url import encode_base64url
from gateway.envelope.jws import TYPE, signing_input
from gateway.errors import Reason
from gateway.records.raw import RawRecord
from gateway.verdict.status import Status
from gateway.verdict.verify import verify
from tests.support.publisher import NOW, Publisher, claim, trust_in

PUBLISHER = Publisher()
TRUST = trust_in(PUBLISHER.public())
RAW = claim(body=b"Body text.\n")
SEALED = PUBLISHER.seal(RAW)


def header(**changes: Any) -> dict[str, Any]:
    """A protected header with these members instead; None leaves one out."""
    members = {"alg": "Ed25519", "kid": "k1", "typ": TYPE, "iat": NOW, **changes}
    return {name: value for name, value in members.items() if value is not None}


def forge(
    header: dict[str, Any], payload: bytes = RAW.canonical, publisher: Publisher = PUBLISHER
) -> str:
    """An envelope with any header, honestly signed with the publisher's key."""
    protected = encode_base64url(json.dumps(header).encode())
    signature = publisher.key.sign(signing_input(protected, payload))
    return f"{protected}..{encode_base64url(signature)}"


def judged(raw: RawRecord) -> tuple[Status, Reason]:
    verdict = verify(raw, TRUST, NOW)
    return verdict.status, verdict.reason
