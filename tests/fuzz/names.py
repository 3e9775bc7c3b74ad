"""Parsers of what travels as text: envelopes, keys, manifests, cursors, ids, instants."""

from __future__ import annotations

import base64
import json
import re
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

from joserfc import jwk

from gateway.base64url import decode_base64, decode_base64url, encode_base64url
from gateway.envelope.envelope import parse_envelope, read_secured
from gateway.envelope.jws import DetachedJws, protected_header, signing_input
from gateway.envelope.legacy import seal_legacy
from gateway.errors import EnvelopeError, FrontMatterError, Reason
from gateway.json_object import read_object
from gateway.keys.private_key import parse_private_key
from gateway.keys.public_key import parse_public_key
from gateway.records.instant import EPOCH, parse_instant, show_instant
from gateway.repository.cursor import Cursor, CursorCodec
from gateway.trust.manifest import TYPE, check_files, read_manifest, sign_manifest
from schema.node import decode_id, encode_id
from tests.support.parser import Parser, text_of
from tests.support.publisher import NOW, YEAR, Publisher, claim

_CODEC = CursorCodec(b"k" * 32)
_KEYS = {alg: Publisher(kid=alg, alg=alg) for alg in ("Ed25519", "ES256", "ML-DSA-44")}
_ROOT = _KEYS["Ed25519"]


def _envelope(data: bytes) -> None:
    text = text_of(data)
    found = parse_envelope(text)
    # One spelling: what was understood, written down again, is what was there.
    if isinstance(found, DetachedJws):
        assert f"{found.protected}..{encode_base64url(found.signature)}" == text
        assert found.header.kid
    else:
        parts = (base64.b64encode(part).decode() for part in (found.ciphertext, found.iv))
        assert ";".join(parts) == text


def _header(data: bytes) -> bytes:
    return f"{encode_base64url(data)}..{encode_base64url(bytes(64))}".encode()


_LEGACY = seal_legacy(bytes(16), "0" * 64)
_ENVELOPES = (
    _ROOT.envelope(claim()).encode(),
    b";".join(base64.b64encode(part) for part in (_LEGACY.ciphertext, _LEGACY.iv)),
)
_HEADER = {"alg": "Ed25519", "kid": "k1", "typ": "sealgate-record+jws", "iat": NOW}
_HEADER_WORDS = (b'"crit":[],', b'"b64":false,', b'"jwk":{},', b"=", b".", b";", b"..")


def _secured(data: bytes) -> None:
    value = json.loads(data) if data.isascii() and _is_json(data) else text_of(data)
    entries = read_secured(value)
    assert len(entries) <= 16
    assert list(entries) == ([] if value is None else [value] if isinstance(value, str) else value)


def _is_json(data: bytes) -> bool:
    try:
        json.loads(data)
    except (ValueError, RecursionError):
        return False
    return True


def _public_key(data: bytes) -> None:
    key = parse_public_key(data, "k.jwk")
    assert key.verify(b"", b"") is False
    assert key.verify(bytes(64), b"message") is False
    assert all(0 <= at <= 253_402_300_800 for at in key.boundaries())
    assert key.kid.isprintable()
    if key.members["kty"] != "AKP":
        # Another library can use the same key, and calls it the same (RFC 7638).
        other = jwk.import_key(dict(key.members))
        assert other.thumbprint() == key.thumbprint
    members = {**key.members, "kid": key.kid, "corpora": sorted(key.corpora)}
    again = parse_public_key(json.dumps(members).encode(), "again")
    assert (again.thumbprint, again.corpora) == (key.thumbprint, key.corpora)


def _private_key(data: bytes) -> None:
    key = parse_private_key(data, "k.jwk")
    public = key.algorithm.verifier(key.algorithm.public_jwk(key.members))
    assert public(key.sign(b"message"), b"message")
    assert parse_private_key(json.dumps(key.private_jwk()).encode(), "again") == key


_PUBLIC = [
    publisher.jwk(revoked={"revoked_at": NOW, "reason": "lost"}) for publisher in _KEYS.values()
]
_PRIVATE = [publisher.key.private_jwk() for publisher in _KEYS.values()]


def _written(*members: Any) -> list[bytes]:
    return [json.dumps(value).encode() for value in members]


_FILES = {"Ed25519.jwk": json.dumps(_ROOT.jwk()).encode(), "policy.yaml": b"mode: enforce\n"}
_MANIFEST = sign_manifest(_ROOT.key, 1, NOW + YEAR, _FILES, NOW).encode()
_PAYLOAD = json.loads(base64.urlsafe_b64decode(_MANIFEST.split(b".")[1] + b"=="))


def _manifest(data: bytes) -> None:
    found = read_manifest(text_of(data), _ROOT.public(), "trust.jws")
    assert found.version > 0
    assert found.expires > 0
    check_files(found, _FILES, "keys")


def _manifest_payload(data: bytes) -> None:
    """The root key signed it, whatever it is."""
    protected = protected_header("Ed25519", _ROOT.kid, NOW, TYPE)
    signature = _ROOT.key.sign(signing_input(protected, data))
    parts = (protected, encode_base64url(data), encode_base64url(signature))
    _manifest(".".join(parts).encode())


def _cursor(data: bytes) -> None:
    text = text_of(data)
    assert _CODEC.encode(_CODEC.decode(text)) == text


