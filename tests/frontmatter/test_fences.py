"""Where front matter begins and ends."""

from __future__ import annotations

import pytest

from gateway.errors import FrontMatterError, Reason
from gateway.frontmatter.fences import split, split_data


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


@pytest.mark.parametrize(
    ("data", "yaml", "line"),
    [
        (b"a: 1\n", b"a: 1\n", 1),
        (b"a: 1", b"a: 1", 1),
        (b"---\na: 1", b"a: 1", 2),
        (b"---\na: 1\n---\n", b"a: 1\n", 2),
        (b"a: 1\n---", b"a: 1\n", 1),
        (b"a: 1\n---\n\n \t\n", b"a: 1\n", 1),
        (b"---\r\na: 1\r\n---\r\n\r\n", b"a: 1\r\n", 2),
        (b"\n\na: 1\n", b"\n\na: 1\n", 1),
        (b"a: x\n ---\n----\n", b"a: x\n ---\n----\n", 1),
        (b"---\n---\n", b"", 2),
        (b"--- # no fence\na: 1\n", b"--- # no fence\na: 1\n", 1),
    ],
)
def test_a_data_file_is_yaml_with_or_without_fences(data: bytes, yaml: bytes, line: int) -> None:
    sections = split_data(data)
    assert (sections.yaml, sections.body, sections.yaml_line) == (yaml, b"", line)
    assert data[sections.yaml_start :].startswith(yaml)


@pytest.mark.parametrize("data", [b"", b"\n", b" \t\r\n\r\n", b"---", b"---\n", b"---\n\n \n"])
def test_a_data_file_that_holds_nothing_yet_is_incomplete(data: bytes) -> None:
    with pytest.raises(FrontMatterError) as caught:
        split_data(data)
    assert (caught.value.code, caught.value.line) == (Reason.FILE_INCOMPLETE, 1)


@pytest.mark.parametrize(
    ("data", "line"),
    [
        (b"a: 1\n---\nb: 2\n", 3),
        (b"a: 1\n---\n---\n", 3),
        (b"---\na: 1\n---\n\n\n# a comment", 6),
        (b"---\r\na: 1\r\n---\r\n\r\nbody\r\n", 5),
        (b"# a comment\n---\na: 1\n", 3),
        (b"\n---\na: 1\n---\n", 3),
        (b"a: 1\n---\n\xff", 3),
    ],
)
def test_only_blank_lines_may_follow_the_closing_fence_of_a_data_file(
    data: bytes, line: int
) -> None:
    with pytest.raises(FrontMatterError) as caught:
        split_data(data)
    assert (caught.value.code, caught.value.line) == (Reason.YAML_SECOND_DOCUMENT, line)
    assert caught.value.hint
