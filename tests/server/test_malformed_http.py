"""Bytes that are not a request, and requests that somebody in front of us might read otherwise."""

from __future__ import annotations

import pytest

from tests.support.process import Server
from tests.support.wire import BODY, GET, HEAD, POST, Wire, ask, only

SMUGGLED = b"GET /smuggled HTTP/1.1\r\nhost: x\r\n\r\n"
CHUNKS = b"%x\r\n%s\r\n0\r\n\r\n" % (len(BODY), BODY)

MALFORMED = {
    "not_http": b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03\r\n\r\n",
    "http_2_without_upgrade": b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n",
    "content_length_and_transfer_encoding": HEAD
    + b"content-length: 5\r\ntransfer-encoding: chunked\r\n\r\n"
    + CHUNKS,
    "transfer_encoding_and_content_length": HEAD
    + b"transfer-encoding: chunked\r\ncontent-length: 5\r\n\r\n"
    + CHUNKS,
    "two_content_lengths": HEAD + b"content-length: 24\r\ncontent-length: 24\r\n\r\n" + BODY,
    "a_list_of_content_lengths": HEAD + b"content-length: 24, 24\r\n\r\n" + BODY,
    "a_signed_content_length": HEAD + b"content-length: +24\r\n\r\n" + BODY,
    "a_hexadecimal_content_length": HEAD + b"content-length: 0x18\r\n\r\n" + BODY,
    "a_content_length_that_overflows": HEAD + b"content-length: 99999999999999999999\r\n\r\n",
    "a_chunk_length_that_overflows": HEAD
    + b"transfer-encoding: chunked\r\n\r\nffffffffffffffffff\r\n",
    "a_chunk_length_with_a_prefix": HEAD + b"transfer-encoding: chunked\r\n\r\n0x18\r\n" + BODY,
    "chunked_twice": HEAD
    + b"transfer-encoding: chunked\r\ntransfer-encoding: chunked\r\n\r\n"
    + CHUNKS,
    "chunked_and_something_after": HEAD + b"transfer-encoding: chunked, identity\r\n\r\n" + CHUNKS,
    "bare_line_feeds": b"GET /healthz HTTP/1.1\nhost: x\n\n",
    "a_bare_line_feed_between_headers": b"GET /healthz HTTP/1.1\r\nhost: x\nx-a: b\r\n\r\n",
    "a_bare_line_feed_behind_a_chunk_length": HEAD
    + b"transfer-encoding: chunked\r\n\r\n%x\n%s\n0\n\n" % (len(BODY), BODY),
    "a_bare_carriage_return": b"GET /healthz HTTP/1.1\r\nhost: x\rx-a: b\r\n\r\n",
    "a_folded_header": b"GET /healthz HTTP/1.1\r\nhost: x\r\nx-a: b\r\n c\r\n\r\n",
    "nul_in_a_header": b"GET /healthz HTTP/1.1\r\nhost: x\r\nx-a: b\x00c\r\n\r\n",
    "nul_in_the_name_of_a_header": b"GET /healthz HTTP/1.1\r\nhost: x\r\nx\x00a: b\r\n\r\n",
    "a_space_before_the_colon": b"GET /healthz HTTP/1.1\r\nhost : x\r\n\r\n",
    "no_host": b"GET /healthz HTTP/1.1\r\n\r\n",
    "two_hosts": b"GET /healthz HTTP/1.1\r\nhost: x\r\nhost: y\r\n\r\n",
    "a_url_that_is_no_path": b"GET healthz HTTP/1.1\r\nhost: x\r\n\r\n",
    "a_url_with_a_tab": b"GET /healthz\t HTTP/1.1\r\nhost: x\r\n\r\n",
    "a_url_that_is_not_ascii": "GET /é HTTP/1.1\r\nhost: x\r\n\r\n".encode(),
    "an_asterisk": b"OPTIONS * HTTP/1.1\r\nhost: x\r\n\r\n",
    "a_proxy_request": b"CONNECT x:443 HTTP/1.1\r\nhost: x:443\r\n\r\n",
    "an_upgrade_with_a_body": HEAD
    + b"connection: upgrade\r\nupgrade: h2c\r\ncontent-length: 24\r\n\r\n"
    + BODY,
}


