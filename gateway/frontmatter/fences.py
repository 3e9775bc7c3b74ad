"""Cutting a file into front matter and body at its two fences."""

from __future__ import annotations

import re
from dataclasses import dataclass

from gateway.errors import FrontMatterError, Reason

# A fence is a line of its own. `---` inside a URL or a value never is, and YAML gives `---` at the
# start of a line no other meaning than a document marker (YAML 1.2.2, section 9.1.2).
_FENCE = re.compile(rb"^---[ \t]*(?:\r?\n|\Z)", re.MULTILINE)


@dataclass(frozen=True)
class Sections:
    """yaml: bytes strictly between the fences, body: bytes after the second one.

    yaml_line is the line number, from 1, of the first byte of `yaml`.
    """

    yaml: bytes
    body: bytes
    yaml_start: int
    yaml_line: int = 2


def split(data: bytes) -> Sections:
    """Sections of a record file.

    Raises FrontMatterError: FILE_INCOMPLETE for an empty file or one that ends before its second
    fence, which is what a writer caught in the act looks like; FRONT_MATTER_MISSING when the first
    line is not a fence.
    """
    if not data:
        raise FrontMatterError(Reason.FILE_INCOMPLETE, "the file is empty", line=1)
    opening = _FENCE.match(data)
    if opening is None:
        raise FrontMatterError(
            Reason.FRONT_MATTER_MISSING,
            "the first line is not ---",
            line=1,
            hint="Start the file with a line of three hyphens, without a byte order mark.",
        )
    closing = _FENCE.search(data, opening.end())
    if closing is None:
        raise FrontMatterError(
            Reason.FILE_INCOMPLETE,
            "the front matter is never closed",
            line=data.count(b"\n") + 1,
            hint="End the front matter with a line of three hyphens.",
        )
    start = opening.end()
    return Sections(data[start : closing.start()], data[closing.end() :], yaml_start=start)
