"""Whatever is sent, the server answers without failing, with work that grows no faster than what is sent."""

import json
from collections.abc import AsyncIterator, Callable
from contextlib import suppress
from functools import partial

import pytest
import pytest_asyncio
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from app.http.errors import HttpCode
from resolvers.errors import ErrorCode
from schema.execution.errors import QueryCode, QueryRejected
from schema.execution.query_limits import Limits
from schema.operations import Operations
from tests.support.console.bundle import is_built
from tests.support.depth import examples
from tests.support.random_operations import JUNK, RandomOperation
from tests.support.server import Client, add_demo_world, codes, serving
from tests.support.work import count_calls

pytestmark = pytest.mark.invariant("hostile_requests")

ANSWERED = {*QueryCode, *ErrorCode, *HttpCode} - {
    HttpCode.INTERNAL,
    HttpCode.TIMED_OUT,
    HttpCode.UNAVAILABLE,
    HttpCode.UNSUPPORTED,
}
MOST = 20_000_000


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def client(shared_database_url: str, tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Client]:
    await add_demo_world(shared_database_url)
    rich = {"max_cost": MOST, "cost_capacity": 50 * MOST, "cost_refill": 50 * MOST}
    async with serving(shared_database_url, tmp_path_factory.mktemp("data"), **rich) as client:
        yield client


@settings(max_examples=examples(75), deadline=None, suppress_health_check=list(HealthCheck))
@given(data=st.data())
@pytest.mark.asyncio(loop_scope="module")
async def test_any_operation_with_any_variables_is_answered(client: Client, data: st.DataObject) -> None:
    operation = RandomOperation(data.draw, [], [])
    body = {"query": operation.text(), "variables": operation.variables}
    for headers in ({}, {"Portico-Dry-Run": "cost"}):
        response = await client.post(json.dumps(body).encode(), None, **headers)
        assert response.status_code < 500, body
        assert set(codes(response.json())) <= ANSWERED, body


BODIES = st.one_of(
    st.binary(max_size=200),
    JUNK.map(lambda value: json.dumps(value).encode()),
    st.fixed_dictionaries(
        {},
        optional={
            "query": JUNK | st.sampled_from(["{ __typename }", "mutation { signOut { signedOut } }", "{", "\u0000"]),
            "variables": JUNK,
            "operationName": JUNK,
            "extensions": JUNK | st.fixed_dictionaries({"persistedQuery": JUNK}),
            "documentId": JUNK | st.just("sha256:" + "0" * 64),
        },
    ).map(lambda value: json.dumps(value).encode()),
)
TEXT = st.text(st.characters(min_codepoint=32, max_codepoint=126), max_size=30).map(str.strip)
HEADERS = st.fixed_dictionaries(
    {},
    optional={
        "Content-Type": TEXT | st.sampled_from(["application/json; charset=utf8", "application/json;", "text/plain"]),
        "Accept": TEXT | st.sampled_from(["*/*;q=0", "application/json;q=x", "text/html"]),
        "Authorization": TEXT.map(lambda text: f"Bearer {text}") | TEXT | st.just("Bearer a.b.c.d.e"),
        "Idempotency-Key": TEXT,
        "Portico-Dry-Run": TEXT,
        "Content-Encoding": TEXT,
        "X-Request-Id": TEXT,
        "X-Forwarded-For": TEXT,
        "Origin": TEXT,
    },
)
PATHS = st.sampled_from(
    [
        *("/", "/graphql", "/graphiql", "/activate", "/activated", "/reset-password", "/healthz", "/readyz"),
        *("/oauth2/token", "/oauth2/revoke", "/oauth2/introspect", "/.well-known/oauth-authorization-server"),
        *("/assets/x", "/assets/../x"),
    ]
)
METHODS = st.sampled_from(["GET", "HEAD", "POST", "PUT", "DELETE", "OPTIONS", "PATCH", "TRACE", "QUERY", "post"])


@settings(max_examples=examples(100), deadline=None, suppress_health_check=list(HealthCheck))
@given(line=st.tuples(METHODS, PATHS), query=st.text(max_size=30), headers=HEADERS, body=BODIES)
@pytest.mark.asyncio(loop_scope="module")
async def test_any_request_is_answered(
    client: Client, line: tuple[str, str], query: str, headers: dict[str, str], body: bytes
) -> None:
    response = await client.http.request(*line, params={"query": query}, headers=headers, content=body)
    is_missing = line[1] == "/graphiql" and not is_built() and response.status_code == 503
    assert response.status_code < 500 or is_missing, (line, query, headers, body)


