"""Entries of `secured`: second spellings, keys in headers, and claims of the wrong type."""

from __future__ import annotations

import json
import os
from string import ascii_letters, digits
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from gateway.base64url import encode_base64url
from gateway.envelope.envelope import (
    MAX_ENVELOPE_CHARS,
    MAX_ENVELOPES,
    parse_envelope,
    read_secured,
)
from gateway.envelope.jws import TYPE, DetachedJws, protected_header
from gateway.envelope.legacy import LegacyEnvelope
from gateway.errors import EnvelopeError, Reason

GOOD: dict[str, Any] = {"alg": "Ed25519", "kid": "k1", "typ": TYPE, "iat": 1}
PROTECTED = protected_header("Ed25519", "k1", 1)
SIGNATURE = encode_base64url(b"s" * 64)


def headed(header: bytes | dict[str, Any]) -> str:
    data = header if isinstance(header, bytes) else json.dumps(header).encode()
    return f"{encode_base64url(data)}..{SIGNATURE}"


def refused(text: str) -> Reason:
    with pytest.raises(EnvelopeError) as caught:
        parse_envelope(text)
    return caught.value.code


def test_the_header_that_we_write_is_the_one_that_is_read() -> None:
    parsed = parse_envelope(f"{PROTECTED}..{SIGNATURE}")
    assert isinstance(parsed, DetachedJws)
    assert (parsed.header.alg, parsed.header.kid, parsed.header.iat) == ("Ed25519", "k1", 1)
    assert parsed.protected == PROTECTED


def test_the_signing_input_keeps_the_header_bytes_that_were_signed() -> None:
    """Another order and white space are other bytes; they must not be written anew."""
    text = headed(b'{ "iat":1, "typ":"' + TYPE.encode() + b'", "kid":"k1","alg":"Ed25519" }')
    parsed = parse_envelope(text)
    assert isinstance(parsed, DetachedJws)
    assert parsed.signing_input(b"").decode() == text.partition("..")[0] + "."


@pytest.mark.parametrize(
    "text",
    [
        f"{PROTECTED}=..{SIGNATURE}",
        f"{PROTECTED}==..{SIGNATURE}",
        f"{PROTECTED}..{SIGNATURE}==",
        f"{PROTECTED}..{SIGNATURE[:-1]}h",  # 64 bytes leave four unused bits: g is zero, h is not
        f"{PROTECTED}..+{SIGNATURE[1:]}",
        f"{PROTECTED}../{SIGNATURE[1:]}",
        f"{PROTECTED}..{SIGNATURE}\n",
        f" {PROTECTED}..{SIGNATURE}",
        f"{PROTECTED}\n..{SIGNATURE}",
        f"{PROTECTED}.. {SIGNATURE}",
        f"{PROTECTED}..{SIGNATURE}\0",
        f"{PROTECTED}..{SIGNATURE}AAA",
        f"{PROTECTED}..é",
        f"{PROTECTED}..\ud800",
        f"{PROTECTED}.e30.{SIGNATURE}",
        f"{PROTECTED}. .{SIGNATURE}",
        f"{PROTECTED}..",
        f"{PROTECTED}.{SIGNATURE}",
        f"{PROTECTED}...{SIGNATURE}",
        f"{PROTECTED}..{SIGNATURE}.",
        f"{PROTECTED}....{SIGNATURE}",
        ".",
        "..",
    ],
)
def test_every_second_spelling_of_a_jws_is_refused(text: str) -> None:
    assert refused(text) is Reason.JWS_ENCODING


def test_the_last_character_of_the_signature_has_one_spelling() -> None:
    assert SIGNATURE.endswith("w")
    accepted = []
    for tail in ascii_letters + digits + "-_":
        try:
            parse_envelope(f"{PROTECTED}..{SIGNATURE[:-1]}{tail}")
        except EnvelopeError:
            continue
        accepted.append(tail)
    assert sorted(accepted) == ["A", "Q", "g", "w"]


@pytest.mark.parametrize("member", ["jku", "jwk", "x5u", "x5c", "x5t", "x5t#S256"])
@pytest.mark.parametrize("value", ["https://example.org/k", None, {}, []])
def test_a_header_that_brings_a_key_is_refused_whatever_it_holds(member: str, value: Any) -> None:
    assert refused(headed({**GOOD, member: value})) is Reason.JWS_KEY_IN_HEADER


@pytest.mark.parametrize(
    "members",
    [
        {"crit": []},
        {"crit": ["b64"], "b64": False},
        {"b64": False},
        {"b64": True},
        {"crit": None},
        {"crit": ["exp"], "exp": 1},
    ],
)
def test_critical_members_are_refused_even_when_harmless(members: dict[str, Any]) -> None:
    assert refused(headed({**GOOD, **members})) is Reason.JWS_CRIT


