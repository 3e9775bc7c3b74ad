"""Everything needed to verify one record without us, as a zip.

The same record under the same keys gives the same bytes: entries are sorted, and their times are
the earliest that the format can write, since no clock is part of a proof.
"""

from __future__ import annotations

import io
import json
import zipfile
from collections.abc import Mapping
from typing import Final

from gateway.envelope.envelope import parse_envelope
from gateway.envelope.jws import DetachedJws
from gateway.errors import EnvelopeError, Reason, SealgateError
from gateway.export.instructions import Lead, instructions
from gateway.keys.jwk_file import KEY_SUFFIX
from gateway.keys.public_key import PublicKey, parse_public_key
from gateway.trust.directory import POLICY_FILE
from gateway.verdict.verdict import Verdict, Verified

_EPOCH: Final = (1980, 1, 1, 0, 0, 0)
_MODE: Final = 0o100644
_KEYS: Final = "keys/"


def bundle(verdict: Verdict, trust_files: Mapping[str, bytes]) -> bytes:
    """The zip for a proven record. trust_files: the trust folder's files by name, as it was judged
    with them (gateway.trust.directory.signed_files).

    Raises SealgateError(RECORD_WITHHELD) for any other record, with what speaks against it.
    """
    if not isinstance(verdict, Verified):
        raise SealgateError(
            Reason.RECORD_WITHHELD,
            f"withheld: {verdict.status} {verdict.reason}: {verdict.detail}",
            path=verdict.path,
            hint="See every check of it with: sealgate verify --json PATH",
        )
    return _zip(_entries(verdict, trust_files))


def _entries(verified: Verified, trust_files: Mapping[str, bytes]) -> dict[str, bytes]:
    raw = verified.raw
    leads = _leads(verified, trust_files)
    entries = {f"envelopes/{i}.jws": text.encode() for i, text in enumerate(raw.secured)}
    entries |= {lead.key: trust_files[lead.key.removeprefix(_KEYS)] for lead in leads}
    if POLICY_FILE in trust_files:
        entries[_KEYS + POLICY_FILE] = trust_files[POLICY_FILE]
    return {
        **entries,
        "canonical.json": raw.canonical,
        "body": raw.body,
        "verdict.json": _verdict(verified),
        "VERIFY.md": instructions(raw.corpus, raw.path, raw.digest, leads).encode(),
    }


def _leads(verified: Verified, trust_files: Mapping[str, bytes]) -> list[Lead]:
    """One for each envelope that counted and that a public key can check, and does check.

    Raises SealgateError(KEY_FILE) when the files are not those that the record was judged with.
    """
    raw = verified.raw
    keys = _counting_keys(verified.key_ids, trust_files)
    leads: dict[str, list[Lead]] = {kid: [] for kid in verified.key_ids}
    for index, text in enumerate(raw.secured):
        jws = _jws(text)
        name, key = keys.get("" if jws is None else jws.header.kid, ("", None))
        if jws is None or key is None:
            continue
        if key.verify(jws.signature, jws.signing_input(raw.canonical)):
            lead = Lead(f"envelopes/{index}.jws", _KEYS + name, key.algorithm.name)
            leads[key.kid].append(lead)
    if not all(leads.values()):
        message = "the trust folder changed while the record was judged"
        raise SealgateError(Reason.KEY_FILE, message, path=raw.path, hint="Run it again.")
    return sorted((lead for found in leads.values() for lead in found), key=lambda x: x.envelope)


def _counting_keys(
    key_ids: tuple[str, ...], files: Mapping[str, bytes]
) -> dict[str, tuple[str, PublicKey]]:
    """By kid the keys that counted, with the names of their files."""
    names = [name for name in sorted(files) if name.endswith(KEY_SUFFIX)]
    keys = [(name, parse_public_key(files[name], name)) for name in names]
    return {key.kid: (name, key) for name, key in keys if key.kid in key_ids}


def _jws(text: str) -> DetachedJws | None:
    try:
        envelope = parse_envelope(text)
    except EnvelopeError:
        return None
    return envelope if isinstance(envelope, DetachedJws) else None


def _verdict(verified: Verified) -> bytes:
    """What we found. Nobody has to believe it: the rest of the bundle is there to find it again."""
    raw = verified.raw
    document = {
        "corpus": raw.corpus,
        "path": raw.path,
        "digest": raw.digest,
        "status": str(verified.status),
        "reason": str(verified.reason),
        "keyIds": verified.key_ids,
        "checks": [
            {
                "name": check.name,
                "outcome": str(check.outcome),
                "detail": check.detail,
                "envelope": check.envelope,
            }
            for check in verified.checks
        ],
    }
    return json.dumps(document, indent=2, ensure_ascii=False).encode() + b"\n"


def _zip(entries: Mapping[str, bytes]) -> bytes:
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w") as archive:
        for name in sorted(entries):
            entry = zipfile.ZipInfo(name, _EPOCH)
            entry.create_system = 3  # Unix, whichever system this is
            entry.external_attr = _MODE << 16
            # Not compressed: what a compressor makes of it differs between its versions.
            entry.compress_type = zipfile.ZIP_STORED
            archive.writestr(entry, entries[name])
    return file.getvalue()