def _feed_cursor(data: bytes) -> None:
    text = text_of(data)
    seq, begun = _CODEC.decode_seq(text, "demo")
    assert _CODEC.encode_seq("demo", seq, begun) == text


def _made(purpose: bytes, payload: bytes) -> str:
    """A cursor as somebody makes it who has read the key in the database."""
    return encode_base64url(_CODEC._tag(purpose, payload) + payload)


def _made_cursor(data: bytes) -> None:
    cursor = _CODEC.decode(_made(b"list", data))
    assert isinstance(cursor.path, str)
    assert isinstance(cursor.listing, str)
    assert type(cursor.snapshot) is int


def _made_feed_cursor(data: bytes) -> None:
    assert list(map(type, _CODEC.decode_seq(_made(b"feed", data), "demo"))) == [int, int]


_CURSOR = _CODEC.encode(Cursor(7, "_news/a.md", "0123")).encode()
_FEED_CURSOR = _CODEC.encode_seq("demo", 5, NOW).encode()


def _node_id(data: bytes) -> None:
    identity = decode_id(text_of(data))
    again = encode_id(identity.type, identity.corpus, *identity.name)
    assert decode_id(again) == identity
    assert sum(map(len, identity.name)) <= len(data)


def _encoded(data: bytes) -> bytes:
    return encode_base64url(data).encode()


_BASE64 = {
    "base64url": re.compile(r"[A-Za-z0-9_-]*"),
    "base64": re.compile(r"[A-Za-z0-9+/]*={0,2}"),
}


def _base(
    name: str, decode: Callable[[str], bytes], encode: Callable[[bytes], str]
) -> Callable[[bytes], None]:
    def check(data: bytes) -> None:
        text = text_of(data)
        try:
            value = decode(text)
        except ValueError as error:
            raise EnvelopeError(Reason.JWS_ENCODING, str(error) or "refused") from None
        assert _BASE64[name].fullmatch(text)
        assert encode(value) == text
        assert len(value) == len(text.rstrip("=")) * 3 // 4

    return check


def _json_object(data: bytes) -> None:
    try:
        members = read_object(data)
    except ValueError as error:
        raise FrontMatterError(Reason.KEY_FILE, str(error) or "refused") from None
    assert members == json.loads(data) or b"NaN" in data
    json.dumps(members, ensure_ascii=False).encode("utf-8")


def _instant(data: bytes) -> None:
    text = text_of(data)
    found = parse_instant(text, "at")
    # RFC 3339 by other means: the fields of the text, and its offset taken away.
    fields = datetime.strptime(text[:19], "%Y-%m-%dT%H:%M:%S").replace(tzinfo=UTC)
    hours, minutes = (0, 0) if text.endswith("Z") else (int(text[-6:-3]), int(text[-2:]))
    sign = -1 if text[-6] == "-" else 1
    offset = hours * 3600 + sign * minutes * 60
    whole = (found - EPOCH) // timedelta(seconds=1)
    assert whole == (fields - EPOCH) // timedelta(seconds=1) - offset
    assert parse_instant(show_instant(whole), "at") == found.replace(microsecond=0)


_ID = encode_id("Article", "demo", "_news/a.md").encode()
_ANY_JSON = [{"a": {"b": [1, "é", None]}, "c": 0.5}]

NAMES = (
    Parser("envelope", _envelope, _ENVELOPES, _HEADER_WORDS, [_HEADER], _header),
    Parser("secured", _secured, _written(["a", "b"], "a", None), trees=[["a", "b", "c"]]),
    Parser("public key", _public_key, _written(*_PUBLIC), [b'"d":"",', b'"keys":[],'], _PUBLIC),
    Parser("private key", _private_key, _written(*_PRIVATE), [b'"kty"'], _PRIVATE),
    Parser("manifest", _manifest, [_MANIFEST], [b".", b"=", b"\n"]),
    Parser("manifest payload", _manifest_payload, _written(_PAYLOAD), trees=[_PAYLOAD]),
    Parser("cursor", _cursor, [_CURSOR], [_FEED_CURSOR, b"="]),
    Parser("feed cursor", _feed_cursor, [_FEED_CURSOR], [_CURSOR, b"="]),
    Parser("made cursor", _made_cursor, _written([7, "a", "b"]), trees=[[7, "a", "b"]]),
    Parser("made feed cursor", _made_feed_cursor, _written(["demo", 5, 6]), trees=[["demo", 5, 6]]),
    Parser("node id", _node_id, [_ID], [b"=", b"W10"], [["Article", "demo", "a"]], _encoded),
    Parser(
        "base64url",
        _base("base64url", decode_base64url, encode_base64url),
        [b"", b"AA", b"AAA", b"-_-_"],
        [b"=", b"+", b"/", b" "],
    ),
    Parser(
        "base64",
        _base("base64", decode_base64, lambda value: base64.b64encode(value).decode()),
        [b"", b"AA==", b"AAA=", b"+/+/"],
        [b"=", b"-", b"_", b" "],
    ),
    Parser("JSON object", _json_object, _written(*_ANY_JSON), [b'"a":1,'], _ANY_JSON),
    Parser(
        "instant",
        _instant,
        [
            b"2026-03-04T09:15:00Z",
            b"0001-01-02T00:00:00.000001+00:01",
            b"1969-12-31T23:59:59.5-23:59",
        ],
        [b"T", b"Z", b"t", b"24", b"60", b".", b"+", b"-", b"\xd9\xa3"],
    ),
)
