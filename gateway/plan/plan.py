"""A validated operation as a function."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Coroutine, Mapping
from dataclasses import dataclass
from typing import Any

from graphql import DocumentNode, GraphQLSchema, OperationDefinitionNode
from graphql.execution.values import VariableValues

from gateway.plan.at_hand import RunAtHand, WaitsError, at_once
from gateway.plan.compiler import Compiler
from gateway.plan.fragments import Kept
from gateway.plan.run import Run, Take


@dataclass
class Plan:
    """answer: from no object, in a run, to the response's `data`; size: of its source; waits:
    whether it paused once where nobody can wait, so that it is not worth trying."""

    answer: Callable[[None, Run], Coroutine[Any, Any, dict[str, Any]]]
    size: int
    waits: bool = False

    async def run(
        self, context: object, variables: VariableValues, fragments: Kept, take: Take
    ) -> dict[str, Any]:
        """The response's `data`, parts of it encoded (orjson.Fragment), where nothing at all goes
        wrong; raises whatever does.

        Strawberry's resolvers change nothing, so that the reference executor can be asked the same
        once more, and say what it was.
        """
        async with asyncio.TaskGroup() as group:
            run = Run(context, variables, fragments, take, group.create_task)
            return await self.answer(None, run)

    def at_hand(
        self, context: object, variables: VariableValues, fragments: Kept, take: Take
    ) -> dict[str, Any]:
        """The same without an event loop's help. Raises WaitsError where it would have to wait."""
        run = RunAtHand(context, variables, fragments, take, _nobody)
        try:
            return at_once(self.answer(None, run))
        except WaitsError:
            self.waits = True
            raise


def _nobody(_: Coroutine[Any, Any, Any]) -> Any:
    """Who takes up work to be done meanwhile."""
    raise WaitsError


def make_plan(
    schema: GraphQLSchema,
    document: DocumentNode,
    operation: OperationDefinitionNode,
    switches: Mapping[str, bool],
) -> Plan:
    """switches: the values of the variables that conditions name. Raises Unsupported."""
    compiler = Compiler(schema, document, switches)
    name = compiler.operation(operation)
    plan = Plan(compiler.source.compile(name), len(compiler.source.text))
    compiler.source.lives_with(plan)
    return plan
