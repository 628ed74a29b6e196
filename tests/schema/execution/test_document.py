"""Documents: what is rejected before planning, and that rejecting is cheap."""

from time import perf_counter
from typing import Any

import pytest

from resolvers.lru_cache import LRUCache
from schema.execution.document import Documents
from schema.execution.errors import QueryCode, QueryRejected
from schema.execution.query_limits import Limits
from schema.schema import graphql_schema

DEEP = "viewer{user{organization{users{nodes{organization{"


def rejected_errors(text: str, **limits: int) -> list[dict[str, Any]]:
    """Returns the errors of a document that must be rejected."""
    with pytest.raises(QueryRejected) as rejected:
        Documents(graphql_schema(), Limits(**limits)).get(text)
    return [dict(error) for error in rejected.value.errors]


def codes(text: str, **limits: int) -> set[str]:
    return {error["extensions"]["code"] for error in rejected_errors(text, **limits)}


def fragments(body: str, count: int, end: str) -> str:
    """Returns a chain of fragments, each with `body` and the name of the next fragment."""
    chain = " ".join(f"fragment F{i} on Query {{ {body.format(next=f'F{i + 1}')} }}" for i in range(count))
    return f"{{ ...F0 }} {chain} fragment F{count} on Query {{ {end} }}"


@pytest.mark.parametrize(
    "text", ["{", "", "# nothing", "{ a(", "query Q { a } }", '{ node(id: "\ud800") { id } }', "{ a } \x00"]
)
def test_invalid_graphql_is_rejected(text: str) -> None:
    (error,) = rejected_errors(text)
    assert error["extensions"]["code"] == QueryCode.GRAPHQL_PARSE_FAILED
    assert error["locations"]


@pytest.mark.parametrize(
    "text",
    [
        "{ nothing }",
        "{ users(zoo: 1) { totalCount } }",
        "{ users }",
        "{ viewer { user { id { x } } } }",
        "subscription { users { totalCount } }",
        "query ($x: Int) { __typename }",
        "{ ...F } fragment F on Query { ...F }",
        "fragment F on User { id }",
        "{ viewer { user { x: id x: email } } }",
        '{ node(id: "a") { ... on Site { city } } }',
        "{ node { id } }",
        "query A { __typename } query A { __typename }",
    ],
)
def test_documents_that_do_not_match_the_schema_are_rejected(text: str) -> None:
    assert codes(text) == {QueryCode.GRAPHQL_VALIDATION_FAILED}


def test_all_errors_are_reported() -> None:
    errors = rejected_errors(
        '{ nothing users(zoo: 1, first: "x") { totalCount } emailAvailability(email: "ada") { state } }'
    )
    assert [(error["extensions"]["code"], error["extensions"].get("argument")) for error in errors] == [
        ("GRAPHQL_VALIDATION_FAILED", None),
        ("GRAPHQL_VALIDATION_FAILED", "zoo"),
        ("GRAPHQL_VALIDATION_FAILED", "first"),
        ("BAD_USER_INPUT", "email"),
    ]
    assert errors[3]["message"].startswith("This is not an email address")
    assert all(error["locations"] for error in errors)


def test_a_nested_invalid_value_is_reported_with_its_path() -> None:
    (error,) = rejected_errors('{ users(filter: {lastSignInSince: "today"}) { totalCount } }')
    assert error["extensions"] == {"code": "BAD_USER_INPUT", "argument": "filter.lastSignInSince"}
    (error,) = rejected_errors('query ($email: EmailAddress! = "ada") { emailAvailability(email: $email) { state } }')
    assert error["extensions"] == {"code": "BAD_USER_INPUT", "argument": "email"}


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("{" + "__typename " * 3000 + "}", QueryCode.TOO_LARGE),
        ("{" + " ".join(f"a{i}: __typename" for i in range(1000)) + "}", QueryCode.TOO_LARGE),
        ("{" + " ".join(f"a{i}: __typename" for i in range(10_000)) + "}", QueryCode.TOO_LARGE),
        ('{ users(filter: {search: "' + "a" * 200_000 + '"}) { totalCount } }', QueryCode.TOO_LARGE),
        ("{" + DEEP * 20 + "id" + "}}}}}}" * 20 + "}", QueryCode.TOO_DEEP),
        ("{" + "a{" * 5_000 + "b" + "}" * 5_000 + "}", QueryCode.TOO_DEEP),
        ("{ nodes(ids: " + "[" * 300 + '"a"' + "]" * 300 + ") { id } }", QueryCode.TOO_DEEP),
        (fragments("...{next} ...{next}", 40, "__typename"), QueryCode.TOO_LARGE),
        (fragments("x: viewer {{ user {{ id }} }} ...{next} ...{next}", 40, "__typename"), QueryCode.TOO_LARGE),
        (fragments("...{next} ...{next}", 15, "...F0"), QueryCode.TOO_LARGE),
        (fragments("viewer {{ user {{ id }} }} ...{next}", 200, "__typename"), QueryCode.TOO_LARGE),
    ],
    ids=[
        "one field many times",
        "aliases",
        "tokens",
        "characters",
        "fields in fields",
        "unknown fields in fields",
        "lists in lists",
        "spreads that double",
        "fields that double",
        "a circle that doubles",
        "a chain",
    ],
)
def test_documents_that_request_too_much_are_rejected_quickly(text: str, code: QueryCode) -> None:
    start = perf_counter()
    assert codes(text) == {code}
    assert perf_counter() - start < 5, "generous: the machine may be busy, and without a limit it takes minutes"


