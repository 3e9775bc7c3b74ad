"""The files that docs/clients.md shows, for tests to run as they stand there."""

from __future__ import annotations

import re
from pathlib import Path

from tests.support.process import Server

_PAGE = Path(__file__).parents[2] / "docs/clients.md"
_URL = "http://127.0.0.1:8000/graphql"
_SOCKET_URL = "ws://127.0.0.1:8000/graphql"
_SECTION = re.compile(r"^## ([^\n]+)\n(.*?)(?=^## |\Z)", re.MULTILINE | re.DOTALL)
# The first line of a block says, in a comment of its language, which file it is.
_FILE = re.compile(r"^```\w+\n(?://|#) (\S+\.\w+)\n(.*?)^```$", re.MULTILINE | re.DOTALL)


def snippets(section: str) -> dict[str, str]:
    """The text of each file shown under a heading, by its name."""
    sections = dict(_SECTION.findall(_PAGE.read_text(encoding="utf-8")))
    return dict(_FILE.findall(sections[section]))


def write_snippets(section: str, folder: Path, server: Server | None = None) -> list[str]:
    """Write the files shown under a heading into a folder; their names, in the page's order.

    server: which one they speak with instead of the one that the page names.
    """
    found = snippets(section)
    assert found, f"nothing is shown under {section}"
    for name, text in found.items():
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_text(_addressed(text, server), encoding="utf-8")
    return list(found)


def _addressed(text: str, server: Server | None) -> str:
    if server is None:
        return text
    return text.replace(_URL, server.url).replace(_SOCKET_URL, server.socket_url)
