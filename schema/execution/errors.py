"""Errors found in an operation before anything is read or changed, with codes, paths and locations."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any

from graphql import GraphQLError

MOST_ERRORS = 50
"""Maximum number of errors reported for the values of one operation."""

MESSAGE_LENGTH = 500
"""Maximum characters of a message, which may quote input of the client."""


class QueryCode(StrEnum):
    """Why an operation was not run, for programs. `docs/errors.md` has the same causes and remedies."""

    GRAPHQL_PARSE_FAILED = "GRAPHQL_PARSE_FAILED"
    """The document is not valid GraphQL. Remedy: correct it at `locations`."""

    GRAPHQL_VALIDATION_FAILED = "GRAPHQL_VALIDATION_FAILED"
    """The document does not match the schema. Remedy: compare it with `schema/schema.graphql`."""

    BAD_USER_INPUT = "BAD_USER_INPUT"
    """A value is invalid. Remedy: correct the argument that `extensions.argument` names."""

    TOO_LARGE = "TOO_LARGE"
    """The document requests too much at once, or the response is too large. Remedy: split it into several operations,
    or request smaller pages."""

    TOO_DEEP = "TOO_DEEP"
    """The document is nested too deeply. Remedy: request the inner nodes by id in another operation."""

    DOCUMENT_NOT_FOUND = "DOCUMENT_NOT_FOUND"
    """No document with this id is registered. Remedy: send its text, or have the operator register it."""

    DOCUMENT_NOT_TRUSTED = "DOCUMENT_NOT_TRUSTED"
    """This server runs registered documents only. Remedy: have exactly this document registered
    (`portico documents add`). Programs use an API client."""

    COST_EXCEEDED = "COST_EXCEEDED"
    """The operation costs more nodes than the limit. Remedy: request smaller pages, or split it into several
    operations."""

    THROTTLED = "THROTTLED"
    """You have spent your budget of nodes. Remedy: wait for the number of seconds in `Retry-After`."""

    VIEW_AS_READ_ONLY = "VIEW_AS_READ_ONLY"
    """The operation is not a query that can be read as another user. Remedy: send it without the header
    `Portico-View-As`: you do it as yourself."""

    VIEW_AS_ENDED = "VIEW_AS_ENDED"
    """You are not viewing as this user, or not any more: the time is over, you have stopped, or you may not update the
    user any more. Remedy: omit the header `Portico-View-As`, or call `startViewAs` again."""

    INTROSPECTION_OFF = "INTROSPECTION_OFF"
    """Introspection is switched off on this server. Remedy: use `schema/schema.graphql`. `__typename` always works."""


@dataclass(frozen=True, slots=True)
class QueryError:
    """An error in an operation.

    `argument` is the path to the argument, input field or variable, from the outside in (`input.contractAccounts.2`).
    `path` is that of the field in the response. `locations` are lines and columns in the document, from 1. `facts` are
    numbers for programs, by their names in the error's `extensions`.
    """

    code: QueryCode
    message: str
    argument: str | None = None
    path: tuple[str, ...] = ()
    locations: tuple[tuple[int, int], ...] = ()
    facts: Mapping[str, int] = field(default_factory=dict)

    def formatted(self) -> dict[str, Any]:
        """Returns the error in the form of a response (GraphQL specification, "Errors")."""
        error: dict[str, Any] = {"message": printable(self.message)[:MESSAGE_LENGTH]}
        if self.locations:
            error["locations"] = [{"line": line, "column": column} for line, column in self.locations]
        if self.path:
            error["path"] = list(self.path)
        error["extensions"] = {"code": self.code.value, **self.facts}
        if self.argument is not None:
            error["extensions"]["argument"] = printable(self.argument)[:MESSAGE_LENGTH]
        return error


class QueryRejected(Exception):
    """An operation is rejected. `problems` holds all reasons, and `errors` the same in the form of a response."""

    def __init__(self, problems: Iterable[QueryError]) -> None:
        self.problems = tuple(problems)
        super().__init__("; ".join(f"{problem.code}: {problem.message}" for problem in self.problems))

    @property
    def errors(self) -> list[Mapping[str, Any]]:
        """The problems, formatted."""
        return [problem.formatted() for problem in self.problems]


def locations_of(error: GraphQLError) -> tuple[tuple[int, int], ...]:
    """Returns line and column of each location of a graphql-core error."""
    return tuple((location.line, location.column) for location in error.locations or ())


def printable(text: str) -> str:
    """Returns the text with unpaired surrogates escaped, because they can't be encoded as UTF-8."""
    return text.encode("utf-8", "backslashreplace").decode()
