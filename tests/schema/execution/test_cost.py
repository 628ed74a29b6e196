"""The cost of an operation equals the hand-computed one, and the ceiling applies before anything runs."""

import re
from typing import Any

import orjson
import pytest

from resolvers.query.cost import places as count_places
from resolvers.query.selection import Request
from schema.execution.errors import QueryRejected
from schema.execution.query_limits import Limits
from schema.operations import Operations
from tests.support.paths import DOCS
from tests.support.prepared_operations import KEY, OTHER

OPERATIONS = Operations(Limits(cost=10**12))
PAGE = (DOCS / "limits.md").read_text()
EXAMPLES = re.findall(r"```graphql\n(.*?)```\n\n    ([\d +×()]+) = (\d+)\n", PAGE, re.DOTALL)

USER = f"usr_{KEY}"
SERVICE = f"svc_{OTHER}"
ON = f'action: VIEW, on: "{SERVICE}"'
U = "fragment U on User { activation { mail } }"
INPUT = 'input: {emails: ["a@b.example", "c@d.example"], permissions: [SUPPORT_VIEW], allContractAccounts: true}'


def cost(text: str, *, staff: bool = True, **variables: Any) -> int:
    return OPERATIONS.prepare(text, None, variables).price.requested(staff=staff).nodes


@pytest.mark.parametrize(("text", "sum_", "total"), EXAMPLES)
def test_the_examples_in_the_docs_are_correct(text: str, sum_: str, total: str) -> None:
    assert eval(sum_.replace("×", "*"), {}) == int(total) == cost(text)


def test_the_docs_have_the_error_of_a_rejected_operation() -> None:
    assert len(EXAMPLES) == PAGE.count("```graphql") - 1 >= 8
    users = "users { nodes { contractAccounts { nodes { users { nodes { email } } } } } }"
    text = f"{{ contractAccounts {{ nodes {{ services {{ nodes {{ deliveryAccount {{ {users} }} }} }} }} }} }}"
    with pytest.raises(QueryRejected) as rejected:
        Operations().prepare(text, None, {})
    (error,) = rejected.value.errors
    assert error["message"] in PAGE
    assert f'"requested": {error["extensions"]["requested"]}, "ceiling": 500000' in PAGE


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("{ __typename }", 1),
        ("{ viewer { permissions } }", 2),
        ("{ viewer { user { id } organization { id } assignable { audiences contractAccounts { totalCount } } } }", 7),
        ("{ users { totalCount } }", 3),
        ("{ users { a: totalCount b: totalCount } }", 3),
        ("{ users { __typename pageInfo { endCursor } } }", 2),
        ("{ users { edges { cursor } } }", 2 + 25),
        ("{ users(last: 7) { edges { cursor node { id } } nodes { id } } }", 2 + 7 + 7),
        ("{ users(first: 7) { a: nodes { id } b: nodes { id } } }", 2 + 14),
        ("{ a: users(first: 7) { nodes { id } } b: users(first: 7) { nodes { id } } }", 1 + 8 + 8),
        ("{ users(first: 7) { ...N nodes { email } } } fragment N on UserConnection { nodes { id } }", 2 + 7),
        ("{ users(first: 7) { nodes { id organization @skip(if: true) { id } } } }", 2 + 7),
        ("{ users(first: 7) @include(if: false) { nodes { id } } viewer { permissions } }", 2),
        ("{ services(first: 3) { nodes { site { city } contractAccount { organization { id } } } } }", 2 + 3 * 4),
        ("{ auditEvents(first: 3) { nodes { changes { field } } } }", 2 + 3 * 11),
        ("{ permissions { name } }", 1 + 8),
        ('{ emailAvailability(email: "a@b.example") { state user { id } } }', 3),
        (f'{{ node(id: "{USER}") {{ ... on User {{ activation {{ mail }} }} ... on Service {{ id }} }} }}', 3),
        (f'{{ node(id: "xyz_{KEY}") {{ id }} organization(id: "{USER}") {{ id }} }}', 3),
        (f'{{ nodes(ids: ["{USER}", "{SERVICE}", "{USER}", "xyz_{KEY}"]) {{ ...U }} }} {U}', 7),
        ("{ nodes(ids: []) { id } }", 1),
        ("{ __schema { types { name } } }", 501),
        ('{ __type(name: "User") { name } viewer { permissions } }', 502),
        (f'{{ explainAccess(user: "{USER}", action: VIEW, on: "{SERVICE}") {{ ways {{ conditions {{ text }} }} }} }}',
         101 + 10 * 11),
        (f'{{ whoCan({ON}) {{ holders {{ user {{ organization {{ id }} }} }} }} }}', 101 + 25 * 3),
        (f'{{ whoCan({ON}, first: 999) {{ totalCount holders {{ __typename }} }} }}', 101 + 100),
        (f'{{ whoCan({ON}, first: -9) {{ totalCount holders {{ __typename }} }} }}', 101 + 1),
        ("mutation { signOut { signedOut } }", 11),
        ('mutation { signIn(input: {email: "a@b.example", password: "x"}) { token viewer { user { id } } } }', 13),
        ("mutation { a: signOut { signedOut } b: signOut { signedOut errors { code } } }", 21),
        (f"mutation {{ inviteUsers({INPUT}) {{ invited errors {{ code }} }} }}", 11 + 2 * 3),
        (f"mutation {{ inviteUsers({INPUT}) {{ results {{ email user {{ id }} errors {{ code }} }} }} }}", 17 + 10 * 2),
    ],
)  # fmt: skip
def test_costs_of_operations(text: str, expected: int) -> None:
    assert cost(text) == expected


