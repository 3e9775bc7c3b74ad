"""Trusted documents: the manifest of all that an application was built to ask.

Three forms are read, as the tools write them: Apollo's persisted query manifest, and objects of
names and texts, which Relay's compiler and GraphQL Code Generator write.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path
from typing import Any

from gateway.errors import Reason, SettingsError
from gateway.execution.executor import Executor
from gateway.json_object import read_object

_APOLLO = "apollo-persisted-query-manifest"
_HINT = "Write the manifest anew with the tool that made it, against this gateway's schema."


@dataclass(frozen=True)
class _Document:
    """id: what clients call it; title: what people call it."""

    id: str
    title: str
    text: str


class TrustedDocuments:
    """The texts of a manifest, by the names that it gives them and by the SHA-256 of the text.

    The prefix `sha256:` of a name says what it is (GraphQL over HTTP, appendix on persisted
    documents); without it a name of the manifest goes first.
    """

    def __init__(self, texts: Mapping[str, str]) -> None:
        self._hashes = {text_hash(text): text for text in texts.values()}
        self._texts = {**self._hashes, **texts}

    def text(self, name: str) -> str | None:
        prefix, colon, rest = name.partition(":")
        if colon and prefix == "sha256" and name not in self._texts:
            return self._hashes.get(rest)
        return self._texts.get(name)

    def __contains__(self, text: str) -> bool:
        return text_hash(text) in self._hashes


NO_DOCUMENTS = TrustedDocuments({})


def text_hash(text: str) -> str:
    """The SHA-256 of a document's text, as clients write it: hexadecimal, in lower case."""
    return sha256(text.encode("utf-8")).hexdigest()


def read_documents(path: Path, executor: Executor) -> TrustedDocuments:
    """The documents of a manifest, each of which the executor would execute.

    Raises SettingsError(DOCUMENTS_FILE) naming the operation that it would not.
    """
    try:
        members = read_object(path.read_bytes())
    except OSError as error:
        raise _bad(f"cannot be read: {(error.strerror or str(error)).lower()}", path) from None
    except ValueError as error:
        raise _bad(f"not a manifest: {error}", path) from None
    texts: dict[str, str] = {}
    for document in _documents(members, path):
        if texts.setdefault(document.id, document.text) != document.text:
            raise _bad(f"the id {document.id[:100]!r} stands for two documents", path)
        refusal = executor.check(document.text)
        if refusal is not None:
            problem = _first_problem(refusal.document["errors"])
            raise _bad(f"{document.title}: {problem}", path)
    return TrustedDocuments(texts)


def _documents(members: Mapping[str, Any], path: Path) -> Iterable[_Document]:
    """Raises SettingsError(DOCUMENTS_FILE)."""
    match members:
        case {"format": format_, "version": version, "operations": list(operations)}:
            if (format_, version) != (_APOLLO, 1):
                raise _bad(f"only {_APOLLO}, version 1, is read in this form", path)
            return [_entry(entry, number, path) for number, entry in enumerate(operations, 1)]
    if bad := [name for name, text in members.items() if not isinstance(text, str)]:
        raise _bad(f"the document {bad[0][:100]!r} is not a string", path)
    return [_Document(name, f"the document {name[:100]!r}", text) for name, text in members.items()]


def _entry(entry: object, number: int, path: Path) -> _Document:
    match entry:
        case {"id": str(id_), "name": str(name), "body": str(body)} if id_:
            return _Document(id_, f"the operation {name[:100]} ({id_[:100]})", body)
    raise _bad(f"operation {number} lacks an id, a name or a body", path)


def _first_problem(errors: list[dict[str, Any]]) -> str:
    first = errors[0]
    for place in first.get("locations", ()):
        return f"{first['message']} (line {place['line']}, column {place['column']})"
    return str(first["message"])


def _bad(message: str, path: Path) -> SettingsError:
    return SettingsError(Reason.DOCUMENTS_FILE, message, path=str(path), hint=_HINT)
