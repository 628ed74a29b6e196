"""With suggestions off, errors reveal nothing about the schema. With introspection off, nothing else does."""

import json
import re
from typing import Any

import pytest

from resolvers.query.selection import Request
from schema.execution.errors import QueryRejected
from schema.execution.query_limits import Limits
from schema.operations import Operations
from schema.schema import printed_schema

pytestmark = pytest.mark.invariant("redacted_names")

OPEN, DISCREET = Operations(), Operations(suggestions=False)
WORD = re.compile(r"\w+")
NAMES = set(re.findall(r"^(?:type|enum|input|interface|scalar) (\w+)", printed_schema(), re.MULTILINE)) | set(
    re.findall(r"^\s+(\w+)(?:[:(]|$)", re.sub(r'"""(?:.|\n)*?"""', "", printed_schema()), re.MULTILINE)
)
INPUT = "mutation ($i: CreateUserInput!) { createUser(input: $i) { errors { code } } }"
FILTER = "query ($f: UserFilter) { users(filter: $f) { totalCount } }"

TYPOS: list[tuple[str, dict[str, Any]]] = [
    ("{ viewr { usr { id } } }", {}),
    ("{ viewer { emial } contractAccount { nam } }", {}),
    ("{ users }", {}),
    ("{ users { nodes { displayNam } nodez { id } } }", {}),
    ("{ viewer { user { id { x } } } }", {}),
    ("{ users(frist: 3, orderby: NAME) { totalCount } }", {}),
    ("{ users(orderBy: NAME_AS) { totalCount } }", {}),
    ('{ users(orderBy: "NAME_ASC") { totalCount } }', {}),
    ("{ users(filter: {serch: 1, status: [ACTIV]}) { totalCount } }", {}),
    ('{ users(first: "x") { totalCount } }', {}),
    ("{ node { id } }", {}),
    ("{ emailAvailability { stat } }", {}),
    ("mutation { createUsr { id } createUser { errors { cod } } }", {}),
    ("mutation { createUser(input: {}) { usr { id } } }", {}),
    ("mutation { createUser(input: 3) { errors { code } } }", {}),
    ("query ($x: UserFiltr, $y: Usr!) { __typename }", {}),
    ("query ($x: Int) { users(filter: $x) { totalCount } }", {}),
    ("query ($x: User) { __typename }", {}),
    ("{ ...F } fragment F on Usr { id }", {}),
    ("{ viewer { ... on Site { city } ... on EmailAddress { x } } }", {}),
    ("{ viewer { user { x: id x: email } y: user { id } y: organization { id } } }", {}),
    ("{ users { totalCount @skp(if: true) @include } }", {}),
    ("subscription { users { totalCount } }", {}),
    ("subscription S { usrs }", {}),
    (INPUT, {}),
    (INPUT, {"i": {"emial": "x", "frstName": 3}}),
    (INPUT, {"i": {"email": "x", "permissions": ["USER_MANAGMENT"], "kind": "it's", "country": "ZZZ"}}),
    (INPUT, {"i": [1]}),
    (INPUT, {"i": {"email": None, "firstName": "a\x01" * 3000, "lastName": "x", "contractAccounts": ["x"]}}),
    (FILTER, {"f": {"statu": ["x"], "audience": ["it's", "DELIVER"], "ids": 3}}),
    (FILTER, {"f": "it's 'so'"}),
    ("{ users(first: 0, last: 0, after: \"x\") { totalCount } }", {}),
    ("{ __schem { types { nam } } __type { name } }", {}),
]  # fmt: skip


def problems(operations: Operations, text: str, variables: dict[str, Any]) -> list[Any]:
    with pytest.raises(QueryRejected) as rejected:
        operations.prepare(text, None, variables)
    return rejected.value.errors


@pytest.mark.parametrize(("text", "variables"), TYPOS, ids=[str(n) for n in range(len(TYPOS))])
def test_no_error_contains_a_name_that_the_client_did_not_send(text: str, variables: dict[str, Any]) -> None:
    sent = set(WORD.findall(text)) | set(WORD.findall(json.dumps(variables)))
    redacted = problems(DISCREET, text, variables)
    for error in redacted:
        # Words of prose may equal names. In quotes, and if they consist of several words, they are names.
        quoted = " ".join(re.findall(r"['`(.@:\[]\w+|\w+['`)]", error["message"]))
        words = set(WORD.findall(quoted + error["extensions"].get("argument", "")))
        words |= {word for word in WORD.findall(error["message"]) if re.search(r"[a-z_][A-Z]|_", word)}
        assert not words & (NAMES - sent), error
        assert "Did you mean '" not in error["message"] or "{ ... }" in error["message"]
    unredacted = problems(OPEN, text, variables)
    assert [(error["extensions"], error.get("locations")) for error in redacted] == [
        (error["extensions"], error.get("locations")) for error in unredacted
    ], "everything else is the same"


def test_the_typos_would_reveal_many_names() -> None:
    unredacted = json.dumps([problems(OPEN, *typo) for typo in TYPOS])
    for name in ("NAME_ASC", "UserFilter", "firstName", "USER_MANAGEMENT", "viewer", "createUser", "displayName"):
        assert f"'{name}'" in unredacted
    assert unredacted.count("Did you mean") > 10


def test_messages_stay_readable() -> None:
    assert [error["message"] for error in problems(DISCREET, "{ viewer { emial } users }", {})] == [
        "Cannot query field 'emial' on type '…'.",
        "Field 'users' of type '…!' must have a selection of subfields. Did you mean 'users { ... }'?",
    ]


@pytest.mark.parametrize(
    "text",
    [
        "{ __schema { types { name } } }",
        '{ __type(name: "User") { name } }',
        "{ viewer { user { id } } ...F } fragment F on Query { a: __schema { queryType { name } } }",
    ],
)
def test_introspection_can_be_switched_off(text: str) -> None:
    (error,) = problems(Operations(Limits(introspections=0)), text, {})
    assert error["extensions"]["code"] == "INTROSPECTION_OFF"


def test_typename_works_with_introspection_off() -> None:
    operations = Operations(Limits(introspections=0), suggestions=False)
    prepared = operations.prepare("{ __typename viewer { __typename user { __typename } } }", None, {})
    assert isinstance(prepared, Request)
