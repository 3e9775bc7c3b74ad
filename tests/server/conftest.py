"""One process for the tests that leave it as it was."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.support.folder import Folder
from tests.support.process import Server
from tests.support.wire import QUICK, answers, bounded


@pytest.fixture(scope="package")
def quick(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """Short time-outs; whatever was done to it, others are answered and no error was logged."""
    with bounded(Folder(tmp_path_factory.mktemp("quick")), **QUICK) as server:
        yield server
        assert answers(server)
        server.process.terminate()
        assert server.process.wait(15) == 0
        assert server.process.stderr is not None
        assert server.process.stderr.read() == ""
