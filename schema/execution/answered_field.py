"""Query fields whose function returns the JSON text of their value (`AS_TEXT`), or raises their errors.

The text goes into the response as it is, which takes a fifth of the time of an executor. Only errors go through the
executor, whose resolver finds them in the context.
"""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

from graphql import GraphQLField, GraphQLSchema
from strawberry.types.arguments import convert_arguments

from resolvers.errors import MutationRejected
from resolvers.query.selection import Request
from schema.declare.fields import AsText
from schema.declare.registry import DEFINITION
from schema.execution.context import Answer, Context


@dataclass(frozen=True, slots=True)
class AnsweredField:
    """One such field of an operation: its name, the request for its value, and its question, made by the function of
    `as_text` from its arguments."""

    name: str
    as_text: AsText
    request: Request
    question: Any

    async def answer(self, context: Context) -> Answer:
        """Returns the text of the value, or the problems for which there is none."""
        caller = replace(context.caller, operation=self.name)
        try:
            text: str = await self.as_text.answer(replace(context, caller=caller), self.request, self.question)
        except MutationRejected as rejected:
            return rejected.problems
        return text


def converted_arguments(schema: GraphQLSchema, field: GraphQLField, arguments: Mapping[str, Any]) -> dict[str, Any]:
    """Returns the arguments of a field as its function takes them, from those that graphql-core has coerced."""
    strawberry_schema = schema._strawberry_schema  # type: ignore[attr-defined]  # noqa: SLF001 -- no public access
    return convert_arguments(
        dict(arguments),
        field.extensions[DEFINITION].arguments,
        scalar_registry=strawberry_schema.schema_converter.scalar_registry,
        config=strawberry_schema.config,
    )


def all_texts(answers: Mapping[str, Answer]) -> Mapping[str, str] | None:
    """Returns the answers if all are texts, and None otherwise."""
    texts = {key: answer for key, answer in answers.items() if isinstance(answer, str)}
    return texts if len(texts) == len(answers) else None
