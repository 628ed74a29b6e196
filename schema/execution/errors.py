"""What is wrong with an operation before anything was read or changed: coded, located, and all of it at once."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any

from graphql import GraphQLError

MESSAGE_LENGTH = 500
"""Characters of a message, at most: it may quote what the client sent."""


class QueryCode(StrEnum):
    """Why an operation was not run, as one word for programs."""

    GRAPHQL_PARSE_FAILED = "GRAPHQL_PARSE_FAILED"
    """The document is not GraphQL. Remedy: correct it where `locations` points."""

    GRAPHQL_VALIDATION_FAILED = "GRAPHQL_VALIDATION_FAILED"
    """The document does not fit the schema. Remedy: compare it with `schema/schema.graphql`."""

    BAD_USER_INPUT = "BAD_USER_INPUT"
    """A value is not acceptable. Remedy: correct the argument that `extensions.argument` names."""

    TOO_LARGE = "TOO_LARGE"
    """The document asks for too much at once. Remedy: ask in several operations."""

    TOO_DEEP = "TOO_DEEP"
    """The document nests too deep. Remedy: ask for what is further in by its id, in another operation."""

    DOCUMENT_NOT_FOUND = "DOCUMENT_NOT_FOUND"
    """No document with this id is registered. Remedy: send its text; or have its operator register it."""

    DOCUMENT_NOT_TRUSTED = "DOCUMENT_NOT_TRUSTED"
    """This server answers registered documents only. Remedy: have the document registered (`portico documents add`), to
    the letter; programs use an API client."""

    COST_EXCEEDED = "COST_EXCEEDED"
    """The operation costs more nodes than any may. Remedy: ask for smaller pages, or in several operations."""

    THROTTLED = "THROTTLED"
    """You have spent more nodes than come back in this time. Remedy: wait as many seconds as `Retry-After` says."""

    INTROSPECTION_OFF = "INTROSPECTION_OFF"
    """This server does not tell its schema. Remedy: use `schema/schema.graphql`; `__typename` works everywhere."""


@dataclass(frozen=True, slots=True)
class QueryError:
    """One thing that is wrong.

    `argument` names the argument, input field or variable, from the outside in (`input.contractAccounts.2`); `path` is
    that of the field in the answer, `locations` are line and column in the document, from 1. `facts` are numbers for
    programs, by their names in the error's `extensions`.
    """

    code: QueryCode
    message: str
    argument: str | None = None
    path: tuple[str, ...] = ()
    locations: tuple[tuple[int, int], ...] = ()
    facts: Mapping[str, int] = field(default_factory=dict)

    def formatted(self) -> dict[str, Any]:
        """The error as it stands in an answer (GraphQL specification, "Errors")."""
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
    """An operation is not run. `problems` are all the reasons, `errors` the same as they stand in an answer."""

    def __init__(self, problems: Iterable[QueryError]) -> None:
        self.problems = tuple(problems)
        super().__init__("; ".join(f"{problem.code}: {problem.message}" for problem in self.problems))

    @property
    def errors(self) -> list[Mapping[str, Any]]:
        """The problems, formatted."""
        return [problem.formatted() for problem in self.problems]


def locations_of(error: GraphQLError) -> tuple[tuple[int, int], ...]:
    """Line and column of each place that an error of graphql-core names."""
    return tuple((place.line, place.column) for place in error.locations or ())


def printable(text: str) -> str:
    """The text with lone surrogates written out: they can't be sent as UTF-8."""
    return text.encode("utf-8", "backslashreplace").decode()
