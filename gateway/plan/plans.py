"""Plans that were made, and what they could not answer."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from typing import Any

from cachetools import LRUCache
from graphql import DocumentNode, GraphQLSchema, OperationDefinitionNode, OperationType
from graphql.execution.values import VariableValues, get_variable_values

from gateway.plan.plan import Plan, make_plan
from gateway.plan.selection import switches_of
from gateway.plan.unsupported import Unsupported

# What a plan weighs for each character of its source, in bytes, rounded up: code, names and what
# they are bound to.
_CHARACTER = 20


class Plans:
    """Answers operations by plans. capacity: memory for them, in bytes.

    fallbacks: how often the reference executor was left to answer, by the reason.
    """

    def __init__(self, schema: GraphQLSchema, capacity: int = 1 << 25) -> None:
        self._schema = schema
        self._plans: LRUCache[tuple[object, ...], Plan | str] = LRUCache(capacity, _weight)
        self.fallbacks: Counter[str] = Counter()

    async def data(
        self,
        text: str,
        document: DocumentNode,
        name: str | None,
        variables: Mapping[str, Any],
        context: object,
    ) -> dict[str, Any] | None:
        """The response's `data` for a validated query without errors; None for whoever has to ask
        the reference executor. text: what the document was parsed from."""
        try:
            operation = _operation(document, name)
            values = get_variable_values(
                self._schema, operation.variable_definitions or (), dict(variables)
            )
            if not isinstance(values, VariableValues):
                raise Unsupported("variables")
            plan = self._plan(text, document, operation, values.coerced)
            return await plan.run(context, values)
        except Unsupported as reason:
            self.fallbacks[str(reason)] += 1
        except Exception:  # noqa: BLE001  the reference executor meets it once more, and says so
            self.fallbacks["error"] += 1
        return None

    def _plan(
        self,
        text: str,
        document: DocumentNode,
        operation: OperationDefinitionNode,
        values: Mapping[str, Any],
    ) -> Plan:
        switches = {name: values[name] for name in switches_of(document)}
        name = operation.name and operation.name.value
        key = (text, name, *switches.values())
        found = self._plans.get(key)
        if found is None:
            found = self._make(document, operation, switches)
            if _weight(found) <= self._plans.maxsize:
                self._plans[key] = found
        if isinstance(found, str):
            raise Unsupported(found)
        return found

    def _make(
        self,
        document: DocumentNode,
        operation: OperationDefinitionNode,
        switches: Mapping[str, bool],
    ) -> Plan | str:
        try:
            return make_plan(self._schema, document, operation, switches)
        except Unsupported as reason:
            return str(reason)


def _weight(plan: Plan | str) -> int:
    return _CHARACTER * (len(plan) if isinstance(plan, str) else plan.size) + 500


def _operation(document: DocumentNode, name: str | None) -> OperationDefinitionNode:
    for node in document.definitions:
        if (
            isinstance(node, OperationDefinitionNode)
            and node.operation is OperationType.QUERY
            and (name is None or (node.name is not None and node.name.value == name))
        ):
            return node
    raise Unsupported("operation")
