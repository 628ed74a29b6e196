"""Every malformed value in the input of a mutation is an error of its payload, with its path, beside all others; and
nothing is changed.

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

from app.demo.fixed_ids import named_key
from resolvers.errors import ErrorCode
from schema.execution.execution import MutationRun
from schema.execution.operation_plan import MOST_VALUE_PROBLEMS
from schema.execution.reported_errors import reports_errors
from schema.operations import Operations
from tests.support.mutations.inputs import Filling
from tests.support.prepared_operations import KEY, OPERATIONS, errors
from tests.support.resolver_fixtures import EAST, SOUTH, activation_token, contents
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

RECORDED = {"attempt_counts", "cost_buckets", "sessions", "audit_events"}
"""Each request is charged, and the last use of a session and what was denied are recorded."""

LONG_AGO = "2020-01-01T00:00:00Z"

Path = tuple[str, ...]


def fields(root: GraphQLObjectType | None) -> dict[str, GraphQLField]:
    assert root is not None
    return {name: field for name, field in root.fields.items() if field.args and reports_errors(field)}


MUTATIONS = fields(OPERATIONS.schema.mutation_type)
FIELDS = MUTATIONS | fields(OPERATIONS.schema.query_type)


CALLERS = dict.fromkeys(("createOrganization", "createContractAccount"), "staff@portico.example")
"""Who may run a mutation that checks its input beside malformed values, unless Ada may."""

EXISTING = {"usr": named_key("ben@acme.example"), "org": named_key("ACME Corporation")}
"""Rows that these callers may change: any other is not found, without a further check."""


def filled(field: GraphQLField) -> dict[str, Any]:
    """Arguments with a value for every input field."""
    ids = Filling(lambda slot: f"{slot.prefixes[0]}_{EXISTING.get(slot.prefixes[0], KEY)}", complete=True)
    return ids.arguments(field)


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


def has_result(path: Path) -> bool:
    """Whether a value has a result of its own, so that a malformed one is an error of that."""
    return "emails" in path


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
    field, token = FIELDS[name], await client.session(CALLERS.get(name, "ada@acme.example"))
    arguments, text = filled(field), operation(name, FIELDS[name])
    before = await contents(client.backend.mutation_context)
    for changes in (places(field), *([place] for place in places(field) if not has_result(place[0]))):
        payload = (await client.data(text, token, **replaced(arguments, *changes)))[name]
        if name.startswith("activateUser") and [error["code"] for error in payload["errors"]] == ["TOKEN_INVALID"]:
            continue
        paths = [tuple(error["path"]) for error in payload["errors"]]
        malformed = [path for path, _ in changes if not has_result(path)]
        assert paths[: len(malformed)] == malformed
        assert {error["code"] for error in payload["errors"][: len(malformed)]} == {"INVALID"}
        assert {path for path, _ in changes} <= set(paths)
        assert len(paths) == len(set(paths)), "a malformed value is reported twice"
    after = await contents(client.backend.mutation_context)
    assert {table for table in before if before[table] != after[table]} <= RECORDED


CREATE = "mutation ($i: CreateUserInput!) { createUser(input: $i) { errors { code } } }"


def problem_paths(text: str, **variables: Any) -> dict[str, list[str]]:
    """The paths of the problems of malformed values of each mutation of an operation."""
    prepared = OPERATIONS.prepare(text, None, variables)
    assert isinstance(prepared, MutationRun)
    problems = prepared.fields.problems
    assert all(problem.code is ErrorCode.INVALID for found in problems.values() for problem in found.problems)
    return {key: [".".join(problem.path) for problem in found.problems] for key, found in problems.items()}


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


async def found(client: Client, who: str, field: str, **input_: Any) -> list[tuple[str, str]]:
    """The codes and paths of the errors of a mutation, which must change nothing."""
    before = await contents(client.backend.mutation_context)
    answer = await client.data(operation(field, FIELDS[field]), await client.session(who), input=input_)
    after = await contents(client.backend.mutation_context)
    assert {table for table in before if before[table] != after[table]} <= RECORDED
    return [(error["code"], ".".join(error["path"][1:])) for error in answer[field]["errors"]]


SAM, ADA, MALFORMED_DETAILS = "sam@acme.example", "ada@acme.example", {"phone": "020 123", "country": "Holland"}
OF_DETAILS = [("INVALID", "phone"), ("INVALID", "country")]


@pytest.mark.asyncio(loop_scope="module")
async def test_what_the_database_knows_is_reported_beside_malformed_values(client: Client) -> None:
    access = {
        "permissions": ["SUPPORT_VIEW", "BILLING_VIEW"],
        "contractAccounts": [f"ca_{SOUTH}", "42", f"ca_{EAST}"],
        "accountEnds": [{"account": f"ca_{SOUTH}", "endsAt": "soon"}, {"account": f"ca_{SOUTH}", "endsAt": LONG_AGO}],
    }
    of_access = [("INVALID", "contractAccounts.1"), ("INVALID", "accountEnds.0.endsAt")]
    beside = [
        ("NOT_ASSIGNABLE", "permissions.1"),
        ("NOT_ASSIGNABLE", "contractAccounts.2"),
        ("INVALID", "accountEnds.1.account"),
        ("INVALID", "accountEnds.1.endsAt"),
    ]
    new = {"email": ADA, "firstName": " ", "lastName": "B", **MALFORMED_DETAILS, **access}
    of_person = [("INVALID", "firstName"), ("EMAIL_TAKEN", "email")]
    assert await found(client, SAM, "createUser", **new) == [*OF_DETAILS, *of_access, *of_person, *beside]
    email = ("INVALID", "email")
    new["email"] = "ada"
    assert await found(client, SAM, "createUser", **new) == [email, *OF_DETAILS, *of_access, *of_person[:1], *beside]
    assert await found(client, SAM, "inviteUsers", emails=[ADA, "ada"], **access) == [
        *of_access,
        *beside,
        ("EMAIL_TAKEN", "emails.0"),
        ("INVALID", "emails.1"),
    ]
    assert await found(client, SAM, "accessPreview", **access) == [*of_access, *beside]


@pytest.mark.asyncio(loop_scope="module")
async def test_an_update_reports_them_beside_those_of_the_user(client: Client) -> None:
    sue = {"id": f"usr_{named_key('sue@acme.example')}", **MALFORMED_DETAILS}
    read = "query ($id: ID!) { node(id: $id) { ... on User { version } } }"
    version = (await client.data(read, await client.session(SAM), id=sue["id"]))["node"]["version"]
    change = sue | {
        "version": version,
        "kind": None,
        "contractAccounts": [f"ca_{EAST}"],
        "permissions": ["ORDERS_VIEW"],
    }
    expected = [("INVALID", "kind"), ("NOT_ASSIGNABLE", "permissions.0"), ("NOT_ASSIGNABLE", "contractAccounts.0")]
    assert await found(client, SAM, "updateUser", **change) == [*OF_DETAILS, *expected]
    assert await found(client, SAM, "updateUser", **sue, version=version) == OF_DETAILS
    assert await found(client, SAM, "updateUser", **sue, version=version - 1) == [*OF_DETAILS, ("STALE", "version")]


@pytest.mark.asyncio(loop_scope="module")
async def test_onboarding_reports_them_beside_a_taken_email(client: Client) -> None:
    account = {"name": " ", "billingEmail": "bills"}
    admin = {"email": ADA, "firstName": "A", "lastName": "B", "phone": "020 123"}
    expected = [("INVALID", "contractAccounts.0.billingEmail"), ("INVALID", "admin.phone"), ("INVALID", "name")]
    expected += [("INVALID", "contractAccounts.0.name"), ("EMAIL_TAKEN", "admin.email")]
    staff, new = "staff@portico.example", {"name": "", "contractAccounts": [account], "admin": admin}
    assert await found(client, staff, "createOrganization", **new) == expected
    account["organization"] = f"org_{EXISTING['org']}"
    expected = [("INVALID", "billingEmail"), ("INVALID", "name")]
    assert await found(client, staff, "createContractAccount", **account) == expected


@pytest.mark.asyncio(loop_scope="module")
async def test_an_activation_reports_them_beside_a_weak_password(client: Client) -> None:
    context = client.backend.mutation_context
    token = await activation_token(context, "pat@acme.example")
    input_ = {"token": token, "password": "pat@acme.example", **MALFORMED_DETAILS}
    assert await found(client, ADA, "activateUser", **input_) == [*OF_DETAILS, ("PASSWORD_TOO_WEAK", "password")]


@pytest.mark.asyncio(loop_scope="module")
async def test_whoever_may_not_do_it_is_told_that_alone(client: Client) -> None:
    new = {"email": ADA, "firstName": " ", "lastName": "B", **MALFORMED_DETAILS}
    text = operation("createUser", FIELDS["createUser"])
    ben = (await client.data(text, await client.session("ben@acme.example"), input=new))["createUser"]
    assert [error["code"] for error in ben["errors"]] == ["FORBIDDEN"]
    nobody = (await client.data(text, input=new))["createUser"]
    assert [error["code"] for error in nobody["errors"]] == ["UNAUTHENTICATED"]


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
    found = [len(found.problems) for found in prepared.fields.problems.values()]
    assert found == [MOST_VALUE_PROBLEMS] + [1] * 49
