"""Operations, as they are prepared and answered, seen from where all transports meet."""

from __future__ import annotations

from typing import Any, Protocol

from gateway.errors import Reason, SealgateError
from gateway.execution.executor import Answer, Executor, MakeContext, Prepared
from gateway.http.persisted import Documents
from gateway.http.request import Asked
from gateway.spans import span

# What an operation is called of which no more is known than its refusal.
UNREAD = "unknown"

# An operation's name is the client's text; a trace takes as much of it as the log.
_MAX_NAME = 100


class Witness(Protocol):
    """Whoever is told. kind: query, mutation or subscription, or UNREAD.

    `answers` sees a response map before it goes out; the QueryError that it raises takes its place.
    """

    def answers(self, kind: str, document: dict[str, Any]) -> None: ...

    def fails(self, kind: str, code: str) -> None: ...


class ObservedExecutor(Executor):
    """The executor, and somebody who sees what becomes of each operation."""

    witness: Witness

    async def execute(
        self, prepared: Prepared, make_context: MakeContext, root: object = None
    ) -> Answer:
        kind = prepared.type.value
        try:
            with span("graphql.execute", **_named(prepared)):
                answer = await super().execute(prepared, make_context, root)
            self.witness.answers(kind, answer.document)
        except Exception as error:
            self.witness.fails(kind, code_of(error))
            raise
        return answer

    def releases(self, prepared: Prepared, part: dict[str, Any]) -> None:
        self.witness.answers(prepared.type.value, part)

    def document_hits(self) -> tuple[int, int]:
        """How often a document did not have to be parsed, and how often it had to."""
        return self._checker.hits, self._checker.misses


class ObservedDocuments(Documents):
    """The documents, and the same witness for those that cannot be executed."""

    witness: Witness

    def prepare(self, asked: Asked) -> Prepared | Answer:
        with span("graphql.prepare"):
            found = super().prepare(asked)
        if isinstance(found, Answer):
            self.witness.answers(UNREAD, found.document)
        return found


def _named(prepared: Prepared) -> dict[str, str]:
    """As OpenTelemetry's conventions for GraphQL servers call what an operation is."""
    attributes = {"graphql.operation.type": prepared.type.value}
    chosen = prepared.chosen
    if chosen is not None and chosen.name is not None:
        attributes["graphql.operation.name"] = chosen.name.value[:_MAX_NAME]
    return attributes


def code_of(error: Exception) -> str:
    return str(error.code if isinstance(error, SealgateError) else Reason.INTERNAL)


def errors_in(document: dict[str, Any]) -> list[dict[str, Any]]:
    """The errors of a response map, or of one part of it, wherever they stand."""
    found = list(document.get("errors") or ())
    for name in ("incremental", "completed"):
        for piece in document.get(name) or ():
            found += piece.get("errors") or ()
    return found
