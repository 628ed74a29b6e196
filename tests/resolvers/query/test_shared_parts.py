"""Parts that are equal apart from their keys are planned once. Sizes of statements stand for the time that PostgreSQL
needs to plan them. Their answers: `tests/properties/reading/test_sharing_agreement.py`."""

import re
from uuid import UUID

import pytest

from authz.access import Access
from authz.actor import ActorKind, Traits
from models import Permission, User
from resolvers import public_id
from resolvers.query.statement import build
from tests.support.prepared_operations import OPERATIONS, cursor, request
from tests.support.resolver_fixtures import rules

USERS = """users(first: 1) { totalCount nodes {
  id email displayName status permissions viewerCan version accountEnds { name } activation { mail mailReply sentAt }
} }"""
SHARED = re.compile(r"OFFSET 0\) AS (a\d+)")
USER = public_id.encode(User, UUID(int=0))[:-2]
AFTER = f'users(first: 1, after: "{cursor("NAME_ASC", "x")}")'


def sql_of(text: str, max_response_bytes: int | None = None, *, large: bool = False) -> str:
    access = Access(rules(), Traits(ActorKind.MEMBER, permissions=frozenset(Permission)))
    prepared = request(text)
    return build(
        OPERATIONS.registry,
        access,
        prepared.selection,
        guarded=False,
        large=large,
        max_response_bytes=max_response_bytes,
    ).sql


def again(field: str, times: int = 20) -> str:
    return " ".join(f"a{number}: {field}" for number in range(times))


@pytest.mark.parametrize(
    ("text", "field"),
    [
        ("{ FIELD }", USERS),
        ("{ users(first: 5) { nodes { FIELD } } }", "organization { name users { totalCount nodes { email } } }"),
        ("{ users { nodes { FIELD } } }", "viewerCan"),
        ("{ users { nodes { FIELD } } }", "contractAccounts(first: 2) { nodes { id } totalCount }"),
        ("{ users { nodes { FIELD } } }", "accountEnds { name endsAt }"),
        ("{ auditEvents { nodes { FIELD } } }", "subjectId"),
        ("{ users { FIELD } }", "totalCount"),
        ("{ users { FIELD nodes { id } } }", "totalCount"),
        ("{ users { FIELD } }", "nodes { id viewerCan organization { name } }"),
        ("{ users { FIELD } }", "edges { cursor node { id viewerCan organization { name } } }"),
        ("{ users { edges { FIELD } } }", "node { id viewerCan organization { name } }"),
        (f"{{ {AFTER} {{ FIELD }} }}", "pageInfo { hasPreviousPage }"),
    ],
)
def test_twenty_equal_fields_have_a_statement_less_than_twice_as_long_as_one(text: str, field: str) -> None:
    assert len(sql_of(text.replace("FIELD", again(field)))) < 2 * len(sql_of(text.replace("FIELD", field)))


def test_what_is_within_equal_fields_is_shared_too() -> None:
    field = "organization { name users { totalCount } }"
    inner = f"users(first: 1) {{ nodes {{ {again(field, 10)} }} }}"
    once = sql_of(f"{{ users(first: 1) {{ nodes {{ {field} }} }} }}")
    assert len(sql_of(f"{{ {again(inner, 10)} }}")) < 2 * len(once)


@pytest.mark.parametrize(
    ("text", "field"),
    [
        ("{ FIELDS }", USERS.replace("first: 1", "first: NUMBER")),
        ("{ FIELDS }", 'users(filter: {search: "NUMBER"}, first: NUMBER) { totalCount nodes { id viewerCan } }'),
        ("{ users { nodes { FIELDS } } }", "contractAccounts(first: NUMBER) { nodes { id } totalCount }"),
        ("{ FIELDS }", 'emailAvailability(email: "NUMBER@example.com") { state user { viewerCan } }'),
        ("{ FIELDS }", f'nodes(ids: ["{USER}NUMBER"]) {{ id ... on User {{ viewerCan }} }}'),
        (
            "{ FIELDS }",
            f'nodes(ids: ["{USER}NUMBER"]) {{ ... on User {{ x: contractAccounts(first: 3) {{ totalCount }} }} }}',
        ),
    ],
)
def test_twenty_fields_with_other_values_have_a_statement_less_than_twice_as_long_as_one(text: str, field: str) -> None:
    fields = [f"a{number}: {field.replace('NUMBER', str(number))}" for number in range(10, 30)]
    once = len(sql_of(text.replace("FIELDS", fields[0])))
    assert len(sql_of(text.replace("FIELDS", " ".join(fields)))) < 2 * once
    # For large organizations, PostgreSQL plans for the values.
    assert len(sql_of(text.replace("FIELDS", " ".join(fields)), large=True)) > 5 * once


def test_different_fields_are_not_shared() -> None:
    for text in (
        "a: users { totalCount } b: services { totalCount }",
        "a: users { nodes { id } } b: users { nodes { email } }",
        'a: users(filter: {search: "x"}) { totalCount } b: users(filter: {mail: FAILED}) { totalCount }',
    ):
        assert not SHARED.search(sql_of(f"{{ {text} }}"))


def test_columns_are_not_shared() -> None:
    """A subquery for each row takes longer than to encode a column once more."""
    assert not SHARED.search(sql_of("{ services { nodes { id key: id a: name b: name } } }"))


def test_each_use_of_a_list_counts_towards_the_size_of_the_response() -> None:
    lists = sql_of(f"{{ {again('services { nodes { code } }', 5)} }}", max_response_bytes=1_000)
    assert lists.count("limit_response(") == 5
    objects = sql_of(f"{{ {again('viewer { user { id viewerCan } }', 5)} }}", max_response_bytes=1_000)
    assert "limit_response(" not in objects


def test_names_of_shared_values_are_unique() -> None:
    inner = f"users(first: 1) {{ {again('totalCount', 2)} nodes {{ {again('viewerCan', 2)} }} }}"
    names = SHARED.findall(sql_of(f"{{ {again(inner, 2)} b: services {{ totalCount }} }}"))
    assert len(names) == len(set(names)) == 3
