"""Cutting a file at its fences: into front matter and body, or down to its YAML alone."""

from __future__ import annotations

import re
from dataclasses import dataclass

from gateway.errors import FrontMatterError, Reason

# A fence is a line of its own. `---` inside a URL or a value never is, and YAML gives `---` at the
# start of a line no other meaning than a document marker (YAML 1.2.2, section 9.1.2).
_FENCE = re.compile(rb"^---[ \t]*(?:\r?\n|\Z)", re.MULTILINE)
_NOT_BLANK = re.compile(rb"[^ \t\r\n]")


@dataclass(frozen=True)
class Sections:
    """yaml: bytes strictly between the fences, body: bytes after the second one; a data file has
    no body, and may do without fences.

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
        raise _empty()
    opening = _FENCE.match(data)
    if opening is None:
        raise FrontMatterError(
            Reason.FRONT_MATTER_MISSING,
            "the first line is not ---",
            line=1,
            hint="Start the file with a line of three hyphens, without a byte order mark.",
        )
    closing = _next_fence(data, opening.end())
    if closing is None:
        raise FrontMatterError(
            Reason.FILE_INCOMPLETE,
            "the front matter is never closed",
            line=data.count(b"\n") + 1,
            hint="End the front matter with a line of three hyphens.",
        )
    start = opening.end()
    return Sections(data[start : closing.start()], data[closing.end() :], yaml_start=start)


def _next_fence(data: bytes, start: int) -> re.Match[bytes] | None:
    """The first fence behind `start`, where a line begins."""
    # Searching with the pattern would try it at every byte.
    while (found := _FENCE.match(data, start)) is None:
        start = data.find(b"\n---", start) + 1
        if start == 0:
            return None
    return found


def split_data(data: bytes) -> Sections:
    """Sections of a data file: YAML, in fences or not, and an empty body.

    Raises FrontMatterError: FILE_INCOMPLETE for a file that holds nothing yet, which is what a
    writer caught in the act looks like; YAML_SECOND_DOCUMENT for anything behind a closing fence.
    """
    opening = _FENCE.match(data)
    start = opening.end() if opening else 0
    closing = _next_fence(data, start)
    if closing is not None:
        _refuse_more(data, closing.end())
    elif _NOT_BLANK.search(data, start) is None:
        raise _empty()
    end = closing.start() if closing else len(data)
    return Sections(data[start:end], b"", yaml_start=start, yaml_line=2 if opening else 1)


def _refuse_more(data: bytes, end: int) -> None:
    """Only blank lines may follow the closing fence, which ends at `end`."""
    more = _NOT_BLANK.search(data, end)
    if more is not None:
        raise FrontMatterError(
            Reason.YAML_SECOND_DOCUMENT,
            "something follows the closing ---",
            line=data.count(b"\n", 0, more.start()) + 1,
            hint="A data file is one mapping; only its first and its last line may be ---.",
        )


def _empty() -> FrontMatterError:
    return FrontMatterError(Reason.FILE_INCOMPLETE, "the file is empty", line=1)
