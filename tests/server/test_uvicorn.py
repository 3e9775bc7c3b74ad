"""gateway.server builds on the inside of uvicorn, which may change with any version."""

from __future__ import annotations

import uvicorn


def test_it_is_the_version_that_was_read() -> None:
    """With another one, read what changed in protocols/http/httptools_impl.py,
    protocols/websockets/websockets_sansio_impl.py and server.py, and then change this line."""
    assert uvicorn.__version__.startswith("0.54.")
