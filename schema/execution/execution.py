"""Executes mutations, and queries with introspection or access queries (`whoCan`, `explainAccess`).

Strawberry's executor runs both. After a mutation, the planner reads the data that its payload returns, and the executor
only picks it from the result.
"""

import json
from abc import ABC, abstractmethod
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import partial
from types import MappingProxyType
from typing import Any, ClassVar

from graphql import DocumentNode, ExecutionResult, GraphQLError, GraphQLSchema, execute
from orjson import Fragment

from resolvers.deep_size import deep_size
from resolvers.errors import MutationRejected
from resolvers.query.price import Price
from resolvers.query.selection import Request
from resolvers.rate_limits.flows import flow_of
from schema.declare.scalars import malformed_values_kept
from schema.execution.answered_field import AnsweredField, all_texts
from schema.execution.context import Answer, Context, PayloadContext
from schema.execution.errors import QueryRejected
from schema.execution.input_validation import InputProblems
from schema.execution.read_after import read

__all__ = ["Execution", "Fields", "MutationRun", "QueryRejected", "QueryRun", "Result"]


@dataclass(frozen=True, slots=True)
class Result:
    """The result of an execution. An unexpected error has an `original_error` and no code."""

    data: Mapping[str, Any] | None
    errors: tuple[GraphQLError, ...] = ()


class Execution(ABC):
    """An operation that is ready to run. `mutation` is whether it may change data."""

    mutation: ClassVar[bool]
    price: Price

    @property
    def only_by_post(self) -> bool:
        """Whether the operation must not be sent by GET: it may change data, or its arguments are secret."""
        return self.mutation

    @abstractmethod
    async def run(self, context: Context) -> Result:
        """Runs the operation for the caller of the context. Raises the errors of the database."""


@dataclass(frozen=True)
class QueryRun(Execution):
    """A query of which the planner can't read everything. `executed` are the introspection fields and the root fields
    with a resolver function. `request` reads the other root fields, if any. `keys` are all response keys, in order.
    `has_secrets` is whether arguments are secret. Those of `executed` that are `answered` in JSON text, by response
    key, are answered first; nothing is executed if those are all, and have no errors."""

    executed: "Fields"
    request: Request | None
    keys: tuple[str, ...]
    price: Price
    has_secrets: bool = False
    answered: Mapping[str, AnsweredField] = field(default_factory=dict)
    mutation: ClassVar[bool] = False

    @property
    def is_kept(self) -> bool:
        """Whether it may be cached and run again: it is answered in text only, so that no argument is a secret and no
        introspection has a large result."""
        return len(self.answered) == len(self.keys) - (0 if self.request is None else len(self.request.selection.parts))

    @property
    def only_by_post(self) -> bool:
        """Whether the arguments are secret."""
        return self.has_secrets

    @property
    def size(self) -> int:
        """The memory that it holds beside its document, in bytes."""
        requests = [*self.executed.payloads.values(), *([self.request] if self.request else [])]
        return sum(request.size for request in requests) + deep_size(
            (self.executed.variables, self.executed.problems, [field.question for field in self.answered.values()])
        )

    async def run(self, context: Context) -> Result:
        """Reads and executes the fields, and merges the results."""
        data: dict[str, Any] = {}
        if self.request is not None:
            try:
                data |= await read(context, context.caller, context.access, self.request)
            except MutationRejected as rejected:
                return Result(None, tuple(graphql_errors(rejected)))
        answers: dict[str, Answer] = {}
        for key, answered in self.answered.items():
            try:
                answers[key] = await answered.answer(context)
            except Exception as error:  # noqa: BLE001 -- as graphql-core
                return Result(None, (GraphQLError(str(error), path=[key], original_error=error),))
        texts = all_texts(answers) if self.is_kept else None
        if texts is not None:
            data |= {key: Fragment(text) for key, text in texts.items()}
            return Result({key: data[key] for key in self.keys})
        executed = await self.executed.run(context, answers)
        if executed.data is None:
            return executed
        data |= executed.data
        return Result({key: data[key] for key in self.keys}, executed.errors)


@dataclass(frozen=True)
class Fields:
    """Root fields that Strawberry's executor runs. `payloads` are the requests for the data that they return, and
    `problems` those of their arguments, by response key."""

    schema: GraphQLSchema
    document: DocumentNode
    name: str | None
    variables: Mapping[str, Any]
    payloads: Mapping[str, Request]
    problems: Mapping[str, InputProblems]

    async def run(self, context: Context, answers: Mapping[str, Answer] = MappingProxyType({})) -> Result:
        """Runs the fields, some of which have their `answers`; mutations run one after the other."""
        run = partial(
            execute,
            self.schema,
            self.document,
            context_value=PayloadContext(context, self.payloads, self.problems, answers),
            variable_values=dict(self.variables),
            operation_name=self.name,
        )
        # The planner has found the malformed values, which the executor coerces again. A field is run with a malformed
        # value only if it takes that: `CHECKED_BESIDE` and `each_has_result` in `schema/declare/inputs.py`.
        with malformed_values_kept():
            # Without payloads, all fields are introspection, which waits for nothing and can have a large result.
            running = (
                await context.worker.run(run, flow_of(context.caller))
                if context.worker is not None and not self.payloads
                else run()
            )
            result = running if isinstance(running, ExecutionResult) else await running
        return Result(result.data, tuple(result.errors or ()))


@dataclass(frozen=True)
class MutationRun(Execution):
    """The mutations of an operation, which run one after the other."""

    fields: Fields
    price: Price
    mutation: ClassVar[bool] = True

    @property
    def content(self) -> str:
        """The document, operation name and variables as text that does not depend on the order of the variables."""
        location = self.fields.document.loc
        assert location is not None, "documents are parsed with locations"
        return json.dumps([location.source.body, self.fields.name, self.fields.variables], sort_keys=True)

    async def run(self, context: Context) -> Result:
        """Runs the mutations."""
        return await self.fields.run(context)


def graphql_errors(rejected: MutationRejected) -> list[GraphQLError]:
    """Returns the problems of a rejected read as GraphQL errors with codes."""
    return [
        GraphQLError(problem.message, path=problem.path, extensions={"code": problem.code.value, **problem.extensions})
        for problem in rejected.problems
    ]
