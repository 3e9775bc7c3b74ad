"""How much one operation may ask for, decided in one pass before validation.

Validation itself is quadratic in places and expands fragments, so a document of two kilobytes can
keep stock rules busy for half a minute. This pass visits every node of the document once: what a
fragment weighs is remembered, not expanded again at every spread.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from graphql import (
    DocumentNode,
    FieldNode,
    FragmentDefinitionNode,
    FragmentSpreadNode,
    InlineFragmentNode,
    IntValueNode,
    ListValueNode,
    ObjectValueNode,
    OperationDefinitionNode,
    SelectionSetNode,
)

from gateway.errors import QueryError, Reason


@dataclass(frozen=True)
class Limits:
    """Bounds on one document.

    tokens: lexical tokens; depth: nested fields; fields: fields after fragments are spread;
    cost: fields times the longest lists they may stand in; page: what a list without a literal
    `first` is taken to be.
    """

    tokens: int = 4000
    depth: int = 16
    fields: int = 500
    cost: int = 50_000
    page: int = 100


# Levels of lists and objects within one argument or variable. No input type needs more, and what
# reads them recurses.
MAX_VALUE_DEPTH = 32

# How long lists are when no argument says so: the default of `first`, and for a list that no
# argument bounds the longest one in real records.
_LENGTHS = {
    "articles": 20,
    "changes": 100,  # its entries are called events
    "content": 20,
    "children": 20,
    "items": 20,
    "providers": 20,
    "published": 20,
    "referencedBy": 20,
    "related": 9,
    "topics": 20,
    "types": 20,
}


@dataclass(frozen=True)
class Weight:
    depth: int = 0
    fields: int = 0
    cost: int = 0

    def beside(self, other: Weight) -> Weight:
        """Two selections in one selection set."""
        return Weight(
            max(self.depth, other.depth), self.fields + other.fields, self.cost + other.cost
        )

    def within(self, times: int) -> Weight:
        """A field around this selection set, answered `times` times over."""
        return Weight(self.depth + 1, self.fields + 1, 1 + times * self.cost)


_NOTHING = Weight()


class _Scale:
    def __init__(self, document: DocumentNode, limits: Limits) -> None:
        self._limits = limits
        self._fragments = {
            node.name.value: node
            for node in document.definitions
            if isinstance(node, FragmentDefinitionNode)
        }
        self._known: dict[str, Weight] = {}
        self._open: set[str] = set()

    def selections(self, node: SelectionSetNode | None, depth: int) -> Weight:
        if node is None:
            return _NOTHING
        # The text's own nesting is bounded here, so that this recursion is, too.
        if depth > self._limits.depth:
            raise _too_large("depth", depth, self._limits.depth)
        total = _NOTHING
        for selection in node.selections:
            total = total.beside(self._selection(selection, depth))
        return total

    def _selection(self, node: object, depth: int) -> Weight:
        if isinstance(node, FieldNode):
            for argument in node.arguments or ():
                _check_literal(argument.value, 0)
            inner = self.selections(node.selection_set, depth + 1)
            return inner.within(self._times(node))
        if isinstance(node, InlineFragmentNode):
            return self.selections(node.selection_set, depth + 1)
        if isinstance(node, FragmentSpreadNode):
            return self._spread(node.name.value)
        return _NOTHING

    def _spread(self, name: str) -> Weight:
        fragment = self._fragments.get(name)
        # Unknown fragments and cycles are for validation to report.
        if fragment is None or name in self._open:
            return _NOTHING
        if name not in self._known:
            self._open.add(name)
            if len(self._open) > self._limits.depth:
                raise _too_large("depth", len(self._open), self._limits.depth)
            self._known[name] = self.selections(fragment.selection_set, 0)
            self._open.discard(name)
        return self._known[name]

    def _times(self, node: FieldNode) -> int:
        for argument in node.arguments or ():
            if argument.name.value in {"first", "last"}:
                return self._page(argument.value)
            if argument.name.value in {"ids", "paths", "representations", "urls"}:
                return self._count(argument.value)
        return _LENGTHS.get(node.name.value, 1)

    def _count(self, value: object) -> int:
        """A literal list counts as long as it is; a variable as the longest page there is."""
        return len(value.values) if isinstance(value, ListValueNode) else self._limits.page

    def _page(self, value: object) -> int:
        """A literal counts as what it says; a variable as the longest page there is."""
        if isinstance(value, IntValueNode) and len(value.value) < 10:
            return max(1, min(int(value.value), self._limits.page))
        return self._limits.page


def check_limits(document: DocumentNode, limits: Limits) -> None:
    """Raises QueryError(OPERATION_TOO_LARGE) naming the bound and how far the document is over."""
    scale = _Scale(document, limits)
    for definition in document.definitions:
        if isinstance(definition, OperationDefinitionNode | FragmentDefinitionNode):
            for variable in definition.variable_definitions or ():
                _check_literal(variable.default_value, 0)
            weight = scale.selections(definition.selection_set, 1)
            for name in ("depth", "fields", "cost"):
                found, allowed = getattr(weight, name), getattr(limits, name)
                if found > allowed:
                    raise _too_large(name, found, allowed)


def _check_literal(value: object, depth: int) -> None:
    if depth > MAX_VALUE_DEPTH:
        raise _too_large("value depth", depth, MAX_VALUE_DEPTH)
    if isinstance(value, ListValueNode):
        for item in value.values:
            _check_literal(item, depth + 1)
    elif isinstance(value, ObjectValueNode):
        for field in value.fields:
            _check_literal(field.value, depth + 1)


def check_variables(value: object, depth: int = 0) -> None:
    """Raises QueryError(OPERATION_TOO_LARGE) for variables that are nested too deeply."""
    # The map of the variables is a level of its own.
    if depth > MAX_VALUE_DEPTH + 1:
        raise _too_large("value depth", depth - 1, MAX_VALUE_DEPTH)
    if isinstance(value, Mapping):
        for item in value.values():
            check_variables(item, depth + 1)
    elif isinstance(value, list):
        for item in value:
            check_variables(item, depth + 1)


def _too_large(name: str, found: int, allowed: int) -> QueryError:
    return QueryError(
        Reason.OPERATION_TOO_LARGE,
        f"the operation's {name} is {found}, the limit is {allowed}",
        hint="Ask for less at once, or page.",
    ).with_details(limit=name, found=found, allowed=allowed)
