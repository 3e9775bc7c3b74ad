"""A whole record file, parsed."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from gateway.errors import FrontMatterError, Reason
from gateway.frontmatter.composer import Value, compose
from gateway.frontmatter.fences import Sections, split, split_data
from gateway.frontmatter.limits import Limits


@dataclass(frozen=True)
class Document:
    """fields: the front matter; body: bytes after it; key_starts: index of the first character of
    each top-level key in the YAML text.

    sections keeps where the front matter lies in the file, for `seal`, which rewrites one key and
    leaves every other byte alone.
    """

    fields: dict[str, Value]
    body: bytes
    key_starts: dict[str, int]
    sections: Sections


def parse(data: bytes, limits: Limits) -> Document:
    """Front matter and body of the file content `data`. Raises FrontMatterError, and only that."""
    return _parse(data, limits, split)


def parse_data(data: bytes, limits: Limits) -> Document:
    """The same of a data file: it is all front matter. Raises FrontMatterError, and only that."""
    return _parse(data, limits, split_data)


def _parse(data: bytes, limits: Limits, cut: Callable[[bytes], Sections]) -> Document:
    if len(data) > limits.file_bytes:
        message = f"larger than {limits.file_bytes} bytes"
        raise FrontMatterError(Reason.FILE_TOO_LARGE, message)
    sections = cut(data)
    text = _decode(sections)
    if text.startswith("\ufeff"):
        raise _byte_order_mark(sections.yaml_line)
    fields, starts = compose(text, limits, sections.yaml_line)
    if not isinstance(fields, dict):
        message = "the front matter is not a mapping"
        line = sections.yaml_line
        raise FrontMatterError(Reason.FRONT_MATTER_NOT_MAPPING, message, line=line)
    return Document(fields, sections.body, starts, sections)


def _byte_order_mark(line: int) -> FrontMatterError:
    # libyaml skips one at the start of its text; to other readers it is part of the first key.
    return FrontMatterError(
        Reason.YAML_SYNTAX,
        "the YAML begins with a byte order mark",
        line=line,
        hint="Save the file as UTF-8 without a byte order mark.",
    )


def _decode(sections: Sections) -> str:
    """Both parts must be UTF-8: the body is served as text, too."""
    try:
        sections.body.decode("utf-8")
        return sections.yaml.decode("utf-8")
    except UnicodeDecodeError as error:
        before = error.object[: error.start].count(b"\n")
        in_yaml = error.object == sections.yaml
        line = before + sections.yaml_line
        if not in_yaml:
            line += sections.yaml.count(b"\n") + 1
        raise FrontMatterError(
            Reason.NOT_UTF8,
            f"byte 0x{error.object[error.start]:02x} is not UTF-8",
            line=line,
            hint="Save the file as UTF-8.",
        ) from None
