"""What a client sees of cost: in each answer, in headers, when it has spent too much, and in a dry run."""

import time
from collections.abc import AsyncIterator
from dataclasses import replace
from math import ceil
from pathlib import Path
from typing import Any
from uuid import uuid4

import pytest
import pytest_asyncio

from app.graphql.cost_limiting import bucket_key_of
from authz.actor import Actor, ActorKind, Traits
from resolvers import database_time
from resolvers.callers.caller import Caller
from resolvers.cost_limits.leases import Leases
from resolvers.errors import ErrorCode, MutationRejected, Problem
from resolvers.fair_queue import FairQueue
from resolvers.rate_limits.limiter import RateLimiter
from tests.support.charged_operations import ACTUAL, REQUESTED, SERVICES, cost_in, full_buckets, remaining, spend
from tests.support.server import SIGN_IN, Client, add_demo_world, codes, serving

pytestmark = pytest.mark.asyncio(loop_scope="module")

CREATE = """mutation { createUser(input: {email: "dry@acme.example", firstName: "Dry", lastName: "Run"}) {
  user { id } errors { code }
} }"""
SMALL = {"max_cost": 100, "cost_capacity": 100, "cost_refill": 1}
LARGEST = 25
"""The most that an operation reserves of such a bucket."""

DRY = {"Portico-Dry-Run": "cost"}
ACCEPTS = ["application/json", "application/graphql-response+json"]


@pytest.fixture(autouse=True)
def _database_takes_no_time(monkeypatch: pytest.MonkeyPatch) -> None:
    """A slow machine would be charged for its time in the database, too."""
    monkeypatch.setattr(database_time, "clock", lambda: 0.0)


async def test_each_answer_tells_what_it_cost_and_what_is_left(client: Client) -> None:
    token = await client.session("ada@acme.example")
    answer = await client.post({"query": SERVICES}, token)
    cost = cost_in(answer)
    assert 100_000 - ACTUAL - 20 <= cost["remaining"] <= 100_000
    assert cost == {
        "requested": REQUESTED,
        "actual": max(ACTUAL, 1 + len(SERVICES) // 10 + 1),
        "ceiling": 500_000,
        "remaining": cost["remaining"],
        "capacity": 100_000,
        "refillPerSecond": 1_000,
    }
    told = [answer.headers[f"ratelimit-{name}"] for name in ("limit", "remaining", "reset")]
    assert told == ["100000", str(cost["remaining"]), "1" if cost["remaining"] < 100_000 else "0"]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("{ __typename }", 1),
        ("{ services { totalCount } }", 3),
        ("{ __schema { queryType { name } } }", 501),
        ('mutation { signIn(input: {email: "ada@acme.example", password: "wrong"}) { token errors { code } } }', 11),
        ("mutation { signOut { signedOut } }", 11),
    ],
    ids=["constant", "refused", "introspection", "mutation", "sign-out"],
)
async def test_nobody_reads_it_too_whatever_came_of_it(client: Client, text: str, expected: int) -> None:
    answer = await client.post({"query": text})
    assert cost_in(answer)["requested"] == expected
    assert int(answer.headers["ratelimit-remaining"]) == cost_in(answer)["remaining"]


async def test_what_is_not_valid_is_charged_for_reading_alone(client: Client) -> None:
    token = await client.session("ben@acme.example")
    read = 0
    for text in (
        "{",
        "{ nothing }",
        "{ users(first: 0) { totalCount } }",
        "{ __typename " + "@include(if: true)" * 200 + "}",
    ):
        answer = await client.post({"query": text}, token)
        assert answer.json().keys() == {"errors"}
        assert "ratelimit-remaining" not in answer.headers
        read += ceil(len(answer.request.content) / 100) + ceil(len(text) / 10)
    remaining = cost_in(await client.post({"query": "{ __typename }"}, token))["remaining"]
    assert 100_000 - read - 3 <= remaining <= 100_000


@pytest_asyncio.fixture(loop_scope="module")
async def no_refill(shared_demo_database_url: str, tmp_path: Path) -> AsyncIterator[Client]:
    """A client whose buckets are full, and don't refill."""
    async with full_buckets(shared_demo_database_url, tmp_path) as client:
        yield client


