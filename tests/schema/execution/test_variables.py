"""Variables are measured before they are examined, in linear time. A null in a non-null place names its argument."""

from collections.abc import Callable
from typing import Any

import pytest

from schema.declare.filters import LIST_LENGTH
from schema.execution.errors import MOST_ERRORS
from schema.execution.query_limits import Limits
from schema.operations import Operations
from tests.support.prepared_operations import KEY, OPERATIONS, errors, request
from tests.support.work import count_calls

CREATE = "mutation ($i: CreateUserInput!) { createUser(input: $i) { user { id } } }"
INVITE = "mutation ($i: InviteUsersInput!) { inviteUsers(input: $i) { results { email } } }"
NODES = "query ($i: [ID!]!) { nodes(ids: $i) { id } }"
FILTER = "query ($i: UserFilter) { users(filter: $i) { totalCount } }"


@pytest.mark.parametrize(
    ("text", "input_"),
    [
        (CREATE, {f"permission{number}": 1 for number in range(2_000)}),
        (INVITE, {"permissions": ["ada"] * 900}),
        (NODES, [7.5] * 900),
        (FILTER, {"status": ["OPEN"] * 900, "country": ["XX"] * 900}),
    ],
)
def test_at_most_fifty_errors_are_reported(text: str, input_: Any) -> None:
    assert len(errors(text, i=input_)) == MOST_ERRORS


@pytest.mark.parametrize(
    ("text", "input_of"),
    [
        (CREATE, lambda size: {f"permission{number}": 1 for number in range(size)}),
        (INVITE, lambda size: {"emails": ["ada"] * size}),
        (INVITE, lambda size: {"emails": [f"a{number}@b.example" for number in range(size)]}),
        (NODES, lambda size: [f"usr_{KEY}"] * size),
        (NODES, lambda size: ["usr_1"] * size),
        (NODES, lambda size: [{}] * size),
        (FILTER, lambda size: {"country": ["NL"] * size}),
    ],
)
def test_the_work_grows_no_faster_than_the_variables(text: str, input_of: Callable[[int], Any]) -> None:
    operations = Operations(Limits(cost=10**9))
    operations.prepare("{ __typename }", None, {})

    def work(size: int) -> int:
        variables = {"i": input_of(size)}
        return count_calls(lambda: operations.prepare(text, None, variables))

    work(10)
    assert work(800) < 4.4 * work(200)


def test_too_many_values_are_rejected_before_one_is_examined() -> None:
    most = Limits().values
    inputs: list[Any] = [
        {f"permission{number}": 1 for number in range(most + 1)},
        {"a": [[1] * 999] * 6},
        [[{"a": 1}] * 900] * 900,
    ]
    for input_ in inputs:
        assert errors(CREATE, i=input_) == [("TOO_LARGE", "i", None)]
    few, many = [dict[str, Any]({"i": {str(number): {} for number in range(count * most)}}) for count in (2, 20)]
    OPERATIONS.prepare("{ __typename }", None, {})
    assert count_calls(lambda: OPERATIONS.prepare(CREATE, None, few)) == count_calls(
        lambda: OPERATIONS.prepare(CREATE, None, many)
    )


def test_values_of_undeclared_variables_do_not_count() -> None:
    assert request("{ __typename }", other=[[0] * 900] * 900).values == ()


def test_a_list_that_is_too_long_is_one_error() -> None:
    assert errors(INVITE, i={"emails": ["ada"] * (LIST_LENGTH + 1)}) == [("BAD_USER_INPUT", "i.emails", None)]
    assert errors(NODES, i=["usr_1"] * 20_000) == [("BAD_USER_INPUT", "i", None)]


@pytest.mark.parametrize("item", [f"usr_{KEY}", "usr_1"])
def test_a_list_is_validated_once_however_often_it_is_used(item: str) -> None:
    operations = Operations(Limits(cost=10**9))

    def work(aliases: int) -> int:
        fields = " ".join(f"a{number}: users(filter: {{ids: $i}}) {{ totalCount }}" for number in range(aliases))
        text = f"query ($i: [ID!]!) {{ {fields} }}"
        operations.prepare(text, None, {"i": []})
        return count_calls(lambda: operations.prepare(text, None, {"i": [item] * 1_000}))

    assert work(100) < 2 * work(1)


