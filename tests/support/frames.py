"""WebSocket frames, well-formed and not, byte by byte."""

from __future__ import annotations

import struct

from tests.support.process import Server
from tests.support.wire import Wire

HANDSHAKE = (
    b"GET /graphql HTTP/1.1\r\nhost: x\r\nconnection: upgrade\r\nupgrade: websocket\r\n"
    b"sec-websocket-version: 13\r\nsec-websocket-key: AAAAAAAAAAAAAAAAAAAAAA==\r\n"
    b"sec-websocket-protocol: graphql-transport-ws\r\n\r\n"
)
TEXT, PING = 1, 9
INIT = b'{"type":"connection_init"}'


def frame(opcode: int, data: bytes = b"", *, final: bool = True) -> bytes:
    """From a client, with a mask of zeros (RFC 6455, section 5.2)."""
    size = len(data)
    length = struct.pack("!B", size | 128) if size < 126 else struct.pack("!BH", 254, size)
    return bytes([opcode | (128 if final else 0)]) + length + bytes(4) + data


def opened(server: Server, *, initialised: bool = True, **given: int) -> Wire:
    wire = Wire(server, **given)
    wire.send(HANDSHAKE)
    assert wire.reply().status == 101
    if initialised:
        wire.send(frame(TEXT, INIT))
        assert b"connection_ack" in wire.socket.recv(1000)
    return wire
