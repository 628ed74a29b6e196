"""A mutation takes few round trips to the database, whoever sends it and however many users it is about."""

import itertools
from collections.abc import AsyncIterator, Awaitable, Callable
from dataclasses import replace
from functools import partial
from typing import Any

import pytest
import pytest_asyncio

from benchmarks.round_trips import RoundTripProxy, counting_round_trips
from tests.support.oauth import GRANT, access_token, post, program
from tests.support.server import Client, add_demo_world, serving

pytestmark = [pytest.mark.invariant("one_statement"), pytest.mark.asyncio(loop_scope="module")]

Served = tuple[Client, RoundTripProxy]
Send = Callable[[], Awaitable[Any]]

CREATE = """mutation ($i: CreateUserInput!) {
  createUser(input: $i) { user { id version permissions } errors { code path } }
}"""
UPDATE = """mutation ($i: UpdateUserInput!) {
  updateUser(input: $i) { user { id version permissions } errors { code path } }
}"""
INVITE = """mutation ($i: InviteUsersInput!) {
  inviteUsers(input: $i) { invited results { user { id } } errors { code path } }
}"""
CHANGE = """mutation ($i: ChangeUsersInput!) {
  changeUsers(input: $i) { changed results { user { id } } errors { code path } }
}"""
ACCOUNTS = "{ contractAccounts(first: 1) { nodes { id } } }"
ADA, SAM = "ada@acme.example", "sam@acme.example"
TIMES = 6
numbers = itertools.count()


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def served(shared_database_url: str, tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Served]:
    await add_demo_world(shared_database_url)
    async with (
        counting_round_trips(shared_database_url) as proxy,
        serving(proxy.url, tmp_path_factory.mktemp("data")) as client,
    ):
        yield client, proxy


async def round_trips(proxy: RoundTripProxy, send: Send) -> int:
    """The fewest of some times: at first a connection prepares its statements, and background tasks have some too."""
    counts = []
    for _ in range(TIMES):
        before = proxy.count
        await send()
        counts.append(proxy.count - before)
    return min(counts)


async def change(client: Client, token: str, query: str, input_: dict[str, Any], **headers: str) -> dict[str, Any]:
    answer = (await client.post({"query": query, "variables": {"i": input_}}, token, **headers)).json()
    (payload,) = answer["data"].values()
    assert payload["errors"] == []
    return payload  # type: ignore[no-any-return]


async def new_user(client: Client, token: str) -> dict[str, Any]:
    [account] = (await client.data(ACCOUNTS, token))["contractAccounts"]["nodes"]
    email = f"n{next(numbers)}@new.example"
    return {"email": email, "firstName": "New", "lastName": "User", "contractAccounts": [account["id"]]}


@pytest.mark.parametrize("email", [ADA, SAM])
async def test_creating_a_user(served: Served, email: str) -> None:
    client, proxy = served
    token = await client.session(email)
    inputs = [await new_user(client, token) for _ in range(TIMES)]
    assert await round_trips(proxy, lambda: change(client, token, CREATE, inputs.pop())) <= 9


async def test_creating_a_user_under_a_key(served: Served) -> None:
    client, proxy = served
    token = await client.session(ADA)
    inputs = [await new_user(client, token) for _ in range(TIMES)]

    async def send() -> None:
        await change(client, token, CREATE, inputs.pop(), **{"Idempotency-Key": f"key-{len(inputs)}"})

    assert await round_trips(proxy, send) <= 12


async def test_creating_a_user_as_an_api_client(served: Served) -> None:
    client, proxy = served
    token = await access_token(client, await program(client))
    inputs = [await new_user(client, token) for _ in range(TIMES)]
    # One more, because the actor of an API client is read again for each mutation.
    assert await round_trips(proxy, lambda: change(client, token, CREATE, inputs.pop())) <= 10


@pytest.mark.parametrize("email", [ADA, SAM])
async def test_updating_a_user(served: Served, email: str) -> None:
    client, proxy = served
    token = await client.session(email)
    user = (await change(client, token, CREATE, await new_user(client, token)))["user"]

    async def send() -> None:
        permissions = [] if "SUPPORT_VIEW" in user["permissions"] else ["SUPPORT_VIEW"]
        input_ = {"id": user["id"], "version": user["version"], "lastName": "N", "permissions": permissions}
        user.update((await change(client, token, UPDATE, input_))["user"])

    assert await round_trips(proxy, send) <= 8


async def test_inviting_many_users_takes_as_many_as_inviting_one(served: Served) -> None:
    client, proxy = served
    token = await client.session(ADA)
    accounts = (await new_user(client, token))["contractAccounts"]

    async def invite(count: int) -> None:
        emails = [f"i{next(numbers)}@new.example" for _ in range(count)]
        payload = await change(client, token, INVITE, {"emails": emails, "contractAccounts": accounts})
        assert payload["invited"] == count

    counts = [await round_trips(proxy, partial(invite, count)) for count in (1, 100)]
    assert counts[0] == counts[1] <= 9


async def test_changing_many_users_takes_as_many_as_changing_one(served: Served) -> None:
    client, proxy = served
    token = await client.session(ADA)
    accounts = (await new_user(client, token))["contractAccounts"]
    emails = [f"c{next(numbers)}@new.example" for _ in range(100)]
    invited = await change(client, token, INVITE, {"emails": emails, "contractAccounts": accounts})
    users = [row["user"]["id"] for row in invited["results"]]
    held = itertools.cycle(["addPermissions", "removePermissions"])

    async def change_first(count: int) -> None:
        payload = await change(client, token, CHANGE, {"users": users[:count], next(held): ["SUPPORT_VIEW"]})
        assert payload["changed"] == count

    counts = [await round_trips(proxy, partial(change_first, count)) for count in (1, 100)]
    assert counts[0] == counts[1] <= 10


async def test_getting_an_access_token(served: Served) -> None:
    client, proxy = served
    credentials = await program(client)

    async def send() -> None:
        answer = await post(client, "token", GRANT, auth=credentials.basic)
        assert answer.status_code == 200

    assert await round_trips(proxy, send) <= 4


async def test_a_refused_access_token_takes_no_transaction_of_several_statements(served: Served) -> None:
    client, proxy = served
    credentials = replace(await program(client), secret="wrong")

    async def send() -> None:
        answer = await post(client, "token", GRANT, auth=credentials.basic)
        assert answer.status_code == 401

    assert await round_trips(proxy, send) <= 4


async def test_signing_in(served: Served) -> None:
    client, proxy = served
    assert await round_trips(proxy, lambda: client.sign_in(ADA)) <= 9
