"""Every malformed value in the input of a mutation is an error of its payload, with its path, and nothing is changed.

Generated from the schema: all mutations and queries with `errors`, and all values of their inputs.
"""

import copy
from collections.abc import Iterator
from typing import Any

import pytest
from graphql import (
    GraphQLField,
    GraphQLInputObjectType,
    GraphQLInputType,
    GraphQLList,
    GraphQLNonNull,
    GraphQLObjectType,
    get_named_type,
)

from resolvers.errors import ErrorCode
from schema.execution.execution import MutationRun
from schema.execution.operation_plan import MOST_VALUE_PROBLEMS
from schema.execution.reported_errors import reports_errors
from schema.operations import Operations
from tests.support.mutation_inputs import Filling
from tests.support.prepared_operations import KEY, OPERATIONS, errors
from tests.support.resolver_fixtures import contents
from tests.support.server import Client

MALFORMED = {
    "EmailAddress": "ada",
    "PhoneNumber": "020 123",
    "CountryCode": "Holland",
    "DateTime": "tomorrow",
    "ID": "42",
    "String": "a" * 5_000,
}
"""A malformed value of each scalar whose values somebody types or copies."""

CHARGED = {"cost_buckets", "sessions"}
"""Each request is charged, and the last use of a session is recorded."""

Path = tuple[str, ...]


def fields(root: GraphQLObjectType | None) -> dict[str, GraphQLField]:
    assert root is not None
    return {name: field for name, field in root.fields.items() if field.args and reports_errors(field)}


MUTATIONS = fields(OPERATIONS.schema.mutation_type)
FIELDS = MUTATIONS | fields(OPERATIONS.schema.query_type)


def filled(field: GraphQLField) -> dict[str, Any]:
    """Arguments with a value for every input field."""
    return Filling(lambda slot: f"{slot.prefixes[0]}_{KEY}", complete=True).arguments(field)


def malformed_places(type_: GraphQLInputType, path: Path) -> Iterator[tuple[Path, str]]:
    """The path of each value that can be malformed, and a malformed value."""
    if isinstance(type_, GraphQLNonNull):
        yield from malformed_places(type_.of_type, path)
    elif isinstance(type_, GraphQLList):
        yield from malformed_places(type_.of_type, (*path, "0"))
    elif isinstance(type_, GraphQLInputObjectType):
        for name, part in type_.fields.items():
            yield from malformed_places(part.type, (*path, name))
    elif type_.name in MALFORMED:
        yield path, MALFORMED[type_.name]


def places(field: GraphQLField) -> list[tuple[Path, str]]:
    return [place for name, argument in field.args.items() for place in malformed_places(argument.type, (name,))]


def prevents_run(path: Path) -> bool:
    """Whether the field isn't run with a malformed value here: not if the value has a result of its own."""
    return "emails" not in path


def replaced(arguments: dict[str, Any], *changes: tuple[Path, str]) -> dict[str, Any]:
    changed = copy.deepcopy(arguments)
    for path, value in changes:
        inner: Any = changed
        for key in path[:-1]:
            inner = inner[int(key) if isinstance(inner, list) else key]
        inner[int(path[-1]) if isinstance(inner, list) else path[-1]] = value
    return changed


def operation(name: str, field: GraphQLField) -> str:
    """A document that calls a field with variables named after its arguments."""
    kind = "mutation" if name in MUTATIONS else "query"
    variables = ", ".join(f"${argument}: {each.type}" for argument, each in field.args.items())
    given = ", ".join(f"{argument}: ${argument}" for argument in field.args)
    return f"{kind} ({variables}) {{ {name}({given}) {{ errors {{ code message path }} }} }}"


def test_every_field_with_errors_is_covered() -> None:
    assert len(FIELDS) > 20
    root = OPERATIONS.schema.mutation_type
    assert root is not None
    assert all(reports_errors(field) for field in root.fields.values())
    typed = {get_named_type(each.type).name for field in FIELDS.values() for each in field.args.values()}
    assert {"CreateUserInput", "InviteUsersInput", "AccessPreviewInput"} <= typed


@pytest.mark.asyncio(loop_scope="module")
@pytest.mark.parametrize("name", FIELDS)
async def test_each_malformed_value_is_an_error_with_its_path(client: Client, name: str) -> None:
    field, token = FIELDS[name], await client.session("ada@acme.example")
    arguments, text = filled(field), operation(name, FIELDS[name])
    before = await contents(client.backend.mutation_context)
    for changes in (places(field), *([place] for place in places(field) if prevents_run(place[0]))):
        payload = (await client.data(text, token, **replaced(arguments, *changes)))[name]
        assert {error["code"] for error in payload["errors"]} == {"INVALID"}
        assert [error["path"] for error in payload["errors"]] == [list(path) for path, _ in changes]
    after = await contents(client.backend.mutation_context)
    assert {table for table in before if before[table] != after[table]} <= CHARGED


