"""The size of a response is limited while PostgreSQL builds it, for whatever lists it consists of."""

import json
import re
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import pytest
import pytest_asyncio

from app.http.errors import mask
from authz.access import Access
from authz.actor import ActorKind, Traits
from benchmarks.pages import PAGES
from resolvers.query.response_limit import SQLSTATE
from resolvers.query.selection import Request
from resolvers.query.statement import build
from schema.operations import Operations
from tests.support.resolver_fixtures import rules
from tests.support.server import Client, add_demo_world, codes, serving

pytestmark = [pytest.mark.asyncio(loop_scope="module"), pytest.mark.invariant("response_limit")]

OPERATIONS = Operations()
SERVICES = "services(first: 100) { nodes { id code name status site { city country } } }"
LARGE = f"{{ contractAccounts(first: 100) {{ nodes {{ id name {SERVICES} a: {SERVICES} b: {SERVICES} }} }} }}"
BY_ID = "{ id code name status site { city country } }"
SMALL = f"{{ {SERVICES} a: {SERVICES} b: {SERVICES} c: {SERVICES} }}"


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def limited(shared_database_url: str, tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Any]:
    """Opens servers on the demo data by the largest response that they send, with one connection for reads."""
    await add_demo_world(shared_database_url)

    @asynccontextmanager
    async def opened(max_bytes: int) -> AsyncIterator[Client]:
        folder: Path = tmp_path_factory.mktemp("data")
        rich = {"max_cost": 10**9, "cost_capacity": 10**9, "cost_refill": 10**9}
        async with serving(
            shared_database_url, folder, max_response_bytes=max_bytes, read_connections=1, **rich
        ) as client:
            yield client

    yield opened


def size_of(answer: dict[str, Any]) -> int:
    return len(json.dumps(answer["data"], separators=(",", ":"), ensure_ascii=False).encode())


async def statements_ended(client: Client, monkeypatch: pytest.MonkeyPatch) -> list[str | None]:
    """Collects the SQLSTATE of each error that is masked from now on."""
    found: list[str | None] = []

    def masked(error: BaseException, *arguments: Any, **options: Any) -> Any:
        found.append(getattr(error, "sqlstate", None))
        return mask(error, *arguments, **options)

    monkeypatch.setattr("app.graphql.endpoint.mask", masked)
    return found


@pytest.mark.parametrize(
    ("text", "in_database"),
    [
        (LARGE, True),
        (SMALL, False),
        ("{" + " ".join(f"a{number}: {SERVICES}" for number in range(100)) + "}", True),
        ("query ($ids: [ID!]!) {" + " ".join(f"a{n}: nodes(ids: $ids) {{ ... on Service {BY_ID} }}" for n in range(80))
         + "}", True),
        ("{ users(first: 100) { nodes { " + " ".join(f"a{n}: permissionEnds {{ permission endsAt }}" for n in range(40))
         + " id } } }", True),
    ],
    ids=["nested", "small", "many", "by id", "lists without pages"],
)  # fmt: skip
async def test_a_response_beyond_the_limit_ends_its_statement(
    limited: Any, monkeypatch: pytest.MonkeyPatch, text: str, in_database: bool
) -> None:
    async with limited(10**7) as client:
        ada = await client.session("ada@acme.example")
        services = (await client.data("{ services { nodes { id } } }", ada))["services"]["nodes"]
        ids = [service["id"] for service in (services * 40)[:100]]
        size = size_of(await client.answer(text, ada, ids=ids))
    async with limited(size) as client:
        ada = await client.session("ada@acme.example")
        for _ in range(3):
            # The sum begins anew with each statement on the same connection.
            assert size_of(await client.answer(text, ada, ids=ids)) == size
    async with limited(size // 3) as client:
        ended = await statements_ended(client, monkeypatch)
        ada = await client.session("ada@acme.example")
        body = {"query": text, "variables": {"ids": ids}}
        answer = await client.post(body, ada, accept="application/graphql-response+json")
        assert (answer.status_code, codes(answer.json())) == (400, ["TOO_LARGE"])
        assert "data" not in answer.json()
        assert ended == [SQLSTATE if in_database else None]
        assert (await client.answer("{ viewer { permissions } }", ada))["data"]


async def test_the_lists_of_a_response_share_the_limit(limited: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    """Each is far below it."""
    text = "{" + " ".join(f"a{number}: {SERVICES}" for number in range(80)) + "}"
    async with limited(30_000) as client:
        ended = await statements_ended(client, monkeypatch)
        ada = await client.session("ada@acme.example")
        assert size_of(await client.answer(SMALL, ada)) < 5_000
        assert codes(await client.answer(text, ada)) == ["TOO_LARGE"]
        assert ended == [SQLSTATE]


async def test_a_mutation_with_a_large_payload_is_done_and_says_so(limited: Any) -> None:
    async with limited(1_024) as client:
        ada = await client.session("ada@acme.example")
        payload = f"user {{ id organization {{ contractAccounts(first: 100) {{ nodes {{ {SERVICES} }} }} }} }}"
        values = 'email: "large@acme.example", firstName: "Large", lastName: "Answer"'
        answer = await client.answer(f"mutation {{ createUser(input: {{{values}}}) {{ {payload} }} }}", ada)
        assert codes(answer) == ["TOO_LARGE"]
        found = await client.data('{ users(filter: {search: "large@acme"}) { totalCount } }', ada)
        assert found["users"]["totalCount"] == 1


def sql_of(text: str, variables: dict[str, Any] | None = None, **options: Any) -> tuple[Request, str]:
    request = OPERATIONS.prepare(text, None, variables or {})
    assert isinstance(request, Request)
    access = Access(rules(), Traits(ActorKind.STAFF))
    return request, build(OPERATIONS.registry, access, request.selection, **options).sql


@pytest.mark.parametrize("page", list(PAGES))
async def test_the_pages_of_the_benchmark_carry_nothing_extra(page: str) -> None:
    text, variables = PAGES[page]
    request, sql = sql_of(text, variables)
    assert not request.large
    assert "limit_response" not in sql


async def test_each_list_of_a_large_response_is_measured() -> None:
    request, sql = sql_of(LARGE, max_response_bytes=1_000)
    assert request.large
    assert sql.count("limit_response(") == sql.count(", 2000)") == 4, "what is nested is measured at each level"


@pytest.mark.parametrize(
    "text",
    [
        "contractAccounts(first: 100) { nodes { services(first: 1) { "
        + " ".join(f"a{number}: pageInfo {{ startCursor endCursor hasNextPage }}" for number in range(180))
        + " } } }",
        "users(first: 50) { nodes { accountEnds { name } } }",
        "auditEvents(first: 50) { nodes { changes { before } } }",
    ],
)
async def test_what_is_long_in_a_response_makes_it_large(text: str) -> None:
    """A page can be described again and again, and some lists have no pages."""
    request, _ = sql_of(f"{{ {text} }}")
    assert request.large
    assert request.price.requested(staff=False).nodes < 40_000, "by its objects alone, it is not"


async def test_no_chain_of_concatenations_is_long() -> None:
    """Each `||` of a chain copies all that stands before it: the memory of a chain grows with its square."""
    _, sql = sql_of("{" + " ".join(f"a{number}: {SERVICES}" for number in range(150)) + "}")
    flat = re.compile(r"\([^()]*\)")
    literals = re.sub(r"'(?:[^']|'')*'", "x", sql)
    longest = 0
    while found := flat.search(literals):
        longest = max(longest, found.group().count("||"))
        literals = literals[: found.start()] + "x" + literals[found.end() :]
    assert 1 < max(longest, literals.count("||")) < 8
