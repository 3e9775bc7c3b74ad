"""The workers behind one port, and how the one that is scraped learns the numbers of the others.

docs/adr/0014-one-scrape-sees-all-workers.md says why each is asked at that moment.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import asynccontextmanager, contextmanager, suppress
from pathlib import Path
from tempfile import TemporaryDirectory

import structlog

log = structlog.get_logger("sealgate.metrics")

# Seconds that another worker may take to answer: a scrape must end, whatever that one does.
_PATIENCE = 2.0
_SUFFIX = ".sock"
_MOST = 1 << 24


@contextmanager
def meeting_place() -> Iterator[Path | None]:
    """A folder that nobody else may enter, for as long as the workers live; None where there is no
    place for one, as in a container that may write nothing but its store."""
    try:
        folder = TemporaryDirectory(prefix="sealgate-", ignore_cleanup_errors=True)
    except OSError as error:
        log.warning("metrics_not_shared", message=str(error))
        yield None
        return
    with folder as name:
        yield Path(name)


class Siblings:
    """number: of this worker; own: what it answers; folder: where the sockets are, which nobody
    else may enter, None for a single worker."""

    def __init__(self, number: int, own: Callable[[], bytes], folder: Path | None = None) -> None:
        self._number = number
        self._own = own
        self._folder = folder

    @asynccontextmanager
    async def listening(self) -> AsyncIterator[None]:
        """The block during which others can ask this worker."""
        if self._folder is None:
            yield
            return
        path = self._folder / f"{self._number}{_SUFFIX}"
        path.unlink(missing_ok=True)  # a worker that died left its own behind
        try:
            server = await asyncio.start_unix_server(self._answer, path)
        except OSError as error:
            # The name may be too long for a socket, where TMPDIR is.
            log.warning("metrics_not_shared", message=str(error))
            yield
            return
        async with server:
            yield
        path.unlink(missing_ok=True)

    async def _answer(self, _reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        with suppress(OSError):
            writer.write(await asyncio.to_thread(self._own))
            await writer.drain()
        writer.close()

    async def gather(self) -> dict[str, bytes]:
        """The answers by the number of the worker: always one's own, and those of all others that
        answer in time."""
        own = str(self._number)
        others = [path for path in self._sockets() if path.stem != own]
        found = await asyncio.gather(asyncio.to_thread(self._own), *(map(_ask, others)))
        names = [own, *(path.stem for path in others)]
        answers = {name: answer for name, answer in zip(names, found, strict=True) if answer}
        return dict(sorted(answers.items()))

    def _sockets(self) -> list[Path]:
        return [] if self._folder is None else sorted(self._folder.glob(f"*{_SUFFIX}"))


async def _ask(path: Path) -> bytes:
    """Nothing, where nobody answers: a worker that ended, or one that is stuck."""
    try:
        async with asyncio.timeout(_PATIENCE):
            reader, writer = await asyncio.open_unix_connection(path, limit=_MOST)
            try:
                return await reader.read()
            finally:
                writer.close()
    except (OSError, TimeoutError):
        return b""
