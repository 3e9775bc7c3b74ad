"""Clients that take their time, or all of it."""

from __future__ import annotations

import threading

import pytest

from tests.support.process import Server
from tests.support.wire import BODY, GET, HEAD, POST, Wire, answers, only

pytestmark = pytest.mark.alone

CHUNKED = HEAD + b"transfer-encoding: chunked\r\n\r\n"
WITH_LENGTH = HEAD + b"content-length: 24\r\n\r\n"


def dribble(wire: Wire, data: bytes, ended: threading.Event) -> None:
    """A byte now and then, as long as the connection stands."""
    while not ended.wait(0.05):
        wire.send(data)


@pytest.mark.parametrize("half", [b"GET / HT", b"GET / HTTP/1.1\r\nhost: x\r\nx-a: b", b"\r\n"])
def test_headers_that_do_not_end_are_answered_with_408(quick: Server, half: bytes) -> None:
    with Wire(quick) as wire:
        wire.send(half)
        assert only(wire.replies()) == (408, "REQUEST_TIMEOUT")


def test_a_connection_on_which_nothing_is_asked_is_closed(quick: Server) -> None:
    with Wire(quick) as wire:
        assert wire.rest() == b""


@pytest.mark.parametrize(
    "half", [WITH_LENGTH, WITH_LENGTH + BODY[:5], CHUNKED, CHUNKED + b"5\r\n{", CHUNKED + b"1;ab"]
)
def test_a_body_that_does_not_end_is_answered_with_408(quick: Server, half: bytes) -> None:
    with Wire(quick) as wire:
        wire.send(half)
        assert only(wire.replies()) == (408, "REQUEST_TIMEOUT")


@pytest.mark.parametrize(
    ("before", "byte"),
    [
        (b"", b"\n"),
        (b"GET /", b"a"),
        (b"GET / HTTP/1.1\r\nhost: x\r\n", b"a: b\r\n"),
        (HEAD + b"content-length: 100000\r\n\r\n", b" "),
        (CHUNKED, b"1\r\n \r\n"),
        (CHUNKED + b"1;", b"a"),
        (CHUNKED + b"0\r\n", b"a: b\r\n"),
    ],
    ids=["nothing", "url", "headers", "body", "chunks", "extension", "trailers"],
)
def test_a_byte_now_and_then_gains_no_time(quick: Server, before: bytes, byte: bytes) -> None:
    ended = threading.Event()
    with Wire(quick) as wire:
        wire.send(before)
        dribbling = threading.Thread(target=dribble, args=(wire, byte, ended))
        dribbling.start()
        try:
            assert only(wire.replies()) == (408, "REQUEST_TIMEOUT")
        finally:
            ended.set()
            dribbling.join()


def test_a_connection_is_closed_when_no_further_request_comes(quick: Server) -> None:
    with Wire(quick) as wire:
        wire.send(POST)
        (reply,) = wire.replies()
        assert reply.status == 200
        assert "connection" not in reply.headers


def test_the_next_request_has_its_own_time(quick: Server) -> None:
    with Wire(quick) as wire:
        for _ in range(3):
            wire.send(POST)
            assert wire.reply().status == 200
        wire.send(b"GET / HTTP/1.1\r\n")
        assert only(wire.replies()) == (408, "REQUEST_TIMEOUT")


def test_half_a_request_behind_another_does_not_cost_that_one_its_answer(quick: Server) -> None:
    with Wire(quick) as wire:
        wire.send(POST + b"GET / HT")
        first, second = wire.replies()
        assert (first.status, second.status) == (200, 408)


def test_line_ends_between_requests_do_not_keep_a_connection(quick: Server) -> None:
    ended = threading.Event()
    with Wire(quick) as wire:
        wire.send(GET)
        assert wire.reply().status == 200
        dribbling = threading.Thread(target=dribble, args=(wire, b"\r\n", ended))
        dribbling.start()
        try:
            assert only(wire.replies()) == (408, "REQUEST_TIMEOUT")
        finally:
            ended.set()
            dribbling.join()


def test_a_hundred_and_twenty_slow_clients_are_all_cut_and_nobody_waits_for_them(
    quick: Server,
) -> None:
    wires = [Wire(quick) for _ in range(120)]
    for wire in wires:
        wire.send(b"GET / HTTP/1.1\r\nhost: x\r\nx-a: ")
    assert answers(quick)
    assert {only(wire.replies()) for wire in wires} == {(408, "REQUEST_TIMEOUT")}
    for wire in wires:
        wire.socket.close()
