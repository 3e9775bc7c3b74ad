"""Plans that were made, and what they could not answer."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Protocol, runtime_checkable

from graphql import DocumentNode, GraphQLSchema, OperationDefinitionNode

from gateway.lru import Lru
from gateway.plan.fragments import Fragments
from gateway.plan.plan import Plan, make_plan
from gateway.plan.run import Take
from gateway.plan.selection import switches_of
from gateway.plan.unsupported import Unsupported
from gateway.plan.variables import Variables

# What a plan weighs for each character of its source, in bytes, rounded up: code, names and what
# they are bound to.
_CHARACTER = 20

# What is known of an operation beside its plans: mostly the text that it is kept under.
_DECLARED = 1500


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


@dataclass(frozen=True, slots=True)
class _Declared:
    """What an operation's text says of its variables. switches: those that directives name."""

    variables: Variables
    switches: tuple[str, ...]


class Plans:
    """Answers operations by plans. capacity, fragments: memory for them, and for what they made
    of records, in bytes.

    fallbacks: how often the reference executor was left to answer, by the reason.
    """

    def __init__(
        self, schema: GraphQLSchema, capacity: int = 1 << 25, fragments: int = 1 << 26
    ) -> None:
        self._schema = schema
        self._plans: Lru[tuple[object, ...], Plan | str] = Lru(capacity)
        self._known: Lru[tuple[str, str | None], _Declared] = Lru(capacity // 8)
        self.fragments = Fragments(fragments)
        self.fallbacks: Counter[str] = Counter()

    async def data(
        self, asked: Asked, variables: Mapping[str, Any], context: Context, take: Take
    ) -> dict[str, Any] | None:
        """The response's `data` for a validated query without errors; None for whoever has to ask
        the reference executor, with a context that is made afresh."""
        try:
            declared = self._declared(asked)
            values = declared.variables.values(variables)
            plan = self._plan(asked, declared, values.coerced)
            return await plan.run(context, values, self.fragments.of(context.epoch), take)
        except Exception as error:  # noqa: BLE001  the reference meets it once more, and says so
            self.fallbacks[_reason(error)] += 1
        return None

    def at_hand(
        self, asked: Asked, variables: Mapping[str, Any], context: Context, take: Take
    ) -> dict[str, Any] | None:
        """The same where nothing has to be waited for; else None, and it is not counted, since
        whoever waits may have a plan answer all the same."""
        try:
            declared = self._declared(asked)
            values = declared.variables.values(variables)
            plan = self._plan(asked, declared, values.coerced)
            if plan.waits:
                return None
            return plan.at_hand(context, values, self.fragments.of(context.epoch), take)
        except Exception:  # noqa: BLE001  whoever answers instead meets it once more, and says so
            return None

    def _declared(self, asked: Asked) -> _Declared:
        key = (asked.text, asked.name)
        found = self._known.get(key)
        if found is None:
            nodes = asked.operation.variable_definitions or ()
            # To look for directives takes as long as to check half a rule of validation.
            switches = switches_of(asked.document) if "@" in asked.text else ()
            found = _Declared(Variables(self._schema, nodes), switches)
            self._known.put(key, found, _DECLARED * (1 + len(nodes)) + 4 * len(asked.text))
        return found

    def _plan(self, asked: Asked, declared: _Declared, values: Mapping[str, Any]) -> Plan:
        switches = {name: values[name] for name in declared.switches}
        key = (asked.text, asked.name, *switches.values())
        found = self._plans.get(key)
        if found is None:
            found = self._make(asked, switches)
            self._plans.put(key, found, _weight(found))
        if isinstance(found, str):
            raise Unsupported(found)
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