def test_variables_count() -> None:
    text = "query ($n: Int = 3, $b: Boolean!) { users(first: $n) { nodes { id } totalCount @include(if: $b) } }"
    assert [cost(text, b=True), cost(text, n=9, b=False)] == [6, 11]


def test_the_ceiling_is_the_highest_cost_that_is_allowed() -> None:
    page = "users(first: 98) { nodes { id } }"
    text, dear = f"{{ {page} }}", f"{{ a: viewer {{ permissions }} b: {page} }}"
    operations = Operations(Limits(cost=100))
    assert operations.prepare(text, None, {}).price.by_member.nodes == 100
    with pytest.raises(QueryRejected) as rejected:
        operations.prepare(dear, None, {})
    (error,) = rejected.value.errors
    assert (
        error["message"] == "This operation requests 101 nodes, and the limit is 100. Request less at once. "
        "The most expensive field is b, with 99 nodes."
    )
    assert (error["locations"], error["path"]) == ([{"line": 1, "column": 29}], ["b"])
    assert error["extensions"] == {"code": "COST_EXCEEDED", "requested": 101, "ceiling": 100}


def test_nested_pages_may_not_multiply_without_end() -> None:
    inner = "users(first: 100) { nodes { organization { " * 12 + "id" + "} } }" * 12
    with pytest.raises(QueryRejected) as rejected:
        Operations().prepare(f"{{ organizations(first: 100) {{ nodes {{ {inner} }} }} a: __typename }}", None, {})
    (error,) = rejected.value.errors
    assert error["extensions"] == {"code": "COST_EXCEEDED", "requested": 2**53 - 1, "ceiling": 500_000}
    assert orjson.dumps(error)


@pytest.mark.parametrize(
    ("text", "by_member", "by_staff"),
    [
        ("{ organizations { totalCount nodes { id } } }", 2 + 1 + 1, 2 + 1 + 25),
        ("{ organizations(first: 3) { edges { node { users(first: 2) { nodes { id } } } } } }", 2 + 4, 2 + 3 * 4),
        ("{ organizations { nodes { id } edges { node { id } } } }", 2 + 2, 2 + 50),
        ("{ contractAccounts(first: 2) { nodes { organization { id } } } }", 2 + 2 * 2, 2 + 2 * 2),
    ],
)
def test_only_staff_see_more_than_one_organization(text: str, by_member: int, by_staff: int) -> None:
    assert (cost(text, staff=False), cost(text)) == (by_member, by_staff)


PLACES = "users(first: 1) { totalCount nodes { viewerCan activation { mail } accountEnds { name } } }"
"""Five places and thirteen objects."""


@pytest.mark.parametrize(
    ("text", "places"),
    [
        ("{ __typename viewer { permissions } permissions { name } }", 1),
        ("{ viewer { user { organization { id } } viewerCan } }", 4),
        (f"{{ {PLACES} }}", 5),
        ("{ users { edges { node { id organization { id } } } pageInfo { endCursor } } }", 2),
        (f'{{ nodes(ids: ["{USER}", "{SERVICE}"]) {{ ...U ... on Service {{ site {{ city }} }} }} }} {U}', 3),
        (f"mutation {{ inviteUsers({INPUT}) {{ results {{ email user {{ organization {{ id }} }} }} }} }}", 2),
    ],
)
def test_places_are_where_the_statement_applies_the_policy(text: str, places: int) -> None:
    prepared = OPERATIONS.prepare(text, None, {})
    assert prepared.price.fixed in (0, 10 + 2 * 3)
    request = prepared if isinstance(prepared, Request) else prepared.fields.payloads["inviteUsers"]  # type: ignore[attr-defined]
    assert count_places(request.selection.parts) == places


@pytest.mark.parametrize(("aliases", "extra"), [(1, 0), (4, 0), (5, 50), (20, 800)])
def test_a_statement_of_many_places_costs_more_whatever_comes(aliases: int, extra: int) -> None:
    text = "{" + " ".join(f"a{number}: {PLACES}" for number in range(aliases)) + "}"
    price = OPERATIONS.prepare(text, None, {}).price
    assert (price.fixed, price.by_member.nodes) == (extra, 1 + aliases * 14 + extra)
    assert price.of_response(b"{}", staff=False) == 1 + extra
