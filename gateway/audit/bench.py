"""What a judge of record files needs, in a form that another process can be handed."""

from __future__ import annotations

import json
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from gateway.audit.judgement import Judgement, judgement_of
from gateway.corpus.claim import claim_file
from gateway.corpus.layout import printable_path
from gateway.errors import SealgateError
from gateway.frontmatter.limits import Limits
from gateway.keys.public_key import PublicKey, parse_public_key
from gateway.trust.trust import Trust
from gateway.verdict.verify import reject_unreadable, verify


@dataclass(frozen=True)
class Bench:
    """A corpus, its folder and the bounds of its files; the trust, and the instant of judgement in
    Unix seconds: one for all records, whichever process judges them."""

    corpus: str
    root: Path
    limits: Limits
    trust: Trust
    now: int

    def judge(self, path: str) -> Judgement:
        """The judgement of one file, whatever is wrong with it. Raises nothing."""
        try:
            raw = claim_file(self.corpus, self.root, path, self.limits)
        except SealgateError as error:
            return judgement_of(reject_unreadable(printable_path(path), error))
        return judgement_of(verify(raw, self.trust, self.now))

    def __reduce__(self) -> tuple[Any, ...]:
        """Keys hold functions, which cannot be pickled; what they are made of can.

        The folder is not read again elsewhere: somebody may change it in between, and one report
        would then stand on two different trusts.
        """
        keys = [_jwk(key) for key in self.trust.keys.values()]
        keyless = replace(self.trust, keys={})
        return _rebuild, (self.corpus, self.root, self.limits, keyless, keys, self.now)


def _rebuild(
    corpus: str, root: Path, limits: Limits, keyless: Trust, keys: list[bytes], now: int
) -> Bench:
    parsed = [parse_public_key(jwk, "a trusted key") for jwk in keys]
    trust = replace(keyless, keys={key.kid: key for key in parsed})
    return Bench(corpus, root, limits, trust, now)


def _jwk(key: PublicKey) -> bytes:
    """A key file that reads as this key."""
    revocation = key.revocation
    members: dict[str, Any] = {
        **key.members,
        "kid": key.kid,
        "corpora": sorted(key.corpora),
        "nbf": key.not_before,
        "exp": key.not_after,
    }
    if revocation is not None:
        members["revoked"] = {"revoked_at": revocation.at, "reason": revocation.reason}
    return json.dumps(members).encode()
