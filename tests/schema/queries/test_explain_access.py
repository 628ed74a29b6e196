"""`explainAccess`: for callers who may review access, about visible resources, and beside other fields of a query."""

from typing import Any

import pytest
from sqlalchemy import text

from app.demo.example_users import ACME
from app.demo.fixed_ids import named_key
from authz.model.actions import ACTIONS, CAPABILITIES
from models import AuditKind
from schema.declare.action_enums import PolicyAction
from tests.support.resolver_fixtures import EAST, GLOBEX_CONTRACT, SOUTH
from tests.support.server import Client, codes

pytestmark = pytest.mark.asyncio(loop_scope="module")

ADA, SAM, STAFF = "ada@acme.example", "sam@acme.example", "staff@portico.example"
QUERY = """query ($user: ID!, $action: PolicyAction!, $on: ID!, $value: String) {
  why: explainAccess(user: $user, action: $action, on: $on, value: $value) {
    allowed status ways { rules missing conditions { text source holds detail } }
  }
}"""
PIA, MAX = (f"usr_{named_key(email)}" for email in ("pia@pear.example", "max@globex.example"))
OF_SAM = f"usr_{named_key(SAM)}"
ACME_ID, GLOBEX_ID = (f"org_{named_key(name)}" for name in (ACME, "Globex"))
IN_EAST, IN_SOUTH, OF_GLOBEX = (f"ca_{key}" for key in (EAST, SOUTH, GLOBEX_CONTRACT))


async def explain(client: Client, who: str | None, user: str, *asked: str | None) -> dict[str, Any]:
    """Ask on a resource, by default about viewing it: the resource, the action, and the value."""
    token = await client.session(who) if who else None
    on, action, value = (*asked, *(None, "VIEW", None)[len(asked) :])
    return await client.answer(QUERY, token, user=user, action=action, on=on, value=value)


async def test_an_admin_of_the_whole_organization_and_staff_get_an_explanation(client: Client) -> None:
    for who in (ADA, STAFF):
        why = (await explain(client, who, PIA, IN_SOUTH))["data"]["why"]
        assert (why["allowed"], why["status"], why["ways"][0]["missing"]) == (True, "ACTIVE", 0)
        assert "grant of ACME South" in [condition["detail"] for condition in why["ways"][0]["conditions"]]
        why = (await explain(client, who, PIA, IN_EAST))["data"]["why"]
        missing = [condition for condition in why["ways"][0]["conditions"] if not condition["holds"]]
        assert (why["allowed"], why["ways"][0]["missing"]) == (False, len(missing))
        assert all(condition["source"].startswith("policies.polar:") for condition in missing)


async def test_each_condition_is_said_in_a_sentence(client: Client) -> None:
    query = """query ($user: ID!, $on: ID!) { explainAccess(user: $user, action: VIEW, on: $on) {
      ways { conditions { kind names holds sentence } }
    } }"""
    [why, *_], [why_not, *_] = [
        (await client.data(query, await client.session(ADA), user=PIA, on=on))["explainAccess"]["ways"]
        for on in (IN_SOUTH, IN_EAST)
    ]
    assert [condition["sentence"] for condition in why["conditions"]] == [
        "They have the permission Sites & services: view.",
        "It belongs to their organization.",
        "They were given ACME South.",
    ]
    [missing] = [condition for condition in why_not["conditions"] if not condition["holds"]]
    assert missing == {
        "kind": "GRANT",
        "names": ["ACME East"],
        "holds": False,
        "sentence": "They were not given ACME East.",
    }


async def test_a_sentence_names_the_services_that_connect_a_user_with_an_account(client: Client) -> None:
    query = """query ($user: ID!, $on: ID!) { explainAccess(user: $user, action: VIEW, on: $on) {
      ways { conditions { kind sentence } }
    } }"""
    dan = f"usr_{named_key('dan@pear.example')}"
    ways = (await client.data(query, await client.session(ADA), user=dan, on=IN_EAST))["explainAccess"]["ways"]
    sentences = {condition["kind"]: condition["sentence"] for condition in ways[0]["conditions"]}
    assert sentences["CONNECTION"] == "It is connected with what they have through SVC-000004, SVC-000005."
    assert sentences["AUDIENCE"] == "They are a user of an end customer."


