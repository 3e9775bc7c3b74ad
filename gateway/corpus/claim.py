"""From a file to the record that it claims to be."""

from __future__ import annotations

from pathlib import Path

from gateway.canonical.record import encode_record
from gateway.corpus.layout import is_data_path, printable_path
from gateway.envelope.envelope import read_secured
from gateway.errors import FrontMatterError, Reason, SealgateError
from gateway.frontmatter.document import Document, parse, parse_data
from gateway.frontmatter.limits import Limits
from gateway.frontmatter.source import read_regular
from gateway.records.raw import RawRecord


def read_record_file(root: Path, path: str, limits: Limits) -> bytes:
    """The bytes of the record file at `path` below `root`. Raises FrontMatterError."""
    try:
        path.encode("utf-8")
    except UnicodeEncodeError:
        message = "the file's name is not UTF-8"
        raise FrontMatterError(
            Reason.PATH_UNUSABLE, message, path=printable_path(path), hint="Rename the file."
        ) from None
    return read_regular(root / path, limits.file_bytes)


def parse_record(path: str, data: bytes, limits: Limits) -> Document:
    """The file content `data`, read as its path asks for. Raises FrontMatterError."""
    return parse_data(data, limits) if is_data_path(path) else parse(data, limits)


def claim(corpus: str, path: str, document: Document) -> RawRecord:
    """The record that a parsed file claims to be. Raises EnvelopeError or CanonicalError."""
    canonical = encode_record(corpus, path, document.fields, document.body)
    secured = read_secured(document.fields.get("secured"))
    return RawRecord(corpus, path, canonical, document.body, secured)


def claim_bytes(corpus: str, path: str, data: bytes, limits: Limits) -> RawRecord:
    """The same from a file's bytes. Raises SealgateError with `path`, and nothing else."""
    try:
        return claim(corpus, path, parse_record(path, data, limits))
    except SealgateError as error:
        raise error.at(path) from None


def claim_file(corpus: str, root: Path, path: str, limits: Limits) -> RawRecord:
    """The same from the file system. Raises SealgateError with `path`, and nothing else."""
    try:
        return claim_bytes(corpus, path, read_record_file(root, path, limits), limits)
    except SealgateError as error:
        raise error.at(printable_path(path)) from None
