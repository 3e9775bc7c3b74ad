"""Things that are put down one batch after the other, and taken up again in that order."""

from __future__ import annotations

import os
import pickle
import tempfile
from collections.abc import Iterator, Sequence
from types import TracebackType
from typing import Generic, Self, TypeVar

from gateway.errors import Reason, StoreError

T = TypeVar("T")

# Up to so many bytes stay in memory; what is more goes to a file without a name.
_IN_MEMORY = 1 << 26


class Spool(Generic[T]):
    """Batches that need not fit into memory together; len() counts what is in them.

    Nobody else can get at the file: it is removed from its folder before anything is written.
    """

    def __init__(self, in_memory: int = _IN_MEMORY) -> None:
        self._file = tempfile.SpooledTemporaryFile(in_memory)  # noqa: SIM115  closed by __exit__
        self._count = 0

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self._file.close()

    def __len__(self) -> int:
        return self._count

    def put(self, batch: Sequence[T]) -> None:
        """Raises StoreError(STORE_FULL) where there is no room."""
        if not batch:
            return
        try:
            pickle.dump(batch, self._file, pickle.HIGHEST_PROTOCOL)
        except OSError as error:
            message = f"no room for what was read: {os.strerror(error.errno or 0).lower()}"
            hint = "Make room where TMPDIR points."
            raise StoreError(Reason.STORE_FULL, message, hint=hint) from None
        self._count += len(batch)

    def batches(self) -> Iterator[Sequence[T]]:
        """Everything so far, from the start."""
        end = self._file.tell()
        self._file.seek(0)
        while self._file.tell() < end:
            yield pickle.load(self._file)  # noqa: S301  nobody else can have written it
