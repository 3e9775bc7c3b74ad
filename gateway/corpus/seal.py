"""Sealing a record file: one more envelope in `secured`, and not another byte changed."""

from __future__ import annotations

import json
import os
import re
from dataclasses import dataclass
from pathlib import Path

from gateway.base64url import encode_base64url
from gateway.corpus.claim import claim, claim_bytes, parse_record, read_record_file
from gateway.envelope.envelope import MAX_ENVELOPES, parse_envelope
from gateway.envelope.jws import DetachedJws, protected_header, signing_input
from gateway.errors import EnvelopeError, Reason, SealError, SealgateError
from gateway.frontmatter.document import Document
from gateway.frontmatter.limits import Limits
from gateway.keys.private_key import PrivateKey
from gateway.records.raw import RawRecord
from gateway.replacement import replacing

# Files with such names are no records, and no more than one sealing writes one at a time.
_STAGED = ".seal-"


@dataclass(frozen=True)
class Seal:
    """The outcome for one file. changed is False when the key's envelope was in place already."""

    path: str
    digest: str
    changed: bool


def sign_record(key: PrivateKey, canonical: bytes, now: int) -> str:
    """A new JWS envelope over canonical bytes; `now` becomes its iat, in seconds since 1970."""
    protected = protected_header(key.algorithm.name, key.kid, now)
    signature = key.sign(signing_input(protected, canonical))
    return f"{protected}..{encode_base64url(signature)}"


def seal_bytes(
    corpus: str,
    path: str,
    data: bytes,
    key: PrivateKey,
    now: int,
    limits: Limits,
    drop: frozenset[str] = frozenset(),
) -> bytes:
    """The content of a record file with an envelope by `key` as its last entry.

    Older envelopes by the same kid are replaced, and those by kids in `drop` left out; all others
    stay where they are. Raises SealgateError with `path` for files that cannot be read as records.
    """
    try:
        document = parse_record(path, data, limits)
        raw = claim(corpus, path, document)
    except SealgateError as error:
        raise error.at(path) from None
    kept = [entry for entry in raw.secured if _kid(entry) not in {key.kid, *drop}]
    entries = [*kept, sign_record(key, raw.canonical, now)]
    if len(entries) > MAX_ENVELOPES:
        raise SealError(Reason.SEAL_REFUSED, "too many envelopes already", path=path)
    sealed = _rewrite(data, document, entries)
    _check_same(corpus, path, sealed, raw.canonical, limits)
    return sealed


def _kid(entry: str) -> str | None:
    envelope = _jws(entry)
    return None if envelope is None else envelope.header.kid


def _jws(entry: str) -> DetachedJws | None:
    try:
        envelope = parse_envelope(entry)
    except EnvelopeError:
        return None
    return envelope if isinstance(envelope, DetachedJws) else None


def _check_same(corpus: str, path: str, sealed: bytes, before: bytes, limits: Limits) -> None:
    """What was written must still be the record that was signed."""
    try:
        after = claim_bytes(corpus, path, sealed, limits).canonical
    except SealgateError:
        after = b""
    if after != before:
        message = "the file's layout does not allow secured to be replaced without other changes"
        hint = "Write secured as the last key, a quoted string or a list, and end its line."
        raise SealError(Reason.SEAL_REFUSED, message, path=path, hint=hint)


_LINE = re.compile(rb"[^\n]*\n|[^\n]+")
_TOP_LEVEL = re.compile(rb"^[^\s#\-]", re.MULTILINE)


def _rewrite(data: bytes, document: Document, entries: list[str]) -> bytes:
    """Replace the lines of the key `secured`, or add them where the YAML ends."""
    sections = document.sections
    newline = b"\r\n" if data.partition(b"\n")[0].endswith(b"\r") else b"\n"
    block = _block(entries, newline)
    yaml = sections.yaml
    start, end = _span(yaml, document.key_starts.get("secured"))
    head, tail = yaml[:start], yaml[end:]
    if head and not head.endswith(b"\n"):
        head += newline
    rest = data[sections.yaml_start + len(yaml) :]
    return data[: sections.yaml_start] + head + block + tail + rest


def _block(entries: list[str], newline: bytes) -> bytes:
    # A JSON string of ASCII characters is a YAML double-quoted scalar.
    lines = ["secured:", *(f"  - {json.dumps(entry)}" for entry in entries)]
    return b"".join(line.encode() + newline for line in lines)


def _span(yaml: bytes, index: int | None) -> tuple[int, int]:
    """Byte range of the lines that belong to `secured`; an empty one at the end without it.

    Blank lines and comments in front of the next key belong to that key.
    """
    if index is None:
        return len(yaml), len(yaml)
    start = len(yaml.decode("utf-8")[:index].encode("utf-8"))
    following = _next_line(yaml, start)
    key = _TOP_LEVEL.search(yaml, following)
    end = key.start() if key else len(yaml)
    for line in reversed(_LINE.findall(yaml, following, end)):
        if line.strip() and not line.startswith(b"#"):
            break
        end -= len(line)
    return start, end


def _next_line(yaml: bytes, position: int) -> int:
    found = yaml.find(b"\n", position)
    return len(yaml) if found < 0 else found + 1


def seal_file(
    corpus: str,
    root: Path,
    path: str,
    key: PrivateKey,
    now: int,
    limits: Limits,
    drop: frozenset[str] = frozenset(),
) -> Seal:
    """Seal one file in place, atomically: a reader sees the old content or the new.

    drop: kids whose envelopes are left out at the same time. Raises SealgateError with `path`.
    """
    data = read_record_file(root, path, limits)
    raw = claim_bytes(corpus, path, data, limits)
    sealed = seal_bytes(corpus, path, data, key, now, limits, drop)
    changed = not is_done(raw, key, now, drop)
    if changed:
        _replace(root / path, sealed)
    return Seal(path, raw.digest, changed)


def is_done(raw: RawRecord, key: PrivateKey, now: int, drop: frozenset[str]) -> bool:
    """Whether sealing would change nothing."""
    return is_sealed(raw, key, now) and not any(_kid(entry) in drop for entry in raw.secured)


def remove_leftovers(root: Path) -> None:
    """Remove what a sealing that was killed left behind; nothing else has such names."""
    for path in root.rglob(f"{_STAGED}*"):
        path.unlink(missing_ok=True)


def is_sealed(raw: RawRecord, key: PrivateKey, now: int) -> bool:
    """Whether an envelope by this key is good already; one from the future would be refused."""
    verify = key.algorithm.verifier(key.members)
    for envelope in filter(None, map(_jws, raw.secured)):
        if envelope.header.kid == key.kid and envelope.header.iat <= now:
            return verify(envelope.signature, envelope.signing_input(raw.canonical))
    return False


def _replace(path: Path, data: bytes) -> None:
    """A record that was taken away meanwhile does not come back."""
    try:
        with replacing(path, None, _STAGED) as file:
            file.write(data)
    except OSError as error:
        message = f"cannot write: {os.strerror(error.errno or 0).lower()}"
        raise SealError(Reason.SEAL_REFUSED, message, path=str(path)) from None