@pytest.mark.parametrize(
    ("text", "variables", "cost"),
    [
        ("{ viewer { permissions } } #" + "x" * 5_000, {}, 2),
        ("{ nothing } #" + "x" * 5_000, {}, 0),
        ("{ users( } #" + "x" * 5_000, {}, 0),
        ("query ($n: Int) { users(first: $n) { totalCount } }", {"n": "x" * 60_000}, 0),
        ("query ($n: Int) { services(first: $n) { nodes { id } } }", {"n": 100, "other": ["x"] * 1_000}, 8),
    ],
)
async def test_reading_is_charged_and_counts_towards_the_cost(
    no_refill: Client, text: str, variables: dict[str, Any], cost: int
) -> None:
    token = await no_refill.session("ada@acme.example")
    for known in (False, True):
        before, begin = await remaining(no_refill, token), time.monotonic()
        # Another variable makes it another request.
        answer = await no_refill.post({"query": text, "variables": variables | {"known": known}}, token)
        cached = known and "nothing" not in text and "( }" not in text
        read = ceil(len(answer.request.content) / 100) + (0 if cached else ceil(len(text) / 10))
        spent = before - await remaining(no_refill, token) - 1
        refilled = ceil(time.monotonic() - begin)
        assert max(read, cost) - refilled <= spent <= max(read, cost)
        if cost:
            assert cost_in(answer)["actual"] == max(read, cost)


async def test_a_known_request_is_not_charged_for_reading(no_refill: Client) -> None:
    token = await no_refill.session("sam@acme.example")
    text = "{ viewer { permissions } } #" + "y" * 5_000
    await no_refill.post({"query": text}, token)
    before = await remaining(no_refill, token)
    await no_refill.post({"query": text}, token)
    assert before - await remaining(no_refill, token) <= 2 + 1