def test_introspection_may_nest_deeply_but_not_in_cycles() -> None:
    circle = "{ __schema { types { fields { type { fields { type { fields { type { fields { name } } } } } } } } } }"
    assert codes(circle) == {QueryCode.GRAPHQL_VALIDATION_FAILED}
    deep = "type { " + "ofType { " * 9 + "name" + " }" * 10
    documents = Documents(graphql_schema(), Limits(depth=5))
    assert documents.get(f"{{ __schema {{ types {{ inputFields {{ {deep} }} }} }} }}").operations


@pytest.mark.parametrize(
    "text",
    [
        "{ __schema { types { a: name b: name } } }",
        "{ ...F } fragment F on Query { __schema { types { fields { a: args { name } } } } }",
        "{ " + " ".join(f"a{i}: __schema {{ types {{ name }} }}" for i in range(11)) + " }",
        f"{{ {'a' * 101}: __typename }}",
    ],
    ids=["aliases in introspection", "the same in a fragment", "introspection many times", "a long alias"],
)
def test_a_short_text_cannot_request_a_huge_response(text: str) -> None:
    assert codes(text) == {QueryCode.TOO_LARGE}


def test_several_types_may_be_introspected_at_once() -> None:
    text = "{ " + " ".join(f'a{i}: __type(name: "User") {{ name }}' for i in range(10)) + f" {'a' * 100}: __typename }}"
    assert Documents(graphql_schema(), Limits()).get(text).operations


def test_limits_count_each_spread() -> None:
    text = "{ ...F ...G } fragment F on Query { a: __typename } fragment G on Query { ...F b: __typename }"
    documents = Documents(graphql_schema(), Limits(aliases=3))
    assert documents.get(text).operations
    assert codes(text, aliases=2) == {QueryCode.TOO_LARGE}


DIRECTIVES = """query A($x: Boolean = true @a) @a {
  ...F @include(if: $x) ... @skip(if: false) { __typename @include(if: $x) }
}
fragment F on Query @a { __typename @skip(if: false) }"""


def test_directives_are_counted_everywhere_and_with_each_spread() -> None:
    assert codes(DIRECTIVES, directives=7) == {QueryCode.GRAPHQL_VALIDATION_FAILED}, "there is no directive @a"
    assert codes(DIRECTIVES, directives=6) == {QueryCode.TOO_LARGE}
    many = "{ __typename " + "@include(if: true) " * 101 + "}"
    assert codes(many) == {QueryCode.TOO_LARGE}
    spread = "{ " + "...F " * 50 + "} fragment F on Query { a: __typename @skip(if: false) @include(if: true) }"
    assert Documents(graphql_schema(), Limits()).get(spread).operations
    assert codes(spread.replace("...F ", "...F ...F ", 1)) == {QueryCode.TOO_LARGE}


def test_more_than_fifty_fields_in_one_object_are_allowed() -> None:
    text = "{ users { nodes { " + " ".join(f"f{i}: email" for i in range(150)) + " } } }"
    assert Documents(graphql_schema(), Limits()).get(text).operations


def test_a_document_is_parsed_once() -> None:
    documents = Documents(graphql_schema(), Limits())
    assert documents.get("{ __typename }") is documents.get("{ __typename }")


def test_the_cache_is_bounded() -> None:
    cache: LRUCache[str, int] = LRUCache(entries=3, size=100)
    for key, size in (("a", 10), ("b", 10), ("c", 10)):
        cache.put(key, size, size)
    assert cache.get("a") == 10
    cache.put("d", 10, 10)
    assert [cache.get(key) for key in "abcd"] == [10, None, 10, 10], "the least recently used entry is gone"
    cache.put("e", 90, 90)
    assert [cache.get(key) for key in "acde"] == [None, None, 10, 90], "and as many as the size requires"
    cache.put("f", 101, 101)
    assert cache.get("f") is None
    cache.put("e", 5, 5)
    cache.put("g", 85, 85)
    assert [cache.get(key) for key in "deg"] == [10, 5, 85], "a new value frees the size of the old one"