async def test_invisible_users_and_resources_are_null(client: Client) -> None:
    nobody = f"usr_{named_key('nobody')}"
    answers = [
        await explain(client, ADA, PIA, OF_GLOBEX),
        await explain(client, ADA, PIA, f"ca_{named_key('nothing')}"),
        await explain(client, ADA, MAX, IN_EAST),
        await explain(client, ADA, nobody, IN_EAST),
        await explain(client, ADA, IN_EAST, PIA),
        await explain(client, SAM, PIA, IN_EAST),
    ]
    assert [(answer["data"], "errors" in answer) for answer in answers] == [({"why": None}, False)] * len(answers)


async def test_callers_without_review_access_are_denied_and_audited(client: Client) -> None:
    answer = await explain(client, SAM, PIA, IN_SOUTH)
    assert (answer["data"], codes(answer)) == ({"why": None}, ["FORBIDDEN"])
    assert answer["errors"][0]["path"] == ["why"]
    async with client.backend.engine.connect() as connection:
        newest = "SELECT kind, changes FROM audit_events WHERE actor_id = :sam ORDER BY id DESC LIMIT 1"
        event = (await connection.execute(text(newest), {"sam": named_key(SAM)})).one()
    assert (event.kind, event.changes["operation"]) == (AuditKind.QUERY_REFUSED, [None, "explainAccess"])
    assert codes(await explain(client, None, PIA, IN_SOUTH)) == ["UNAUTHENTICATED"]


async def test_wrong_actions_and_ids_are_errors(client: Client) -> None:
    assert codes(await explain(client, ADA, PIA, IN_SOUTH, "RESTORE")) == ["INVALID"]
    assert codes(await explain(client, ADA, "x", IN_SOUTH)) == ["BAD_USER_INPUT"]


async def test_why_a_user_has_a_capability(client: Client) -> None:
    for who in (ADA, STAFF):
        why = (await explain(client, who, OF_SAM, ACME_ID, "ASSIGN_PERMISSION", "BILLING_VIEW"))["data"]["why"]
        failing = [condition for condition in why["ways"][0]["conditions"] if not condition["holds"]]
        assert (why["allowed"], why["status"], failing[0]["detail"]) == (False, "ACTIVE", "permission is BILLING_VIEW")
        assert (await explain(client, who, OF_SAM, ACME_ID, "MANAGES_USERS"))["data"]["why"]["allowed"]
    assert not (await explain(client, ADA, OF_SAM, ACME_ID, "CREATES_ORGANIZATIONS"))["data"]["why"]["allowed"]


async def test_capabilities_reveal_no_more_than_actions(client: Client) -> None:
    """Neither of whom the caller doesn't see, nor to whom may not review the access to the user's organization."""
    asked = ACME_ID, "MANAGES_USERS"
    assert (await explain(client, ADA, MAX, *asked))["data"] == {"why": None}
    assert (await explain(client, ADA, OF_SAM, GLOBEX_ID, "MANAGES_USERS"))["data"] == {"why": None}
    assert codes(await explain(client, SAM, OF_SAM, *asked)) == ["FORBIDDEN"]
    for wrong in (
        (IN_SOUTH, "MANAGES_USERS", None),
        (ACME_ID, "MANAGES_USERS", "BILLING_VIEW"),
        (ACME_ID, "ASSIGN_PERMISSION", None),
        (ACME_ID, "ASSIGN_PERMISSION", "BILLING"),
        (ACME_ID, "VIEW", "BILLING_VIEW"),
    ):
        assert codes(await explain(client, ADA, OF_SAM, *wrong)) == ["INVALID"]


async def test_explanations_data_and_introspection_in_one_query(client: Client) -> None:
    text_ = """query ($user: ID!, $on: ID!) {
      viewer { user { email } } __typename a: explainAccess(user: $user, action: VIEW, on: $on) { ...A }
      __schema { queryType { name } } b: explainAccess(user: $user, action: ASSIGN, on: $on) { ...A }
    }
    fragment A on AccessExplanation { allowed }"""
    data = await client.data(text_, await client.session(ADA), user=PIA, on=IN_SOUTH)
    assert list(data) == ["viewer", "__typename", "a", "__schema", "b"]
    assert data["viewer"] == {"user": {"email": ADA}}
    assert (data["a"], data["b"]) == ({"allowed": True}, {"allowed": False})


async def test_every_action_of_the_policy_is_in_the_enum() -> None:
    names = {action.value.upper() for actions in ACTIONS.values() for action in actions}
    assert set(PolicyAction.__members__) == names | {capability.value.upper() for capability in CAPABILITIES}
