"""Detached JWS: what is parsed, and everything else that is refused."""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from joserfc import jws
from joserfc.jwk import ECKey, OKPKey
from joserfc.jws import JWSRegistry

from gateway.base64url import encode_base64url
from gateway.corpus.seal import sign_record
from gateway.envelope.envelope import MAX_ENVELOPE_CHARS, parse_envelope, read_secured
from gateway.envelope.jws import TYPE, DetachedJws, parse_jws
from gateway.envelope.legacy import LegacyEnvelope
from gateway.errors import EnvelopeError, Reason
from gateway.verdict.status import Status
from gateway.verdict.verify import verify
from tests.support.fuzz import fuzz
from tests.support.publisher import NOW, Publisher, claim, trust_in, with_secured

SIGNATURE = encode_base64url(b"s" * 64)


def spelled(header: bytes | dict[str, Any], signature: str = SIGNATURE) -> str:
    data = header if isinstance(header, bytes) else json.dumps(header).encode()
    return f"{encode_base64url(data)}..{signature}"


GOOD = {"alg": "Ed25519", "kid": "k1", "typ": TYPE, "iat": NOW}


def refused(text: str) -> Reason:
    with pytest.raises(EnvelopeError) as caught:
        parse_envelope(text)
    return caught.value.code


def test_a_detached_jws_is_parsed() -> None:
    parsed = parse_jws(spelled({**GOOD, "cty": "ignored"}))
    assert (parsed.header.alg, parsed.header.kid, parsed.header.iat) == ("Ed25519", "k1", NOW)
    assert parsed.signature == b"s" * 64
    assert parsed.signing_input(b"{}") == f"{parsed.protected}.e30".encode()


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("", Reason.ENVELOPE_SHAPE),
        ("no shape at all", Reason.ENVELOPE_SHAPE),
        ("a" * (MAX_ENVELOPE_CHARS + 1), Reason.ENVELOPE_SHAPE),
        ("..", Reason.JWS_ENCODING),
        ("a.b", Reason.JWS_ENCODING),
        (spelled(GOOD).replace("..", ".e30."), Reason.JWS_ENCODING),
        (spelled(GOOD) + ".x.y", Reason.JWS_ENCODING),
        (spelled(GOOD, ""), Reason.JWS_ENCODING),
        (spelled(GOOD, "not/base64"), Reason.JWS_ENCODING),
        (spelled(b"{"), Reason.JWS_HEADER),
        (spelled(b"\xff"), Reason.JWS_HEADER),
        (spelled(b"[]"), Reason.JWS_HEADER),
        (spelled(b"[" * 2000), Reason.JWS_HEADER),
        (spelled(b'{"iat":' + b"9" * 2000 + b"}"), Reason.JWS_TYPE),
        (spelled({**GOOD, "more": "x" * 3000}), Reason.JWS_HEADER),
        (spelled(b'{"alg":"Ed25519","alg":"none"}'), Reason.JWS_HEADER),
        (spelled({**GOOD, "kid": ""}), Reason.JWS_HEADER),
        (spelled({**GOOD, "alg": 1}), Reason.JWS_HEADER),
        (spelled({**GOOD, "iat": 1.5}), Reason.JWS_HEADER),
        (spelled({**GOOD, "typ": "JOSE"}), Reason.JWS_TYPE),
        (spelled({**GOOD, "crit": ["x"]}), Reason.JWS_CRIT),
        (spelled({**GOOD, "x5t#S256": "x"}), Reason.JWS_KEY_IN_HEADER),
    ],
)
def test_everything_else_is_refused_with_its_reason(text: str, reason: Reason) -> None:
    assert refused(text) is reason


@fuzz
@given(st.text() | st.text(st.sampled_from("ABCeyJ0.;=+/_-"), max_size=60))
def test_arbitrary_text_raises_nothing_but_our_error(text: str) -> None:
    try:
        parsed = parse_envelope(text)
    except EnvelopeError:
        return
    assert isinstance(parsed, DetachedJws | LegacyEnvelope)


@fuzz
@given(st.binary(max_size=200))
def test_an_arbitrary_header_raises_nothing_but_our_error(header: bytes) -> None:
    with pytest.raises(EnvelopeError):
        parse_envelope(spelled(header))


@pytest.mark.parametrize(
    ("value", "entries"), [(None, ()), ("x", ("x",)), ([], ()), (["x", "y"], ("x", "y"))]
)
def test_secured_is_a_string_or_a_list_of_them(value: object, entries: tuple[str, ...]) -> None:
    assert read_secured(value) == entries


@pytest.mark.parametrize("value", [1, True, {}, [1], ["x", None], ["x"] * 17])
def test_secured_of_another_type_is_refused(value: object) -> None:
    with pytest.raises(EnvelopeError) as caught:
        read_secured(value)
    assert caught.value.code is Reason.SECURED_SHAPE


def joserfc_key(publisher: Publisher) -> OKPKey | ECKey:
    kind = OKPKey if publisher.alg == "Ed25519" else ECKey
    members: dict[str, str | list[str]] = {
        name: text for name, text in publisher.key.members.items() if name != "alg"
    }
    key: OKPKey | ECKey = kind.import_key(members)
    return key


def registry(alg: str) -> JWSRegistry:
    # iat is a claim by habit, a header member here; RFC 7515 section 4.3 allows it.
    return JWSRegistry(algorithms=[alg], strict_check_header=False)


@pytest.mark.parametrize("alg", ["Ed25519", "ES256"])
def test_joserfc_verifies_what_we_sign(alg: str) -> None:
    publisher, raw = Publisher(alg=alg), claim()
    protected, _, signature = sign_record(publisher.key, raw.canonical, NOW).split(".")
    whole = f"{protected}.{encode_base64url(raw.canonical)}.{signature}"
    found = jws.deserialize_compact(whole, joserfc_key(publisher), registry=registry(alg))
    assert found.payload == raw.canonical


@pytest.mark.parametrize(
    ("alg", "named"), [("Ed25519", "Ed25519"), ("Ed25519", "EdDSA"), ("ES256", "ES256")]
)
@pytest.mark.filterwarnings("ignore:EdDSA is deprecated")
def test_we_verify_what_joserfc_signs(alg: str, named: str) -> None:
    publisher, raw = Publisher(alg=alg), claim()
    header = {**GOOD, "alg": named}
    whole = jws.serialize_compact(
        header, raw.canonical, joserfc_key(publisher), registry=registry(named)
    )
    protected, _, signature = whole.split(".")
    sealed = with_secured(raw, f"{protected}..{signature}")
    assert verify(sealed, trust_in(publisher.public()), NOW).status is Status.VERIFIED
