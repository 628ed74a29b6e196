"""The issuer belongs to the installation: servers on one database accept each other's tokens, and nobody else's."""

from collections.abc import AsyncIterator
from contextlib import AsyncExitStack
from pathlib import Path

import pytest

from tests.support.databases import fresh_database
from tests.support.oauth import SERVICES, access_token, assert_refused, part, post, program, signed
from tests.support.server import Client, serving

ANSWER = {"services": {"totalCount": 6}}


@pytest.fixture
async def servers(demo_database_url: str, tmp_path: Path) -> AsyncIterator[tuple[Client, Client]]:
    """Two servers on one database that differ in their ports, without a base URL."""
    async with AsyncExitStack() as stack:
        first, second = [
            await stack.enter_async_context(serving(demo_database_url, tmp_path, base_url=None, port=port))
            for port in (8000, 8001)
        ]
        yield first, second


async def test_servers_without_a_base_url_accept_each_others_tokens(servers: tuple[Client, Client]) -> None:
    for issuing, other in (servers, servers[::-1]):
        of = await program(issuing)
        token = await access_token(issuing, of)
        assert await issuing.data(SERVICES, token) == ANSWER
        assert await other.data(SERVICES, token) == ANSWER
        known = (await post(other, "introspect", {"token": token}, auth=of.basic)).json()
        assert known["active"]
        assert known["iss"] == part(token, 1)["iss"]
        await post(other, "revoke", {"token": token}, auth=of.basic)
        await assert_refused(issuing, token)


async def test_the_issuer_of_a_token_is_that_of_the_metadata_where_it_was_issued(
    servers: tuple[Client, Client],
) -> None:
    for number, issuing in enumerate(servers):
        found = (await issuing.http.get("/.well-known/oauth-authorization-server")).json()
        assert found["issuer"] == f"http://127.0.0.1:{8000 + number}"
        claims = part(await access_token(issuing, await program(issuing)), 1)
        assert (claims["iss"], claims["aud"]) == (found["issuer"], f"{found['issuer']}/graphql")


async def test_a_token_without_a_proper_issuer_or_for_something_else_is_refused(
    servers: tuple[Client, Client],
) -> None:
    first, second = servers
    claims = part(await access_token(first, await program(first)), 1)
    for change in (
        {"iss": None},
        {"iss": 7},
        {"iss": [claims["iss"]]},
        {"iss": "portico"},
        {"iss": "http://127.0.0.1:9999"},
        {"aud": "http://127.0.0.1:9999/graphql"},
        {"aud": claims["iss"]},
    ):
        await assert_refused(second, await signed(first, claims | change))


async def test_a_server_with_a_base_url_accepts_its_own_issuer_only(
    servers: tuple[Client, Client], demo_database_url: str, tmp_path: Path
) -> None:
    first, _ = servers
    token = await access_token(first, await program(first))
    async with serving(demo_database_url, tmp_path) as public:
        await assert_refused(public, token)
        assert await public.data(SERVICES, await access_token(public, await program(public))) == ANSWER


async def test_a_token_of_another_installation_is_refused(
    servers: tuple[Client, Client], server_url: str, demo_template_database: str, tmp_path: Path
) -> None:
    first, _ = servers
    with fresh_database(server_url, demo_template_database) as url:
        async with serving(url, tmp_path, base_url=None, port=8000) as foreign:
            await assert_refused(first, await access_token(foreign, await program(foreign)))