CREATE = "mutation ($i: CreateUserInput!) { createUser(input: $i) { errors { code } } }"


def problem_paths(text: str, **variables: Any) -> dict[str, list[str]]:
    """The paths of the problems of each mutation of an operation."""
    prepared = OPERATIONS.prepare(text, None, variables)
    assert isinstance(prepared, MutationRun)
    problems = prepared.fields.problems
    assert all(problem.code is ErrorCode.INVALID for found in problems.values() for problem in found)
    return {key: [".".join(problem.path) for problem in found] for key, found in problems.items()}


@pytest.mark.parametrize(
    "text",
    [
        'mutation { createUser(input: {email: "a", firstName: "A", lastName: "B", country: "x"}) { errors { code } } }',
        """mutation { ...New }
        fragment New on Mutation { createUser(input: {email: "a", firstName: "A", lastName: "B", country: "x"}) {
          errors { code } } }""",
        """mutation ($email: EmailAddress! = "a@b.example") {
        createUser(input: {email: "a", firstName: "A", lastName: "B", country: "x"}) { errors { code } }
        other: createUser(input: {email: $email, firstName: "A", lastName: "B"}) { errors { code } } }""",
    ],
)
def test_literal_values_are_reported_likewise(text: str) -> None:
    assert problem_paths(text)["createUser"] == ["input.email", "input.country"]


def test_a_variable_may_be_a_single_value() -> None:
    text = """mutation ($email: EmailAddress!) {
      requestPasswordReset(input: {email: $email}) { errors { code } }
      signIn(input: {email: $email, password: "x"}) { errors { code } }
    }"""
    expected = {"requestPasswordReset": ["input.email"], "signIn": ["input.email"]}
    assert problem_paths(text, email="ada") == expected


def test_names_are_checked_beside_malformed_values() -> None:
    input_ = {"email": "ada", "firstName": " ", "lastName": "acme.example"}
    assert problem_paths(CREATE, i=input_)["createUser"] == ["input.email", "input.firstName", "input.lastName"]
    # Without a malformed value, the mutation reports the names beside all that it finds itself.
    assert problem_paths(CREATE, i=input_ | {"email": "ada@acme.example"})["createUser"] == []


def test_other_errors_stay_errors_of_the_operation() -> None:
    input_: dict[str, Any] = {"email": "ada", "firstName": "A", "lastName": "B"}
    assert errors(CREATE, i=input_ | {"kind": "ROBOT"}) == [("BAD_USER_INPUT", "i.kind", None)]
    assert errors(CREATE, i={"email": "ada"}) == [("BAD_USER_INPUT", "i", None)] * 2
    nested = """mutation ($i: CreateUserInput!, $since: DateTime) { createUser(input: $i) {
      user { organization { users(filter: {lastSignInSince: $since}) { totalCount } } } errors { code } } }"""
    found = errors(nested, i=input_ | {"email": "a@b.example"}, since="today")
    assert [(code, argument) for code, argument, _ in found] == [("BAD_USER_INPUT", "filter.lastSignInSince")]


def test_malformed_values_of_queries_stay_errors_of_the_operation() -> None:
    text = "query ($email: EmailAddress!) { emailAvailability(email: $email) { state } }"
    assert errors(text, email="ada") == [("BAD_USER_INPUT", "email", None)]
    default = """mutation ($email: EmailAddress! = "ada") {
      requestPasswordReset(input: {email: $email}) { errors { code } }
    }"""
    assert errors(default) == [("BAD_USER_INPUT", "email", None)]


def test_the_problems_of_an_operation_are_bounded() -> None:
    calls = " ".join(
        f"a{number}: inviteUsers(input: {{emails: [], contractAccounts: $i}}) {{ errors {{ code }} }}"
        for number in range(50)
    )
    prepared = Operations().prepare(f"mutation ($i: [ID!]!) {{ {calls} }}", None, {"i": ["ada"] * 900})
    assert isinstance(prepared, MutationRun)
    assert [len(found) for found in prepared.fields.problems.values()] == [MOST_VALUE_PROBLEMS] + [1] * 49
