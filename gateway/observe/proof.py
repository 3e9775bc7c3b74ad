"""Whether the lines of an audit trail are those that were written, in their order."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import BinaryIO

from gateway.errors import Reason, SealgateError
from gateway.observe.chain import MAX_LINE, NO_LINE, Head, digest_of, read_entry

# More would only say the same once more.
_MOST_FAULTS = 100


@dataclass(frozen=True)
class Fault:
    """What is wrong with a line. line: counted from 1 in its file."""

    path: str
    line: int
    message: str


@dataclass
class Proof:
    """lines: how many there are; first: the number of the first; continues: whether it follows a
    line that is in none of the files; head: the last line."""

    lines: int = 0
    first: int = 0
    continues: bool = False
    head: Head = field(default_factory=Head)
    faults: list[Fault] = field(default_factory=list)

    @property
    def holds(self) -> bool:
        return not self.faults


def prove(paths: Iterable[Path], noted: Head | None = None) -> Proof:
    """Follow the chain through files, oldest first.

    noted: a line that somebody wrote down earlier, which must still be there; without one, nobody
    can tell whether lines are missing at the end. Raises SealgateError for a file that cannot be
    read.
    """
    proof = Proof()
    is_there = noted is None
    path = Path()
    for path in paths:
        for number, line in enumerate(_lines(path), start=1):
            fault = _follow(proof, line)
            if fault and len(proof.faults) < _MOST_FAULTS:
                proof.faults.append(Fault(str(path), number, fault))
            is_there = is_there or proof.head == noted
    if noted is not None and not is_there:
        message = f"line {noted.seq} is missing, or it is not the one that was noted"
        proof.faults.append(Fault(str(path), 0, message))
    return proof


def _follow(proof: Proof, line: bytes) -> str:
    """Go one line on. Returns what is wrong with it, if something is."""
    before, proof.lines = proof.head, proof.lines + 1
    content = line.removesuffix(b"\n")
    entry = read_entry(content)
    seq = before.seq + 1 if entry is None else entry["seq"]
    proof.head = Head(seq, digest_of(content))
    if content == line:
        return "half a line, or one that is too long"
    if entry is None:
        return "not an entry: it was changed, or somebody else wrote it"
    if proof.lines == 1:
        proof.first, proof.continues = seq, entry["previous"] != NO_LINE
        return "" if proof.continues or seq == 1 else "lines before it are missing"
    if entry["previous"] != before.digest:
        return "does not follow the line before it: one of the two was changed, or some are missing"
    return "" if seq == before.seq + 1 else f"its number is {seq}, where {before.seq + 1} follows"


def _lines(path: Path) -> Iterator[bytes]:
    try:
        with path.open("rb") as file:
            yield from _bounded(file)
    except FileNotFoundError:
        raise SealgateError(Reason.FILE_NOT_FOUND, "no such file", path=str(path)) from None
    except OSError as error:
        message = (error.strerror or str(error)).lower()
        raise SealgateError(Reason.FILE_UNREADABLE, message, path=str(path)) from None


def _bounded(file: BinaryIO) -> Iterator[bytes]:
    """Lines, and of one that is too long pieces, none of which is an entry."""
    while line := file.readline(MAX_LINE):
        yield line
