"""Answers to queries for which everything is at hand: from bytes to bytes, without a pause.

The document was checked before, its plan is made, the index was asked the same, and the records
were read. Then nothing has to be waited for, and all that a server does so that others have a turn
meanwhile is not needed. Whatever is missing, or wrong, or not a plain query, is not for here: it
goes the whole way, and nothing is left of the attempt.
"""

from __future__ import annotations

from collections.abc import Callable

import orjson

from gateway.errors import QueryError
from gateway.execution.executor import Executor, Operation
from gateway.http.caching import Origin
from gateway.http.persisted import Documents
from gateway.http.request import MAX_NAME, Asked, operation_from
from gateway.http.reuse import Made
from gateway.http.strict_json import decode
from schema.context import Context

# The context of one operation whose resolvers may not wait, given the version of the database; None
# while there is no view that stands.
MakeContext = Callable[[int], Context | None]


class Direct:
    """max_body: in bytes; what is longer is for others to refuse."""

    def __init__(
        self, executor: Executor, documents: Documents, make_context: MakeContext, max_body: int
    ) -> None:
        self._executor = executor
        self._documents = documents
        self._make_context = make_context
        self._longest = max_body

    def make(self, body: bytes, version: int) -> Made | None:
        """As gateway.http.reuse.Maker."""
        asked = self._asked(body)
        text = None if asked is None else self._documents.text_at_hand(asked)
        if asked is None or text is None:
            return None
        origins: list[Origin] = []

        def context() -> Context | None:
            made = self._make_context(version)
            if made is not None:
                origins.append(Origin(made.records.reading))
            return made

        operation = Operation(text, asked.variables, asked.name)
        answer = self._executor.answer_at_hand(operation, context)
        if answer is None:
            return None
        name = asked.name and asked.name[:MAX_NAME]
        return Made(orjson.dumps(answer.document), name, origins[0].is_all)

    def _asked(self, body: bytes) -> Asked | None:
        if len(body) > self._longest:
            return None
        try:
            return operation_from(decode(body))
        except QueryError:
            return None