PIECES: dict[str, Callable[[int], str]] = {
    "fields": lambda size: "{ " + " ".join(f"a{number}: __typename" for number in range(size)) + " }",
    "unknown fields": lambda size: "{ " + " ".join(f"users{number}" for number in range(size)) + " }",
    "unknown arguments": lambda size: (
        "{ users(" + " ".join(f"first{number}: 1" for number in range(size)) + ") { totalCount } }"
    ),
    "long name": lambda size: "{ " + "users" * 20 * size + " }",
    "long text": lambda size: '{ node(id: "' + "x" * 20 * size + '") { id } }',
    "long block text": lambda size: '{ node(id: """' + "\n  x" * 5 * size + '""") { id } }',
    "long number": lambda size: "{ users(first: " + "9" * 20 * size + ") { totalCount } }",
    "comments": lambda size: "#\n" * 5 * size + "{ __typename }",
    "directives": lambda size: "{ __typename " + "@skip(if: false) " * size + "}",
    "fragments": lambda size: (
        "{ ...F0 } "
        + " ".join(f"fragment F{number} on Query {{ ...F{number + 1} }}" for number in range(size))
        + f" fragment F{size} on Query {{ __typename }}"
    ),
    "cycle of fragments": lambda size: (
        "{ ...F0 } "
        + " ".join(f"fragment F{number} on Query {{ ...F{(number + 1) % size} }}" for number in range(size))
    ),
    "unused fragments": lambda size: (
        "{ __typename } " + " ".join(f"fragment F{number} on User {{ id email }}" for number in range(size))
    ),
    "doubling fragments": lambda size: (
        "{ ...F0 } "
        + " ".join(f"fragment F{number} on Query {{ ...F{number + 1} ...F{number + 1} }}" for number in range(size))
        + f" fragment F{size} on Query {{ __typename }}"
    ),
    "inline fragments": lambda size: "{ " + "... on Query { __typename } " * size + "}",
    "nested inline fragments": lambda size: "{ " + "... { " * size + "__typename" + " }" * size + " }",
    "operations": lambda size: " ".join(f"query Q{number} {{ __typename }}" for number in range(size)),
    "variables": lambda size: (
        "query (" + " ".join(f"$v{number}: Int" for number in range(size)) + ") { users(first: $v0) { totalCount } }"
    ),
    "used variables": lambda size: (
        "query ("
        + " ".join(f"$v{number}: ID!" for number in range(size))
        + ") { nodes(ids: ["
        + " ".join(f"$v{number}" for number in range(size))
        + "]) { id } }"
    ),
    "list": lambda size: "{ nodes(ids: [" + '"x" ' * size + "]) { id } }",
    "bad list": lambda size: "{ users(filter: {status: [" + "OPEN " * size + "]}) { totalCount } }",
    "nested list": lambda size: "{ nodes(ids: " + "[" * size + "]" * size + ") { id } }",
    "unknown input fields": lambda size: (
        "{ users(filter: {" + " ".join(f"status{number}: 1" for number in range(size)) + "}) { totalCount } }"
    ),
    "same field": lambda size: "{ viewer { user { " + "id " * size + "} } }",
    "same nested field": lambda size: "{ " + "viewer { user { id } } " * size + "}",
    "conflicts": lambda size: (
        "{ viewer { user { " + " ".join(f"a: id a: email b{number}: id" for number in range(size)) + " } } }"
    ),
    "mutations": lambda size: (
        "mutation { " + " ".join(f"a{number}: signOut {{ signedOut }}" for number in range(size)) + " }"
    ),
    "introspection": lambda size: (
        "{ __schema { types { " + "fields { type { " * size + "name" + " } }" * size + " } } }"
    ),
}
LOOSE = Limits(tokens=10_000, aliases=2_000, directives=2_000, depth=30, cost=10**12)
OPERATIONS = Operations(LOOSE)


@pytest.mark.parametrize("piece", PIECES)
def test_the_work_grows_no_faster_than_the_document(piece: str) -> None:
    operations = Operations(LOOSE)
    texts = [PIECES[piece](size) for size in (150, 600)]
    operations.prepare("{ __typename }", None, {})
    small, large = [count_calls(partial(operations.prepare, text, None, {})) for text in texts]
    growth = len(texts[1]) / len(texts[0])
    assert large <= 1.15 * growth * small + 2_000


@settings(max_examples=examples(30), deadline=None)
@given(pieces=st.lists(st.sampled_from(sorted(PIECES)), min_size=2, max_size=3), data=st.data())
def test_no_mixture_fails(pieces: list[str], data: st.DataObject) -> None:
    """Cuts pieces at any place and joins them."""
    texts = [PIECES[piece](data.draw(st.integers(1, 12))) for piece in pieces]
    text = " ".join(text[data.draw(st.integers(0, 10)) : len(text) - data.draw(st.integers(0, 10))] for text in texts)
    with suppress(QueryRejected):
        OPERATIONS.prepare(text, None, {})
