"""`explainAccess`: told to those who may review the access, about what they see, and beside other fields of a query."""

from typing import Any

import pytest
from sqlalchemy import text

from app.demo.fixed_ids import named_key
from authz.model.resources import ACTIONS
from models import AuditKind
from resolvers.public_id import encode
from schema.declare.action_enums import PolicyAction
from tests.support.resolver_fixtures import EAST, GLOBEX_CONTRACT, SOUTH
from tests.support.server import Client, codes

pytestmark = pytest.mark.asyncio(loop_scope="module")

ADA, SAM, STAFF = "ada@acme.example", "sam@acme.example", "staff@portico.example"
QUERY = """query ($user: ID!, $action: PolicyAction!, $on: ID!) {
  why: explainAccess(user: $user, action: $action, on: $on) {
    allowed status ways { rules missing conditions { text source holds detail } }
  }
}"""
PIA, MAX = (encode("usr", named_key(email)) for email in ("pia@pear.example", "max@globex.example"))
IN_EAST, IN_SOUTH, OF_GLOBEX = (encode("ca", key) for key in (EAST, SOUTH, GLOBEX_CONTRACT))


async def asked(client: Client, who: str | None, user: str, on: str, action: str = "VIEW") -> dict[str, Any]:
    token = await client.session(who) if who else None
    return await client.answer(QUERY, token, user=user, action=action, on=on)


async def test_an_admin_of_the_whole_organization_and_staff_are_told(client: Client) -> None:
    for who in (ADA, STAFF):
        why = (await asked(client, who, PIA, IN_SOUTH))["data"]["why"]
        assert (why["allowed"], why["status"], why["ways"][0]["missing"]) == (True, "ACTIVE", 0)
        assert "grant of ACME South" in [each["detail"] for each in why["ways"][0]["conditions"]]
        why = (await asked(client, who, PIA, IN_EAST))["data"]["why"]
        missing = [each for each in why["ways"][0]["conditions"] if not each["holds"]]
        assert (why["allowed"], why["ways"][0]["missing"]) == (False, len(missing))
        assert all(each["source"].startswith("policies.polar:") for each in missing)


async def test_what_one_does_not_see_is_not_there(client: Client) -> None:
    nobody = encode("usr", named_key("nobody"))
    answers = [
        await asked(client, ADA, PIA, OF_GLOBEX),
        await asked(client, ADA, PIA, encode("ca", named_key("nothing"))),
        await asked(client, ADA, MAX, IN_EAST),
        await asked(client, ADA, nobody, IN_EAST),
        await asked(client, ADA, IN_EAST, PIA),
        await asked(client, SAM, PIA, IN_EAST),
    ]
    assert [(each["data"], "errors" in each) for each in answers] == [({"why": None}, False)] * len(answers)


async def test_who_may_not_review_is_refused_and_it_is_in_the_trail(client: Client) -> None:
    answer = await asked(client, SAM, PIA, IN_SOUTH)
    assert (answer["data"], codes(answer)) == ({"why": None}, ["FORBIDDEN"])
    assert answer["errors"][0]["path"] == ["why"]
    async with client.backend.engine.connect() as connection:
        newest = "SELECT kind, changes FROM audit_events WHERE actor_id = :sam ORDER BY id DESC LIMIT 1"
        event = (await connection.execute(text(newest), {"sam": named_key(SAM)})).one()
    assert (event.kind, event.changes["operation"]) == (AuditKind.QUERY_REFUSED, [None, "explainAccess"])
    assert codes(await asked(client, None, PIA, IN_SOUTH)) == ["UNAUTHENTICATED"]


async def test_wrong_actions_and_wrong_ids_are_said(client: Client) -> None:
    assert codes(await asked(client, ADA, PIA, IN_SOUTH, "RESTORE")) == ["INVALID"]
    assert codes(await asked(client, ADA, "x", IN_SOUTH)) == ["BAD_USER_INPUT"]


async def test_it_stands_beside_data_and_introspection(client: Client) -> None:
    text_ = """query ($user: ID!, $on: ID!) {
      viewer { user { email } } __typename a: explainAccess(user: $user, action: VIEW, on: $on) { ...A }
      __schema { queryType { name } } b: explainAccess(user: $user, action: ASSIGN, on: $on) { ...A }
    }
    fragment A on AccessExplanation { allowed }"""
    data = await client.data(text_, await client.session(ADA), user=PIA, on=IN_SOUTH)
    assert list(data) == ["viewer", "__typename", "a", "__schema", "b"]
    assert data["viewer"] == {"user": {"email": ADA}}
    assert (data["a"], data["b"]) == ({"allowed": True}, {"allowed": False})


async def test_every_action_of_the_policy_can_be_asked_about() -> None:
    assert set(PolicyAction.__members__) == {action.value.upper() for actions in ACTIONS.values() for action in actions}
