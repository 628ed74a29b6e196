"""The type `MutationError`."""

from collections.abc import Sequence

import strawberry

from resolvers.errors import Problem
from schema.declare.enums import ErrorCode
from schema.declare.fields import gql_type
from schema.types import counted_errors


@gql_type
class MutationError:
    """An expected error of a mutation. Whatever the error concerns was not changed."""

    code: ErrorCode = strawberry.field(description="The error code, for programs.")
    message: str = strawberry.field(description="The error message, for people.")
    path: list[str] = strawberry.field(
        description='The path of the input field, including list indexes: `["input", "contractAccounts", "2"]`. Empty '
        "if the error concerns no particular field."
    )


def errors_of(problems: Sequence[Problem] = ()) -> list[MutationError]:
    """Returns the problems as GraphQL objects."""
    counted_errors.count(problems)
    return [MutationError(code=problem.code, message=problem.message, path=list(problem.path)) for problem in problems]
