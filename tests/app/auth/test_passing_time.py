"""What has an end is gone with it, for sessions that are open then too: by nothing but the time that passes."""

import time
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import text

from app.auth.bearer import BearerToken
from authz.access import Access
from resolvers.callers.caller import Caller
from resolvers.identity.hashing import token_hash
from resolvers.query.selection import Request
from tests.support.server import Client

pytestmark = [pytest.mark.asyncio(loop_scope="module"), pytest.mark.invariant("expired_grants")]

BILLING = "{ viewer { permissions } contractAccounts(first: 1) { nodes { billing { currency } } } }"
CARD = """{
  contractAccounts { totalCount }
  services { totalCount }
  viewer { user {
    contractAccounts { totalCount } permissionEnds { permission endsAt } accountEnds { account name endsAt }
  } }
}"""


async def change(client: Client, sql: str) -> Any:
    """The row that a statement returns."""
    async with client.backend.engine.begin() as connection:
        return (await connection.execute(text(sql))).one()


def ending(table: str, email: str, when: str, what: str = "true") -> str:
    return f"""UPDATE {table} SET ends_at = {when}
                WHERE {what} AND user_id = (SELECT id FROM users WHERE email = '{email}') RETURNING ends_at"""


async def test_a_trait_is_believed_until_its_end(client: Client) -> None:
    billing = "permission = 'BILLING_VIEW'"
    [ends_at] = await change(client, ending("user_permissions", "ben@acme.example", "now() + '1 hour'", billing))
    token = await client.session("ben@acme.example")
    holder = await client.backend.authentication.authenticate(BearerToken(token_hash(token)))
    assert holder is not None
    assert holder.actor.until == ends_at
    request = client.backend.operations.prepare(BILLING, None, {})
    assert isinstance(request, Request)

    async def read(actor: Any) -> bytes | None:
        access = Access(client.backend.policy, actor.traits)
        return await client.backend.reader.read(Caller(actor, holder.credential), access, request)

    assert b"BILLING_VIEW" in (await read(holder.actor) or b"")
    assert await read(replace(holder.actor, until=ends_at - timedelta(hours=1))) is None
    [none] = await change(client, ending("user_permissions", "ben@acme.example", "NULL", billing))
    again = await client.backend.authentication.authenticate(BearerToken(token_hash(token)), bypass_cache=True)
    assert again is not None
    assert (again.actor.until, none) == (None, None)


async def test_a_permission_ends_while_its_holder_looks(client: Client) -> None:
    token = await client.session("ben@acme.example")
    soon, billing = "statement_timestamp() + '150 milliseconds'", "permission = 'BILLING_VIEW'"
    await change(client, ending("user_permissions", "ben@acme.example", soon, billing))
    patience = time.monotonic() + client.backend.authentication.cache_seconds / 2
    while "BILLING_VIEW" in (answer := await client.data(BILLING, token))["viewer"]["permissions"]:
        # Together, or not at all: no answer has one without the other.
        assert answer["contractAccounts"]["nodes"][0]["billing"]
        assert time.monotonic() < patience
    assert answer["contractAccounts"]["nodes"] == [{"billing": None}]


async def test_an_account_ends_while_its_holder_looks(client: Client) -> None:
    token = await client.session("sue@acme.example")
    name = "sue@acme.example"
    [ends_at] = await change(client, ending("contract_grants", name, "date_trunc('second', now()) + '1 hour'"))
    before = await client.data(CARD, token)
    assert (before["contractAccounts"], before["services"]) == ({"totalCount": 1}, {"totalCount": 3})
    [shown] = before["viewer"]["user"]["accountEnds"]
    assert (shown["name"], shown["endsAt"]) == ("ACME South", f"{ends_at:%Y-%m-%dT%H:%M:%S}Z")
    await change(client, ending("contract_grants", name, "statement_timestamp() + '150 milliseconds'"))
    patience = time.monotonic() + client.backend.authentication.cache_seconds / 2
    while (answer := await client.data(CARD, token))["contractAccounts"]["totalCount"]:
        assert answer["services"] == {"totalCount": 3}
        assert time.monotonic() < patience
    nothing = {"contractAccounts": {"totalCount": 0}, "permissionEnds": [], "accountEnds": []}
    assert answer == {
        "contractAccounts": {"totalCount": 0},
        "services": {"totalCount": 0},
        "viewer": {"user": nothing},
    }