async def test_nothing_is_read_for_a_caller_without_a_budget(
    database_url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    await add_demo_world(database_url)
    async with serving(database_url, tmp_path, **SMALL) as client:
        token = await client.session("sue@acme.example")
        while await remaining(client, token) > 5:
            await client.post({"query": "{ nothing } #" + "z" * 300}, token)

        def never(*_: Any) -> None:
            raise AssertionError("nothing may be read")

        monkeypatch.setattr("app.graphql.endpoint.from_body", never)
        answer = await client.post({"query": "{ nothing }" + " " * 1_000}, token)
        assert (answer.status_code, codes(answer.json())) == (429, ["THROTTLED"])
        assert answer.headers["retry-after"].isdigit()


def fill(queue: FairQueue, monkeypatch: pytest.MonkeyPatch) -> None:
    """Leaves no place in the queue."""
    monkeypatch.setattr(queue, "free", 0)
    monkeypatch.setattr(queue, "waiting_places", 0)


async def test_large_operations_wait_in_a_bounded_queue(client: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    fill(client.backend.preparing.queue, monkeypatch)
    answer = await client.post({"query": "{ __typename } #" + "w" * 5_000})
    assert (answer.status_code, codes(answer.json())) == (503, ["UNAVAILABLE"])
    assert answer.headers["retry-after"] == "1"
    known = {"query": "{ __typename }"}
    monkeypatch.undo()
    assert (await client.post(known)).status_code == 200
    fill(client.backend.preparing.queue, monkeypatch)
    assert (await client.post(known)).status_code == 200


async def test_above_the_ceiling_nothing_runs(client: Client) -> None:
    token = await client.session("ada@acme.example")
    inner = "users(first: 100) { nodes { contractAccounts(first: 100) { nodes { id } } } }"
    dear = f"{{ deliveryAccounts(first: 100) {{ nodes {{ {inner} }} }} }}"
    answer = await client.post({"query": dear}, token, accept=ACCEPTS[1])
    [error] = answer.json()["errors"]
    assert (answer.status_code, error["extensions"]["code"]) == (400, "COST_EXCEEDED")
    assert (error["extensions"]["requested"], error["extensions"]["ceiling"]) == (1_020_202, 500_000)


@pytest.mark.parametrize("accept", ACCEPTS)
async def test_who_has_spent_it_waits(shared_demo_database_url: str, tmp_path: Path, accept: str) -> None:
    async with serving(shared_demo_database_url, tmp_path, **SMALL) as client:
        token = await client.session("dan@pear.example" if accept == ACCEPTS[0] else "pia@pear.example")
        answer = await spend(client, token, accept=accept)
        assert answer.status_code == 429
        assert answer.headers["content-type"].startswith(accept)
        [error] = answer.json()["errors"]
        wait = error["extensions"]["retryAfter"]
        assert error["extensions"]["code"] == "THROTTLED"
        assert 1 <= wait <= LARGEST
        assert answer.headers["retry-after"] == str(wait)
        cost = cost_in(answer)
        assert (cost["requested"], cost["actual"]) == (REQUESTED, 0)
        assert cost["remaining"] < LARGEST
        assert int(answer.headers["ratelimit-remaining"]) == cost["remaining"]
        # Others, and what costs less, are not held up.
        assert (await client.post({"query": "{ viewer { permissions } }"}, token)).status_code == 200
        sue = await client.session("sue@acme.example")
        assert cost_in(await client.post({"query": "{ __typename }"}, sue))["remaining"] > 90


async def test_a_mutation_that_must_wait_changes_nothing(shared_demo_database_url: str, tmp_path: Path) -> None:
    async with serving(shared_demo_database_url, tmp_path, **SMALL) as client:
        token = await client.session("ada@acme.example")
        await spend(client, token)
        large = CREATE.replace("id }", "id contractAccounts(first: 70) { nodes { id } } }")
        answer = await client.post({"query": large}, token)
        assert (answer.status_code, codes(answer.json())) == (429, ["THROTTLED"])
        asked = '{ emailAvailability(email: "dry@acme.example") { state } }'
        sam = await client.session("sam@acme.example")
        assert (await client.data(asked, sam))["emailAvailability"] == {"state": "AVAILABLE"}


@pytest.mark.parametrize("accept", ACCEPTS)
@pytest.mark.parametrize("beside", ["", "__schema { queryType { name } }"], ids=["read", "executed"])
async def test_tries_have_their_status_and_wait_too(
    client: Client, monkeypatch: pytest.MonkeyPatch, accept: str, beside: str
) -> None:
    async def tried(*_: Any, **__: Any) -> None:
        raise MutationRejected(Problem(ErrorCode.RATE_LIMITED, "Too many attempts.", ("emailAvailability",), 7))

    monkeypatch.setattr(RateLimiter, "check_email_availability", tried)
    text = f'{{ emailAvailability(email: "a@b.example") {{ state }} {beside} }}'
    answer = await client.post({"query": text}, await client.session("ada@acme.example"), accept=accept)
    assert (answer.status_code, answer.headers["retry-after"]) == (429, "7")
    assert codes(answer.json()) == ["RATE_LIMITED"]


async def test_servers_on_one_database_share_the_buckets(shared_demo_database_url: str, tmp_path: Path) -> None:
    settings = {"max_cost": 100, "cost_capacity": 1_000, "cost_refill": 1}
    async with (
        serving(shared_demo_database_url, tmp_path, **settings) as one,
        serving(shared_demo_database_url, tmp_path, **settings) as other,
    ):
        token = await one.session("max@globex.example")
        answers = [await server.post({"query": SERVICES}, token) for server in (one, other) * 150]
        spent = sum(cost_in(answer)["actual"] for answer in answers if answer.status_code == 200)
        assert answers[-1].status_code == answers[-2].status_code == 429
        assert 600 <= spent <= 1_000 + 120


async def test_each_kind_of_caller_has_a_bucket_of_its_own() -> None:
    user, client = uuid4(), uuid4()
    owner = Actor(user, None, Traits(ActorKind.STAFF), version=1)
    callers = [
        Caller(owner, address="192.0.2.7"),
        Caller(replace(owner, client_id=client), address="192.0.2.7"),
        Caller(address="192.0.2.7"),
        Caller(address="2001:db8:1:2:3::4"),
        Caller(address="2001:db8:1:2::9"),
        Caller(),
    ]
    assert [bucket_key_of(caller) for caller in callers] == [
        f"user:{user}",
        f"client:{client}",
        "address:192.0.2.7",
        "address:2001:db8:1:2::/64",
        "address:2001:db8:1:2::/64",
        "address:unknown",
    ]


async def test_nobody_is_counted_by_their_address(shared_demo_database_url: str, tmp_path: Path) -> None:
    async with serving(shared_demo_database_url, tmp_path, cost_refill=1) as client:
        for token in (None, "a" * 43):
            await client.post({"query": "{ __schema { queryType { name } } }"}, token)
        remaining = cost_in(await client.post({"query": "{ __typename }"}))["remaining"]
        assert remaining < 100_000 - 900, "a token of nobody is worth nothing here, either"
        noc = await client.session("noc@pear.example")
        assert cost_in(await client.post({"query": "{ __typename }"}, noc))["remaining"] >= 100_000 - 1


@pytest.mark.parametrize("accept", ACCEPTS)
async def test_a_dry_run_tells_the_cost_alone(client: Client, accept: str) -> None:
    token = await client.session("ada@acme.example")
    for text, expected in ((SERVICES, REQUESTED), (CREATE, 12), ("{ __schema { types { name } } }", 501)):
        answer = await client.post({"query": text}, token, accept=accept, **DRY)
        assert answer.status_code == 200
        assert answer.json() == {"data": None, "extensions": {"cost": {"requested": expected, "ceiling": 500_000}}}
        assert "ratelimit-remaining" not in answer.headers
    asked = '{ emailAvailability(email: "dry@acme.example") { state } }'
    assert (await client.data(asked, token))["emailAvailability"] == {"state": "AVAILABLE"}
    got = await client.http.get("/graphql", params={"query": SERVICES}, headers=DRY)
    assert cost_in(got) == {"requested": REQUESTED, "ceiling": 500_000}


async def test_a_dry_run_charges_for_reading_and_runs_nothing(client: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    async def never(*_: Any, **__: Any) -> None:
        raise AssertionError("nothing may run")

    monkeypatch.setattr("app.graphql.endpoint.reserve", never)
    monkeypatch.setattr("app.graphql.endpoint.respond_to_read", never)
    monkeypatch.setattr("app.graphql.endpoint.respond_to_execution", never)
    for text in (SERVICES, CREATE):
        assert "errors" not in (await client.post({"query": text}, None, **DRY)).json()


@pytest.mark.parametrize(
    ("body", "code"),
    [
        ({"query": "{"}, "GRAPHQL_PARSE_FAILED"),
        ({"query": "mutation { createUser(input: {}) { errors { code } } }"}, "GRAPHQL_VALIDATION_FAILED"),
        ({"query": SIGN_IN, "variables": {"email": 3}}, "BAD_USER_INPUT"),
        ({"query": "mutation { signOut { nothing } }"}, "GRAPHQL_VALIDATION_FAILED"),
        (
            {
                "query": """{ deliveryAccounts(first: 100) { nodes { users(first: 100) { nodes {
                  contractAccounts(first: 100) { nodes { id } } } } } } }"""
            },
            "COST_EXCEEDED",
        ),
        ({"query": []}, "BAD_REQUEST"),
    ],
)
async def test_a_dry_run_is_as_strict_as_the_real_one(client: Client, body: dict[str, Any], code: str) -> None:
    dry, real = await client.post(body, None, **DRY), await client.post(body)
    assert codes(dry.json()) == codes(real.json())
    assert code in codes(dry.json())
    assert dry.status_code == real.status_code
    mutation = await client.http.get("/graphql", params={"query": "mutation { signOut { signedOut } }"}, headers=DRY)
    assert mutation.status_code == 405


@pytest.mark.parametrize("value", ["", "true", "costs", "cost, cost"])
async def test_another_dry_run_is_no_wet_one(client: Client, value: str) -> None:
    token = await client.session("ada@acme.example")
    answer = await client.post({"query": CREATE}, token, **{"Portico-Dry-Run": value})
    assert (answer.status_code, codes(answer.json())) == (400, ["BAD_REQUEST"])
    assert answer.json()["errors"][0]["extensions"]["argument"] == "Portico-Dry-Run"


async def test_without_a_database_the_answer_is_that_it_is_away(
    client: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def away(*_: Any) -> None:
        raise OSError("gone")

    monkeypatch.setattr(Leases, "charge", away)
    answer = await client.post({"query": SERVICES})
    assert (answer.status_code, codes(answer.json()), answer.headers["retry-after"]) == (503, ["UNAVAILABLE"], "1")
