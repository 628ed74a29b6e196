"""OpenID Connect Back-Channel Logout: what a provider may end, and what it may not."""

import secrets
import time
from typing import Any

import httpx
import pytest

from tests.support.openid.portal import ADA, ORGANIZATION, Page, linked
from tests.support.openid.scripted_provider import CLIENT, Person, ScriptedProvider, new_key, unsigned
from tests.support.server import Client

EVENT = "http://schemas.openid.net/event/backchannel-logout"
VIEWER = "{ viewer { user { email } } }"


def claims(provider: ScriptedProvider, **changes: Any) -> dict[str, Any]:
    now = int(time.time())
    found = {
        "iss": provider.issuer,
        "aud": CLIENT,
        "iat": now,
        "exp": now + 120,
        "jti": secrets.token_urlsafe(8),
        "events": {EVENT: {}},
    } | changes
    return {name: value for name, value in found.items() if value is not None}


async def send(client: Client, token: str, tenant: str = ORGANIZATION) -> httpx.Response:
    return await client.http.post(f"/sso/backchannel-logout/{tenant}", data={"logout_token": token})


async def session(server: Client, provider: ScriptedProvider, person: Person, sid: str | None = None) -> str:
    person.claims["sid"] = sid
    page = Page(server)
    payload = await page.sign_in(await page.code(provider, person))
    assert payload["errors"] == []
    return str(payload["token"])


async def is_open(server: Client, token: str) -> bool:
    return (await server.data(VIEWER, token))["viewer"] is not None


async def test_all_sessions_of_a_person_end(server: Client, provider: ScriptedProvider) -> None:
    person = await linked(server, provider)
    first, second = await session(server, provider, person), await session(server, provider, person)
    by_password = await server.sign_in(ADA)
    response = await send(server, provider.signed(claims(provider, sub=person.subject)))
    assert (response.status_code, response.headers["cache-control"]) == (200, "no-store")
    assert [await is_open(server, each) for each in (first, second, by_password)] == [False, False, True]


async def test_one_session_ends(server: Client, provider: ScriptedProvider) -> None:
    person = await linked(server, provider)
    first, second = await session(server, provider, person, "one"), await session(server, provider, person, "two")
    response = await send(server, provider.signed(claims(provider, sid="one", sub=person.subject)))
    assert response.status_code == 200
    assert [await is_open(server, each) for each in (first, second)] == [False, True]
    assert (await send(server, provider.signed(claims(provider, sid="two")))).status_code == 200
    assert not await is_open(server, second)


@pytest.mark.parametrize(
    "changes",
    [
        {"iss": "https://other.example"},
        {"aud": "another client"},
        {"aud": [CLIENT, "another client"]},
        {"iat": int(time.time()) - 86_400},
        {"exp": int(time.time()) - 3_600},
        {"exp": None},
        {"jti": None},
        {"events": None},
        {"events": {}},
        {"events": {EVENT: "x"}},
        {"nonce": "an ID token has one"},
        {"sub": None},
        {"sub": 7},
    ],
    ids=" ".join,
)
async def test_a_logout_token_with_other_claims(
    server: Client, provider: ScriptedProvider, changes: dict[str, Any]
) -> None:
    person = await linked(server, provider)
    token = await session(server, provider, person)
    response = await send(server, provider.signed(claims(provider, **{"sub": person.subject} | changes)))
    assert response.status_code == 400
    assert await is_open(server, token)


async def test_a_logout_token_that_was_sent_before(server: Client, provider: ScriptedProvider) -> None:
    person = await linked(server, provider)
    replayed = provider.signed(claims(provider, sub=person.subject))
    assert (await send(server, replayed)).status_code == 200
    token = await session(server, provider, person)
    assert (await send(server, replayed)).status_code == 400
    assert await is_open(server, token)


async def test_who_cannot_log_anybody_out(server: Client, provider: ScriptedProvider) -> None:
    person = await linked(server, provider)
    token = await session(server, provider, person)
    told = claims(provider, sub=person.subject)
    forged = [provider.signed(told, new_key(provider.key.kid or "")), unsigned(told), "x", ""]
    assert [(await send(server, each)).status_code for each in forged] == [400] * len(forged)
    for tenant in ("org_00000000-0000-0000-0000-000000000000", "staff", "x"):
        assert (await send(server, provider.signed(told), tenant)).status_code == 400
    assert await is_open(server, token)
