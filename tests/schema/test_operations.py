"""Preparing operations: variables, the choice of the operation, introspection, and mutations before they run."""

import json
from typing import Any, cast

import pytest
from hypothesis import given
from hypothesis import strategies as st

from resolvers.callers.caller import Caller
from resolvers.query.selection import ObjectField, ParameterSlot, ScalarField, Selection, StaticField
from schema.execution.context import Context
from schema.execution.errors import QueryRejected
from schema.execution.execution import MutationRun, QueryRun
from tests.support.prepared_operations import KEY, OPERATIONS, errors, request

NOBODY = Context(Caller(), None, cast("Any", None), cast("Any", None))
"""The context of an execution that needs no database."""


@pytest.mark.parametrize(
    ("variables", "blamed"),
    [
        ({}, ["email"]),
        ({"email": None}, ["email"]),
        ({"email": "ada"}, ["email"]),
        ({"email": 7, "n": "1"}, ["n", "email"]),
        ({"email": "a@b.example", "n": 2**40}, ["n"]),
        (
            {"email": "a@b.example", "f": {"status": ["OPEN"], "country": ["XX", "NL", "YY"], "zoo": 1}},
            ["f.status.0", "f.country.0", "f.country.2", "f"],
        ),
        ({"email": "a@b.example", "f": []}, ["f"]),
    ],
)
def test_all_invalid_variables_are_reported(variables: dict[str, Any], blamed: list[str]) -> None:
    text = """query ($n: Int, $email: EmailAddress!, $f: UserFilter) {
      users(first: $n, filter: $f) { totalCount } emailAvailability(email: $email) { state }
    }"""
    assert errors(text, **variables) == [("BAD_USER_INPUT", argument, None) for argument in blamed]


@pytest.mark.parametrize(
    ("input_", "wrong"),
    [({"password": "hunter2", "zoo": 1}, 2), ([{"email": "ada@acme.example", "password": "hunter2"}], 1)],
)
def test_an_invalid_variable_is_reported_without_the_values_beside_it(input_: Any, wrong: int) -> None:
    with pytest.raises(QueryRejected) as rejected:
        OPERATIONS.prepare("mutation ($i: SignInInput!) { signIn(input: $i) { token } }", None, {"i": input_})
    assert "hunter2" not in str(rejected.value.errors)
    assert len(rejected.value.errors) == wrong


def test_variables_may_not_nest_without_end() -> None:
    nested: Any = "x"
    for _ in range(100_000):
        nested = [nested]
    assert errors("query ($ids: [ID!]!) { nodes(ids: $ids) { id } }", ids=nested) == [("TOO_DEEP", "variables", None)]


def test_the_operation_is_chosen_by_name() -> None:
    both = "query A { __typename } query B { a: __typename }"
    assert request(both, "B").selection.parts[0].key == "a"
    for name in (None, "C", "\ud800"):
        assert errors(both, name) == [("BAD_USER_INPUT", "operationName", None)]
    assert errors("{ __typename }", "A") == [("BAD_USER_INPUT", "operationName", None)]


@given(
    name=st.text(),
    value=st.recursive(
        st.none() | st.booleans() | st.integers() | st.text(),
        lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner),
    ),
)
def test_no_variable_breaks_the_builder(name: str, value: Any) -> None:
    text = """query ($f: UserFilter, $a: String, $ids: [ID!]!) {
      users(filter: $f, after: $a) { totalCount } nodes(ids: $ids) { id }
    }"""
    for variables in ({"f": value, "ids": []}, {"a": value, "ids": []}, {"ids": value}, {name: value}):
        try:
            OPERATIONS.prepare(text, None, variables)
        except QueryRejected as rejected:
            json.dumps(rejected.errors, ensure_ascii=False).encode()


def test_a_repeated_query_is_cached() -> None:
    text = "query ($n: Int) { users(first: $n) { totalCount } }"
    assert request(text, n=3) is request(text, n=3)
    assert request(text, n=3) is not request(text, n=4)
    assert request(text, n=3).selection == request(text, n=4).selection, "the shape is the same"


