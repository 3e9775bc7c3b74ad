"""Plans that were made, and what they could not answer."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Protocol, runtime_checkable

from cachetools import LRUCache
from graphql import DocumentNode, GraphQLSchema, OperationDefinitionNode
from graphql.execution.values import VariableValues, get_variable_values

from gateway.plan.fragments import Fragments
from gateway.plan.plan import Plan, make_plan
from gateway.plan.run import Take
from gateway.plan.selection import switches_of
from gateway.plan.unsupported import Unsupported

NO_VARIABLES = VariableValues({}, {})

# What a plan weighs for each character of its source, in bytes, rounded up: code, names and what
# they are bound to.
_CHARACTER = 20


# Of so many documents it is known which variables their directives name.
_SWITCHES = 1024


@runtime_checkable
class Context(Protocol):
    """What plans want of the context that they hand to resolvers."""

    @property
    def epoch(self) -> object:
        """As in Fragments."""

    def afresh(self) -> object:
        """An equal one for the reference executor, after resolvers were left in the middle."""


@dataclass(frozen=True)
class Asked:
    """One query of a validated document. text: what the document was parsed from."""

    text: str
    document: DocumentNode
    operation: OperationDefinitionNode

    @property
    def name(self) -> str | None:
        return None if self.operation.name is None else self.operation.name.value


class Plans:
    """Answers operations by plans. capacity, fragments: memory for them, and for what they made
    of records, in bytes.

    fallbacks: how often the reference executor was left to answer, by the reason.
    """

    def __init__(
        self, schema: GraphQLSchema, capacity: int = 1 << 25, fragments: int = 1 << 26
    ) -> None:
        self._schema = schema
        self._plans: LRUCache[tuple[object, ...], Plan | str] = LRUCache(capacity, _weight)
        # By their texts, whose memory the executor counts already.
        self._switches: LRUCache[str, tuple[str, ...]] = LRUCache(_SWITCHES)
        self.fragments = Fragments(fragments)
        self.fallbacks: Counter[str] = Counter()

    async def data(
        self, asked: Asked, variables: Mapping[str, Any], context: Context, take: Take
    ) -> dict[str, Any] | None:
        """The response's `data` for a validated query without errors; None for whoever has to ask
        the reference executor, with a context that is made afresh."""
        try:
            values = self._values(asked.operation, variables)
            plan = self._plan(asked, values.coerced)
            return await plan.run(context, values, self.fragments.of(context.epoch), take)
        except Exception as error:  # noqa: BLE001  the reference meets it once more, and says so
            self.fallbacks[_reason(error)] += 1
        return None

    def _values(
        self, operation: OperationDefinitionNode, given: Mapping[str, Any]
    ) -> VariableValues:
        declared = operation.variable_definitions
        if not declared:
            return NO_VARIABLES
        values = get_variable_values(self._schema, declared, dict(given))
        if isinstance(values, VariableValues):
            return values
        raise Unsupported("variables")

    def _plan(self, asked: Asked, values: Mapping[str, Any]) -> Plan:
        switches = {name: values[name] for name in self._switches_of(asked)}
        key = (asked.text, asked.name, *switches.values())
        found = self._plans.get(key)
        if found is None:
            found = self._make(asked, switches)
            if _weight(found) <= self._plans.maxsize:
                self._plans[key] = found
        if isinstance(found, str):
            raise Unsupported(found)
        return found

    def _switches_of(self, asked: Asked) -> tuple[str, ...]:
        found = self._switches.get(asked.text)
        if found is None:
            found = switches_of(asked.document)
            self._switches[asked.text] = found
        return found

    def _make(self, asked: Asked, switches: Mapping[str, bool]) -> Plan | str:
        try:
            return make_plan(self._schema, asked.document, asked.operation, switches)
        except Unsupported as reason:
            return str(reason)


def _reason(error: Exception) -> str:
    if isinstance(error, ExceptionGroup):
        return _reason(error.exceptions[0])
    return str(error) if isinstance(error, Unsupported) else "error"


def _weight(plan: Plan | str) -> int:
    return _CHARACTER * (len(plan) if isinstance(plan, str) else plan.size) + 500
