"""Operations that are not one read alone: mutations, and queries with introspection or questions in them.

Strawberry's executor serves both. What a mutation's payload shows of the data is read by the planner once the mutation
is done; the executor then only picks it out of the answer.
"""

import json
from abc import ABC, abstractmethod
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, ClassVar

from graphql import DocumentNode, ExecutionResult, GraphQLError, GraphQLSchema, execute

from resolvers.errors import MutationRejected
from resolvers.query.selection import Request
from schema.execution.context import Context, PayloadContext
from schema.execution.errors import QueryRejected
from schema.execution.read_after import read

__all__ = ["Execution", "Fields", "MutationRun", "QueryRejected", "QueryRun", "Result"]


@dataclass(frozen=True, slots=True)
class Result:
    """What came of an execution. An error that nobody expected has an `original_error` and no code."""

    data: Mapping[str, Any] | None
    errors: tuple[GraphQLError, ...] = ()


class Execution(ABC):
    """An operation that is ready to run. `mutation` tells whether it may change anything, `cost` what it costs, in
    nodes."""

    mutation: ClassVar[bool]
    cost: int

    @abstractmethod
    async def run(self, context: Context) -> Result:
        """Run it for the caller of the context. Raises what the database raises."""


@dataclass(frozen=True)
class QueryRun(Execution):
    """A query of which a part is no read of data: `executed`, which is introspection, and those fields of the root that
    functions answer. `request` reads the rest, if any. `keys` are all response keys, in their order."""

    executed: "Fields"
    request: Request | None
    keys: tuple[str, ...]
    cost: int
    mutation: ClassVar[bool] = False

    async def run(self, context: Context) -> Result:
        """Read the rest, execute the others, and put all together."""
        answer: dict[str, Any] = {}
        if self.request is not None:
            try:
                answer |= await read(context, context.caller, context.access, self.request)
            except MutationRejected as refused:
                return Result(None, tuple(refusals(refused)))
        executed = await self.executed.run(context)
        if executed.data is None:
            return executed
        answer |= executed.data
        return Result({key: answer[key] for key in self.keys}, executed.errors)


@dataclass(frozen=True)
class Fields:
    """Fields of a root that Strawberry's executor answers. `payloads` are the reads of what they give out, by response
    key."""

    schema: GraphQLSchema
    document: DocumentNode
    name: str | None
    variables: Mapping[str, Any]
    payloads: Mapping[str, Request]

    async def run(self, context: Context) -> Result:
        """Answer them: mutations one after the other."""
        running = execute(
            self.schema,
            self.document,
            context_value=PayloadContext(context, self.payloads),
            variable_values=dict(self.variables),
            operation_name=self.name,
        )
        result = running if isinstance(running, ExecutionResult) else await running
        return Result(result.data, tuple(result.errors or ()))


@dataclass(frozen=True)
class MutationRun(Execution):
    """Mutations, which run one after the other."""

    fields: Fields
    cost: int
    mutation: ClassVar[bool] = True

    @property
    def content(self) -> str:
        """All that was asked, as text: the same for the same document, operation and variables, in any order."""
        place = self.fields.document.loc
        assert place is not None, "documents are parsed with their places"
        return json.dumps([place.source.body, self.fields.name, self.fields.variables], sort_keys=True)

    async def run(self, context: Context) -> Result:
        """Run them."""
        return await self.fields.run(context)


def refusals(refused: MutationRejected) -> list[GraphQLError]:
    """The problems of a refused read, as errors with their codes."""
    return [
        GraphQLError(problem.message, path=problem.path, extensions={"code": problem.code.value, **problem.extensions})
        for problem in refused.problems
    ]
