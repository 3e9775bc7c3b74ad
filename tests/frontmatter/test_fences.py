"""Where front matter begins and ends."""

from __future__ import annotations

import pytest

from gateway.errors import FrontMatterError, Reason
from gateway.frontmatter.fences import split


@pytest.mark.parametrize(
    ("data", "yaml", "body"),
    [
        (b"---\na: 1\n---\n", b"a: 1\n", b""),
        (b"---\na: 1\n---", b"a: 1\n", b""),
        (b"---\n---\n", b"", b""),
        (b"---\na: 1\n---\nbody\n---\nmore", b"a: 1\n", b"body\n---\nmore"),
        (b"---\r\na: 1\r\n---\r\nbody\r\n", b"a: 1\r\n", b"body\r\n"),
        (b"--- \t\na: 1\n---  \n\nx", b"a: 1\n", b"\nx"),
        (b"---\nurl: https://x.example/a---b\n---\n", b"url: https://x.example/a---b\n", b""),
        (b"---\na: x\n ---\n---\n", b"a: x\n ---\n", b""),
        (b"---\na: 1\n----\n---\n", b"a: 1\n----\n", b""),
    ],
)
def test_a_fence_is_a_line_of_its_own(data: bytes, yaml: bytes, body: bytes) -> None:
    sections = split(data)
    assert (sections.yaml, sections.body) == (yaml, body)
    assert data[sections.yaml_start :].startswith(yaml)


@pytest.mark.parametrize(
    ("data", "reason", "line"),
    [
        (b"", Reason.FILE_INCOMPLETE, 1),
        (b"---", Reason.FILE_INCOMPLETE, 1),
        (b"---\na: 1\nb: 2", Reason.FILE_INCOMPLETE, 3),
        (b"a: 1\n---\n", Reason.FRONT_MATTER_MISSING, 1),
        (b"\n---\n---\n", Reason.FRONT_MATTER_MISSING, 1),
        (b"\xef\xbb\xbf---\n---\n", Reason.FRONT_MATTER_MISSING, 1),
        (b"----\n---\n", Reason.FRONT_MATTER_MISSING, 1),
    ],
)
def test_a_file_without_both_fences_is_refused(data: bytes, reason: Reason, line: int) -> None:
    with pytest.raises(FrontMatterError) as caught:
        split(data)
    assert (caught.value.code, caught.value.line) == (reason, line)
