"""`accessAt` and `whoHadAccess` answer for an earlier time what stood at that time, after any changes since."""

import asyncio
import json
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

import pytest

from app.demo.fixed_ids import named_key
from models import Audience, Permission
from resolvers import timestamps
from resolvers.access.account_access import AccountAccess, GrantEnd, GrantKind
from resolvers.mutations.users.create import NewUser, create_user
from resolvers.mutations.users.lifecycle import remove_user, restore_user
from resolvers.mutations.users.update import UserChange, update_user
from resolvers.transaction.context import MutationContext
from resolvers.transaction.unit_of_work import run_in_transaction
from tests.support.resolver_fixtures import EAST, PEAR, SOUTH, caller, rows, run
from tests.support.server import Client

pytestmark = [pytest.mark.asyncio(loop_scope="module"), pytest.mark.invariant("access_at")]

NOW = """query ($user: ID!) { node(id: $user) { ... on User {
  audience permissions allContractAccounts allDeliveryAccounts
  contractAccounts { nodes { name } } deliveryAccounts { nodes { name } }
  permissionEnds { permission endsAt } accountEnds { name endsAt }
} } }"""
THEN = """query ($user: ID!, $time: DateTime!) { accessAt(user: $user, time: $time) {
  user { email } complete reachesBackTo existed active
  audience permissions allContractAccounts allDeliveryAccounts
  contractAccounts { nodes { name } } deliveryAccounts { nodes { name } } services { nodes { code } }
  permissionEnds { permission endsAt } accountEnds { name endsAt }
} }"""
WHO = """query ($on: ID!, $time: DateTime!) { whoHadAccess(on: $on, time: $time) {
  users { totalCount nodes { email } } unknown { totalCount }
} }"""
FACTS = "user", "complete", "reachesBackTo", "existed", "active"
DATED = {
    "created_at": ("users", "contract_accounts", "delivery_accounts", "services", "audit_events"),
    "ends_at": ("user_permissions", "contract_grants", "delivery_grants"),
}
"""The columns that say when something happened, or is to."""


async def moment(context: MutationContext) -> datetime:
    """The time of the database, between two changes."""
    await asyncio.sleep(0.002)
    found: datetime = (await rows(context, "SELECT clock_timestamp() AS time"))[0].time
    await asyncio.sleep(0.002)
    return found


async def let_pass(context: MutationContext, time: timedelta, end: datetime) -> None:
    """Date everything earlier, as if the time had passed since. `end` is the only end in the audit trail."""
    await run(context, "ALTER TABLE audit_events DISABLE TRIGGER USER")
    for column, tables in DATED.items():
        for table in tables:
            await run(context, f"UPDATE {table} SET {column} = {column} - CAST(:time AS interval)", time=time)
    texts = {"end": timestamps.encode(end), "earlier": timestamps.encode(end - time)}
    await run(context, "UPDATE audit_events SET changes = replace(changes::text, :end, :earlier)::jsonb", **texts)
    await run(context, "ALTER TABLE audit_events ENABLE TRIGGER USER")