@pytest.mark.parametrize(
    "typ", [None, "", "JWT", "jose", TYPE.upper(), f"application/{TYPE}", f" {TYPE}", [TYPE], 1]
)
def test_another_type_is_refused(typ: Any) -> None:
    assert refused(headed({**GOOD, "typ": typ})) is Reason.JWS_TYPE


@pytest.mark.parametrize(
    ("name", "reason"),
    [("typ", "JWS_TYPE"), ("alg", "JWS_HEADER"), ("kid", "JWS_HEADER"), ("iat", "JWS_HEADER")],
)
def test_every_member_is_needed(name: str, reason: str) -> None:
    header = {key: value for key, value in GOOD.items() if key != name}
    assert refused(headed(header)) is Reason(reason)


@pytest.mark.parametrize("iat", [True, False, 1.0, 1.5, "1", None, [1], {}])
def test_iat_is_an_integer_and_nothing_that_resembles_one(iat: Any) -> None:
    assert refused(headed({**GOOD, "iat": iat})) is Reason.JWS_HEADER


@pytest.mark.parametrize("iat", [0, -1, 2**63, -(10**20)])
def test_any_integer_is_a_well_formed_claim_of_time(iat: int) -> None:
    parsed = parse_envelope(headed({**GOOD, "iat": iat}))
    assert isinstance(parsed, DetachedJws)
    assert parsed.header.iat == iat


@pytest.mark.parametrize(
    "header",
    [
        b"",
        b"null",
        b'"text"',
        b"1",
        b"[{}]",
        b"{} {}",
        b"\xef\xbb\xbf{}",
        b"{'alg': 1}",
        b'{"a":' * 300,
        b'{"a":' + b"[" * 2000,
        b'{"a":{"b":1,"b":2}}',
        json.dumps(GOOD).encode()[:-1] + b',"kid":"k1"}',
        json.dumps(GOOD).encode()[:-1] + b',"\\u006bid":"k2"}',
    ],
)
def test_a_header_that_readers_could_disagree_about_is_refused(header: bytes) -> None:
    assert refused(headed(header)) is Reason.JWS_HEADER


def test_the_length_of_a_header_is_bounded_exactly() -> None:
    data = json.dumps(GOOD).encode()
    parse_envelope(headed(data + b" " * (2048 - len(data))))
    assert refused(headed(data + b" " * (2049 - len(data)))) is Reason.JWS_HEADER


def test_the_length_of_an_envelope_is_bounded_exactly() -> None:
    start = f"{PROTECTED}.."
    room = (MAX_ENVELOPE_CHARS - len(start)) // 4 * 4
    parse_envelope(start + "A" * room)
    assert refused("." * (MAX_ENVELOPE_CHARS + 1)) is Reason.ENVELOPE_SHAPE
    assert refused("." * MAX_ENVELOPE_CHARS) is Reason.JWS_ENCODING


@pytest.mark.parametrize("text", ["", "abc", " ", "secured", "{}"])
def test_text_without_the_shape_of_either_is_no_envelope(text: str) -> None:
    assert refused(text) is Reason.ENVELOPE_SHAPE


def test_a_semicolon_decides_before_a_dot_does() -> None:
    assert refused(f"{PROTECTED}..{SIGNATURE};") is Reason.LEGACY_ENCODING


def test_the_list_of_entries_is_bounded_exactly_and_keeps_its_order() -> None:
    entries = [str(n) for n in range(MAX_ENVELOPES)]
    assert read_secured(entries) == tuple(entries)
    with pytest.raises(EnvelopeError) as caught:
        read_secured([*entries, "x"])
    assert caught.value.code is Reason.SECURED_SHAPE
    assert caught.value.hint


@pytest.mark.fuzz
@settings(
    deadline=None,
    derandomize=True,
    max_examples=int(os.environ.get("SEALGATE_FUZZ_EXAMPLES", "150")),
)
@given(
    st.dictionaries(
        st.sampled_from([*GOOD, "crit", "jwk", "other"]),
        st.none() | st.booleans() | st.integers() | st.floats() | st.text() | st.just(TYPE),
    ),
    st.sampled_from([SIGNATURE, "", "A", "AA=="]),
)
def test_any_header_is_parsed_or_refused_with_our_error(
    header: dict[str, Any], signature: str
) -> None:
    text = f"{encode_base64url(json.dumps(header).encode())}..{signature}"
    try:
        parsed = parse_envelope(text)
    except EnvelopeError:
        return
    assert not isinstance(parsed, LegacyEnvelope)
    assert (parsed.header.alg, parsed.header.kid) == (header["alg"], header["kid"])