@pytest.mark.parametrize("name", MALFORMED)
def test_it_is_refused_with_400_and_what_follows_is_not_read(quick: Server, name: str) -> None:
    assert only(ask(quick, MALFORMED[name] + SMUGGLED)) == (400, "BAD_REQUEST")


@pytest.mark.parametrize("coding", [b"gzip, chunked", b"xchunked", b"identity", b"chunked;q=1"])
def test_codings_that_are_not_understood_are_refused(quick: Server, coding: bytes) -> None:
    request = HEAD + b"transfer-encoding: " + coding + b"\r\n\r\n" + CHUNKS
    status, code = only(ask(quick, request + SMUGGLED))
    assert status in {400, 501}
    assert code == "BAD_REQUEST"


def test_chunks_in_http_1_0_are_refused(quick: Server) -> None:
    request = HEAD.replace(b"1.1", b"1.0") + b"transfer-encoding: chunked\r\n\r\n" + CHUNKS
    assert only(ask(quick, request + SMUGGLED)) == (501, "BAD_REQUEST")


@pytest.mark.parametrize("line", [b"GET /healthz", b"GET /healthz HTTP/2.0"])
def test_other_versions_are_refused(quick: Server, line: bytes) -> None:
    assert only(ask(quick, line + b"\r\nhost: x\r\n\r\n"))[0] in {400, 505}


def test_a_refusal_comes_behind_the_answers_to_what_was_well_formed(quick: Server) -> None:
    first, second, third = ask(quick, POST + GET + MALFORMED["not_http"])
    assert [first.status, second.status, third.status] == [200, 200, 400]
    assert first.body == b'{"data":{"__typename":"Query"}}'


def test_a_chunk_that_is_malformed_behind_others_is_refused(quick: Server) -> None:
    request = HEAD + b"transfer-encoding: chunked\r\n\r\n1\r\n{\r\nzz\r\n"
    assert only(ask(quick, POST + request)[1:]) == (400, "BAD_REQUEST")


def test_trailers_are_no_headers(quick: Server) -> None:
    """Whoever is in front of us may have checked the headers only."""
    trailers = b"0\r\ncontent-type: application/json\r\nx-request-id: trailing\r\n\r\n"
    head = HEAD.replace(b"content-type: application/json\r\n", b"")
    request = head + b"transfer-encoding: chunked\r\n\r\n%x\r\n%s\r\n" % (len(BODY), BODY)
    (reply,) = ask(quick, request + trailers)
    assert reply.code == "MEDIA_TYPE_UNSUPPORTED"
    assert reply.headers["x-request-id"] != "trailing"


def test_the_host_of_an_absolute_url_decides_nothing(quick: Server) -> None:
    (reply,) = ask(quick, b"GET http://evil.example/healthz HTTP/1.1\r\nhost: x\r\n\r\n")
    assert reply.status == 200
    assert b"evil" not in reply.body


def test_two_hundred_requests_at_once_are_no_more_than_a_hundred_and_thirty(quick: Server) -> None:
    """One is answered and 128 wait."""
    replies = ask(quick, GET * 200)
    assert [reply.status for reply in replies] == [200] * 129 + [400]


def test_an_upgrade_to_something_else_is_answered_as_if_it_were_none(quick: Server) -> None:
    """As curl and others offer it (RFC 9110, section 7.8)."""
    request = GET.replace(b"\r\n\r\n", b"\r\nconnection: upgrade\r\nupgrade: h2c\r\n\r\n")
    (reply,) = ask(quick, request + SMUGGLED)
    assert (reply.status, reply.headers["connection"]) == (200, "close")


def test_a_refusal_has_the_headers_that_every_answer_has(quick: Server) -> None:
    (refused,) = ask(quick, MALFORMED["not_http"])
    with Wire(quick) as wire:
        wire.send(GET)
        answered = wire.reply()
    own = {"x-request-id", "vary", "connection", "content-length", "cache-control"}
    assert set(answered.headers) - set(refused.headers) <= own