async def test_what_stood_then_is_answered_later(client: Client) -> None:
    context, ada = client.backend.mutation_context, await client.session("ada@acme.example")
    admin = await caller(context, "ada@acme.example")
    start = await moment(context)
    soon = start + timedelta(hours=1)
    wanted = AccountAccess(
        Audience.ORGANIZATION,
        permissions=(Permission.SUPPORT_VIEW,),
        contract_accounts=(SOUTH, EAST),
        permission_ends=(GrantEnd(GrantKind.PERMISSION, Permission.SUPPORT_VIEW, soon),),
        account_ends=(GrantEnd(GrantKind.CONTRACT_ACCOUNT, EAST, soon),),
    )
    new = NewUser("kim@acme.example", "Kim", "Lee", wanted)
    kim: UUID = await run_in_transaction(context, admin, lambda work: create_user(work, new))
    await run(context, "UPDATE users SET activated_at = now(), password_hash = 'x' WHERE id = :id", id=kim)
    user = f"usr_{kim}"
    stood: dict[datetime, Any] = {}

    async def stand(*numbers: int) -> None:
        """Keep what stands now, by the time, with the numbers of the services that the accounts give access to."""
        time = await moment(context)
        services = [{"code": f"SVC-00000{number}"} for number in numbers]
        stood[time] = (await client.data(NOW, ada, user=user))["node"] | {"services": {"nodes": services}}

    async def change(**access: Any) -> None:
        version = (await rows(context, "SELECT version FROM users WHERE id = :id", id=kim))[0].version
        wish = UserChange(version, access=access)  # type: ignore[arg-type]
        await run_in_transaction(context, admin, lambda work: update_user(work, kim, wish))

    await stand(1, 2, 3, 4, 5)
    await change(permissions=(Permission.SUPPORT_VIEW, Permission.BILLING_VIEW))
    await stand(1, 2, 3, 4, 5)
    passed, end = timedelta(hours=2), timestamps.encode(soon)
    await let_pass(context, passed, soon)
    start -= passed
    earlier = json.dumps(list(stood.values())).replace(end, timestamps.encode(soon - passed))
    stood = dict(zip([time - passed for time in stood], json.loads(earlier), strict=True))
    await stand(1, 2, 3)  # the ends are over, and nothing was recorded
    await change(contract_accounts=(SOUTH, EAST))  # granted again, for ever
    await stand(1, 2, 3, 4, 5)
    await change(
        audience=Audience.DELIVERY, delivery_accounts=(PEAR,), contract_accounts=(), all_contract_accounts=True
    )
    await stand(1, 2, 4, 5)
    await change(permissions=())
    await stand(1, 2, 4, 5)
    await run_in_transaction(context, admin, lambda work: remove_user(work, kim))
    removed = await moment(context)
    await run_in_transaction(context, admin, lambda work: restore_user(work, kim))
    await check(client, ada, user, stood)
    before = (await client.data(THEN, ada, user=user, time=start.isoformat()))["accessAt"]
    assert (before["existed"], before["complete"], before["permissions"], before["audience"]) == (False, True, [], None)
    assert before["services"]["nodes"] == []
    at_removal = (await client.data(THEN, ada, user=user, time=removed.isoformat()))["accessAt"]
    assert at_removal["active"] is False
    # A limited admin sees of the accounts of that time those that they see now.
    sam = await client.session("sam@acme.example")
    first = (await client.data(THEN, sam, user=user, time=min(stood).isoformat()))["accessAt"]
    assert first["contractAccounts"]["nodes"] == [{"name": "ACME South"}]
    assert [service["code"] for service in first["services"]["nodes"]] == ["SVC-000001", "SVC-000002", "SVC-000003"]


async def check(client: Client, ada: str, user: str, stood: dict[datetime, Any]) -> None:
    """Check that what stood at each of these times is answered now."""
    services = (await client.data("{ services { nodes { id code } } }", ada))["services"]["nodes"]
    for time, expected in stood.items():
        then = (await client.data(THEN, ada, user=user, time=time.isoformat()))["accessAt"]
        assert {key: value for key, value in then.items() if key not in FACTS} == expected, time
        assert (then["user"]["email"], then["complete"], then["existed"]) == ("kim@acme.example", True, True)
        for account, key in {"South": SOUTH, "East": EAST}.items():
            who = (await client.data(WHO, ada, on=f"ca_{key}", time=time.isoformat()))["whoHadAccess"]
            had = any(account in node["name"] for node in expected["contractAccounts"]["nodes"])
            assert ("kim@acme.example" in [node["email"] for node in who["users"]["nodes"]]) == had, (time, account)
        for service in services:
            who = (await client.data(WHO, ada, on=service["id"], time=time.isoformat()))["whoHadAccess"]
            had = {"code": service["code"]} in expected["services"]["nodes"]
            assert ("kim@acme.example" in [node["email"] for node in who["users"]["nodes"]]) == had, (time, service)


async def test_what_is_not_seen_is_not_there(client: Client) -> None:
    time = (await moment(client.backend.mutation_context)).isoformat()
    max_, sue = f"usr_{named_key('max@globex.example')}", f"usr_{named_key('sue@acme.example')}"
    ada, ben = await client.session("ada@acme.example"), await client.session("ben@acme.example")
    for token, user in ((ada, max_), (ben, sue), (ada, f"svc_{named_key('sue@acme.example')}")):
        assert (await client.data(THEN, token, user=user, time=time))["accessAt"] is None
    assert (await client.data(WHO, ada, on=max_, time=time))["whoHadAccess"] is None
    assert (await client.data(THEN, ada, user=sue, time="2100-01-01T00:00:00Z"))["accessAt"] is None
    # The demo has no events: what is known is what stands now.
    own = (await client.data(THEN, await client.session("sue@acme.example"), user=sue, time=time))["accessAt"]
    assert (own["complete"], own["reachesBackTo"], own["active"]) == (False, None, True)
    assert own["contractAccounts"]["nodes"] == [{"name": "ACME South"}]
    who = (await client.data(WHO, ada, on=f"ca_{SOUTH}", time=time))["whoHadAccess"]
    assert who["unknown"]["totalCount"] > 0
    assert "sue@acme.example" in [node["email"] for node in who["users"]["nodes"]]