def test_a_list_in_many_places_is_bound_once() -> None:
    text = "query ($i: [ID!]) { a: users(filter: {ids: $i}) { totalCount } b: users(filter: {ids: $i}) { totalCount } }"
    prepared = request(text, i=[f"usr_{KEY}"])
    assert prepared.values.count((KEY,)) == 1


def test_lists_of_one_mutation_are_validated_once() -> None:
    fields = " ".join(
        f"a{number}: inviteUsers(input: {{emails: $i}}) {{ results {{ email }} }}" for number in range(50)
    )
    text = f"mutation ($i: [EmailAddress!]!) {{ {fields} }}"
    operations = Operations(Limits(cost=10**9))
    emails = [f"a{number}@b.example" for number in range(1_000)]
    operations.prepare(text, None, {"i": emails[:1]})
    alone = count_calls(lambda: operations.prepare(INVITE, None, {"i": {"emails": emails}}))
    assert count_calls(lambda: operations.prepare(text, None, {"i": emails})) < 2 * alone


RECENT = 'query ($a: Boolean = false) { __type(name: "User") { fields(includeDeprecated: $a) { name } } }'
NULLS = [
    ("query ($a: Boolean = true) { viewer @include(if: $a) { permissions } }", "if"),
    ("query ($a: Boolean = true) { viewer @skip(if: $a) { permissions } }", "if"),
    ("query ($a: Boolean = true) { ... @include(if: $a) { viewer { permissions } } }", "if"),
    ("query ($a: Boolean = true) { viewer { user { email @include(if: $a) } } }", "if"),
    ("query ($a: Boolean = true) { services { nodes @include(if: $a) { id } } }", "if"),
    ("query ($a: Boolean = true) { __schema @include(if: $a) { queryType { name } } }", "if"),
    ("query ($a: Boolean = true) { __schema { queryType @include(if: $a) { name } } }", "if"),
    ("query ($a: Boolean = true) { ...F } fragment F on Query { __type(name: \"A\") { name @skip(if: $a) } }", "if"),
    ("query ($a: Boolean = true) { whoCan(action: VIEW, on: \"x\") { totalCount @skip(if: $a) } }", "if"),
    ("query ($a: ID = \"x\") { node(id: $a) { id } }", "id"),
    ("query ($a: ID = \"x\") { nodes(ids: [$a]) { id } }", "ids"),
    ("query ($a: [ID!] = []) { nodes(ids: $a) { id } }", "ids"),
    ("query ($a: ID = \"x\") { services(filter: {ids: [$a]}) { nodes { id } } }", "filter.ids"),
    ("query ($a: String = \"x\") { __type(name: $a) { name } }", "name"),
    (RECENT, "includeDeprecated"),
    ("query ($a: EmailAddress = \"a@b.example\") { emailAvailability(email: $a) { state } }", "email"),
    ("mutation ($a: ID = \"x\") { removeUser(input: {id: $a}) { errors { code } } }", "input.id"),
    ("mutation ($a: RemoveUserInput = {id: \"x\"}) { removeUser(input: $a) { errors { code } } }", "input"),
    ("mutation ($a: Boolean = true) { removeUser(input: {id: \"x\"}) { errors @skip(if: $a) { code } } }", "if"),
    ("mutation ($a: Boolean = true) { removeUser(input: {id: \"x\"}) { errors { code @skip(if: $a) } } }", "if"),
    ("mutation ($a: Boolean = true) { removeUser(input: {id: \"x\"}) { user { email @skip(if: $a) } } }", "if"),
]  # fmt: skip


@pytest.mark.parametrize(("text", "argument"), NULLS)
def test_a_null_variable_in_a_place_that_must_not_be_null(text: str, argument: str) -> None:
    assert errors(text, a=None) == [("BAD_USER_INPUT", argument, None)]
