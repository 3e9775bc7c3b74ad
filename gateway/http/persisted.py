"""Which document a request means: the one that it brings, or one that it names.

Automatic persisted queries are Apollo's protocol: a client sends the hash of a document; where that
is not known it sends the text beside the hash, once, and the hash alone from then on.
"""

from __future__ import annotations

from cachetools import LRUCache

from gateway.errors import QueryError, Reason
from gateway.execution.executor import Answer, Executor, Operation, Prepared, refused_by
from gateway.http.documents import TrustedDocuments, text_hash
from gateway.http.request import Asked

# What one remembered text takes beside itself, in bytes, rounded up; its characters take up to 4.
_OVERHEAD = 512


def _weight(text: str) -> int:
    return _OVERHEAD + 4 * len(text)


class Documents:
    """The documents that may be executed here.

    trusted: those of a manifest; only_trusted: whether there are no others; capacity: memory for
    texts that clients gave us to remember, in bytes, 0 for none. What does not parse, keep the
    limits and fit the schema is never remembered.
    """

    def __init__(
        self,
        executor: Executor,
        trusted: TrustedDocuments,
        *,
        only_trusted: bool,
        capacity: int,
    ) -> None:
        self._executor = executor
        self._trusted = trusted
        self._only_trusted = only_trusted
        self._remembered: LRUCache[str, str] = LRUCache(capacity, getsizeof=_weight)

    def prepare(self, asked: Asked) -> Prepared | Answer:
        """Never raises: what cannot be executed has been answered with `errors`."""
        try:
            text = self._named(asked) if asked.query is None else self._given(asked, asked.query)
        except QueryError as error:
            return refused_by(error)
        prepared = self._executor.prepare(Operation(text, asked.variables, asked.name))
        if isinstance(prepared, Prepared) and asked.query is not None and asked.sha256 is not None:
            self._remember(text)
        return prepared

    def text_at_hand(self, asked: Asked) -> str | None:
        """The text of a request that brings one that may be executed, where there is nothing to
        look up and nothing to remember."""
        if asked.query is None or asked.sha256 is not None:
            return None
        return None if self._only_trusted and asked.query not in self._trusted else asked.query

    def _given(self, asked: Asked, text: str) -> str:
        """The text of a request that brings one. Raises QueryError."""
        sha256 = asked.sha256
        if sha256 is not None and sha256 != text_hash(text) and self._trusted.text(sha256) != text:
            message = "sha256Hash is not the SHA-256 of the query that stands beside it"
            raise QueryError(Reason.PERSISTED_QUERY_HASH_MISMATCH, message)
        if self._only_trusted and text not in self._trusted:
            raise _not_trusted()
        return text

    def _named(self, asked: Asked) -> str:
        """The text of a request that names one. Raises QueryError."""
        for name in (asked.document_id, asked.sha256):
            text = None if name is None else self._trusted.text(name)
            if text is not None:
                return text
        if asked.sha256 is None or self._only_trusted:
            raise _not_trusted()
        if not self._remembered.maxsize:
            # Some clients look at these two messages, and not at the codes.
            code = Reason.PERSISTED_QUERY_NOT_SUPPORTED
            raise QueryError(code, "PersistedQueryNotSupported")
        text = self._remembered.get(asked.sha256)
        if text is None:
            raise QueryError(Reason.PERSISTED_QUERY_NOT_FOUND, "PersistedQueryNotFound")
        return text

    def _remember(self, text: str) -> None:
        if _weight(text) <= self._remembered.maxsize and text not in self._trusted:
            self._remembered[text_hash(text)] = text


def _not_trusted() -> QueryError:
    return QueryError(
        Reason.DOCUMENT_NOT_TRUSTED,
        "this document is not among those that are trusted here",
        hint="Name a document of the manifest, by its id.",
    )
