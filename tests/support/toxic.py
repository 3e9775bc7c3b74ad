"""A TCP proxy that does to a connection what networks and servers do."""

from __future__ import annotations

import asyncio
import socket
import struct
import threading
from collections.abc import Coroutine, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field

_RESET = struct.pack("ii", 1, 0)  # SO_LINGER: close(2) sends RST


@dataclass
class Proxy:
    """latency: seconds before each piece of an answer; limit: bytes of the answer after which a
    connection is reset; slice: the answer comes in pieces of so many bytes."""

    target: int
    port: int = 0
    latency: float = 0.0
    limit: int | None = None
    slice: int | None = None
    _tasks: set[asyncio.Task[None]] = field(default_factory=set)
    _loop: asyncio.AbstractEventLoop = field(default_factory=asyncio.new_event_loop)
    _server: asyncio.Server | None = None
    _open: asyncio.Event = field(default_factory=asyncio.Event)

    def heal(self) -> None:
        self.latency, self.limit, self.slice = 0.0, None, None
        self._loop.call_soon_threadsafe(self._open.set)
        self._call(self._listen())

    def silence(self) -> None:
        """Connections are taken and stay, and nothing passes any more."""
        self._loop.call_soon_threadsafe(self._open.clear)

    def down(self) -> None:
        """Nobody listens, and whoever is connected is thrown out."""
        self._call(self._close())

    def reset(self) -> None:
        """Throws out whoever is connected; the next ones are let in."""
        self._call(self._cut())

    async def _listen(self) -> None:
        if self._server is None:
            self._server = await asyncio.start_server(self._pass, "127.0.0.1", self.port)
            self.port = self._server.sockets[0].getsockname()[1]

    async def _close(self) -> None:
        if self._server is not None:
            self._server.close()
            self._server = None
        await self._cut()

    async def _cut(self) -> None:
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)

    async def _pass(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.current_task()
        assert task is not None
        self._tasks.add(task)
        far: asyncio.StreamWriter | None = None
        try:
            near, far = await asyncio.open_connection("127.0.0.1", self.target)
            async with asyncio.TaskGroup() as both:
                both.create_task(self._pump(reader, far, answers=False))
                both.create_task(self._pump(near, writer, answers=True))
        except (OSError, ExceptionGroup, asyncio.CancelledError):
            writer.get_extra_info("socket").setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, _RESET)
        finally:
            self._tasks.discard(task)
            for end in (writer, far):
                if end is not None:
                    end.transport.abort()

    async def _pump(
        self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter, *, answers: bool
    ) -> None:
        passed = 0
        while data := await reader.read(self.slice or 1 << 16 if answers else 1 << 16):
            if answers:
                await asyncio.sleep(self.latency)
            await self._open.wait()
            passed += len(data)
            if answers and self.limit is not None and passed > self.limit:
                break
            writer.write(data)
            await writer.drain()
        raise ConnectionResetError  # so that the other direction ends as well

    def _call(self, work: Coroutine[None, None, None]) -> None:
        asyncio.run_coroutine_threadsafe(work, self._loop).result(30)

    def _run(self) -> None:
        asyncio.set_event_loop(self._loop)
        self._loop.run_forever()


@contextmanager
def proxied(target: int) -> Iterator[Proxy]:
    """A proxy in front of a port of this machine."""
    proxy = Proxy(target)
    thread = threading.Thread(target=proxy._run)
    thread.start()
    try:
        proxy.heal()
        yield proxy
    finally:
        with suppress(Exception):
            proxy.down()
        proxy._loop.call_soon_threadsafe(proxy._loop.stop)
        thread.join()
        proxy._loop.close()