async def test_introspection_and_data_in_one_query() -> None:
    prepared = OPERATIONS.prepare(
        "query ($n: String!) { a: __type(name: $n) { name } viewer { user { id } } __schema { ...S } } "
        "fragment S on __Schema { queryType { name } }",
        None,
        {"n": "User"},
    )
    assert isinstance(prepared, QueryRun)
    assert prepared.keys == ("a", "viewer", "__schema")
    introspected = await prepared.executed.run(NOBODY)
    assert introspected.data == {"a": {"name": "User"}, "__schema": {"queryType": {"name": "Query"}}}
    assert prepared.request is not None
    assert [part.key for part in prepared.request.selection.parts if not isinstance(part, StaticField)] == ["viewer"]


def test_introspection_alone_needs_no_database() -> None:
    prepared = OPERATIONS.prepare("{ __schema { queryType { name } } }", None, {})
    assert isinstance(prepared, QueryRun)
    assert prepared.request is None
    assert not prepared.mutation


def mutation(**changes: Any) -> MutationRun:
    text = "mutation ($i: CreateUserInput!) { a: createUser(input: $i) { u: user { id e: email } errors { code } } }"
    new_user = {"email": "new@acme.example", "firstName": "New", "lastName": "User"} | changes
    prepared = OPERATIONS.prepare(text, None, {"i": new_user})
    assert isinstance(prepared, MutationRun)
    return prepared


def test_a_payload_is_read_by_the_id_of_the_changed_node() -> None:
    request = mutation().fields.payloads["a"]
    selection = Selection("User", (ScalarField("id", "id"), ScalarField("e", "email")))
    assert request.selection.parts == (ObjectField("u", "node", selection, (("id", ParameterSlot(0)),)),)
    assert request.values == (None, None, None)


def test_mutations_are_not_cached() -> None:
    assert mutation() is not mutation()


def test_a_repeated_preview_of_access_is_cached() -> None:
    text = "query ($input: AccessPreviewInput!) { accessPreview(input: $input) { after { users { totalCount } } } }"
    prepared = [OPERATIONS.prepare(text, None, {"input": {"audience": name}}) for name in ("ORGANIZATION",) * 2]
    assert isinstance(prepared[0], QueryRun)
    assert prepared[0] is prepared[1]
    assert OPERATIONS.prepare(text, None, {"input": {}}) is not prepared[0]


@pytest.mark.parametrize(
    "field",
    ['passwordStrength(password: "x") { score }', "__schema { queryType { name } }"],
)
def test_what_may_hold_a_password_or_has_a_large_result_is_not_cached_beside_a_preview(field: str) -> None:
    text = f"{{ accessPreview(input: {{}}) {{ errors {{ code }} }} {field} }}"
    assert OPERATIONS.prepare(text, None, {}) is not OPERATIONS.prepare(text, None, {})


def test_introspection_is_not_cached() -> None:
    """A short text has a long result: the results of a thousand such texts would fill the memory."""
    text = "{ __schema { types { name } } }"
    assert OPERATIONS.prepare(text, None, {}) is not OPERATIONS.prepare(text, None, {})


@pytest.mark.parametrize(
    ("input_", "blamed"),
    [
        ({"firstName": "a\x00"}, "input.firstName"),
        ({"lastName": "\ud800"}, "input.lastName"),
        ({"lastName": "a" * 5000}, "input.lastName"),
        ({"contractAccounts": [f"ca_{KEY}", "x"]}, "input.contractAccounts.1"),
    ],
)
def test_malformed_input_is_found_before_a_mutation_runs(input_: dict[str, Any], blamed: str) -> None:
    assert [".".join(problem.path) for problem in mutation(**input_).fields.problems["a"].problems] == [blamed]


def test_an_invalid_payload_is_rejected_before_the_mutation_runs() -> None:
    text = """mutation { signIn(input: {email: "a@b.example", password: "x"}) {
      viewer { organization { users(first: 0) { totalCount } } }
    } }"""
    assert errors(text) == [("BAD_USER_INPUT", "first", ["signIn", "viewer", "organization", "users"])]
