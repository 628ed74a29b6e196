"""`whoCan`: the users who may, and why; for callers who may review the access to the organization."""

from typing import Any

import pytest

from app.demo.example_users import ACME
from app.demo.fixed_ids import named_key
from tests.support.queries import ask
from tests.support.resolver_fixtures import SOUTH
from tests.support.server import Client, codes

pytestmark = pytest.mark.asyncio(loop_scope="module")

ADA, SAM, MAX, STAFF = "ada@acme.example", "sam@acme.example", "max@globex.example", "staff@portico.example"
WHO = """query ($on: ID!, $action: PolicyAction!, $first: Int!, $after: String, $value: String) {
  found: whoCan(action: $action, on: $on, first: $first, after: $after, value: $value) {
    totalCount endCursor holders { who: user { email contractAccounts { totalCount } } ways { rules traits rows } }
  }
}"""
ACME_ID = f"org_{named_key(ACME)}"
ON = {"on": f"ca_{SOUTH}", "action": "VIEW", "first": 100}


async def who_can(client: Client, who: str, **variables: Any) -> Any:
    return (await ask(client, who, WHO, **(ON | variables)))["found"]


def emails(page: Any) -> list[str]:
    return [holder["who"]["email"] for holder in page["holders"]]


async def test_the_visible_users_and_why_they_may(client: Client) -> None:
    of_staff, of_ada = await who_can(client, STAFF), await who_can(client, ADA)
    assert set(emails(of_staff)) - set(emails(of_ada)) == {STAFF}
    assert of_ada["totalCount"] == len(of_ada["holders"]) == of_staff["totalCount"] - 1
    (sue,) = [holder for holder in of_ada["holders"] if holder["who"]["email"] == "sue@acme.example"]
    assert sue["who"]["contractAccounts"]["totalCount"] == 1
    (way,) = sue["ways"]
    assert way["rows"] == ["grant of ACME South"]
    assert way["traits"] == ["permission SITES_SERVICES_VIEW"]
    assert way["rules"][0].startswith("policies.polar:")


async def test_who_has_a_capability_in_an_organization(client: Client) -> None:
    """Of the users whom the caller sees: staff sees the platform's own people as well, and nobody those of others."""
    asked = {"on": ACME_ID, "action": "CREATES_ORGANIZATIONS"}
    assert (await who_can(client, ADA, **asked))["totalCount"] == 0
    assert emails(await who_can(client, STAFF, **asked)) == [STAFF]
    asked = {"on": ACME_ID, "action": "ASSIGN_PERMISSION", "value": "SUPPORT_VIEW"}
    of_ada, of_staff = await who_can(client, ADA, **asked), await who_can(client, STAFF, **asked)
    assert of_ada == of_staff
    assert {ADA, SAM} <= set(emails(of_ada))
    assert MAX not in emails(of_ada)
    way = of_ada["holders"][0]["ways"][0]
    assert (way["rows"], "permission USER_MANAGEMENT" in way["traits"]) == ([], True)
    assert way["rules"][0].startswith("policies.polar:")


@pytest.mark.parametrize("asked", [{}, {"on": ACME_ID, "action": "MANAGES_USERS"}])
async def test_pages_cover_all_users(client: Client, asked: dict[str, str]) -> None:
    whole, after, gathered = await who_can(client, ADA, **asked), None, []
    while True:
        page = await who_can(client, ADA, first=2, after=after, **asked)
        assert page["totalCount"] == whole["totalCount"]
        gathered += page["holders"]
        if (after := page["endCursor"]) is None:
            break
    assert gathered == whole["holders"]


@pytest.mark.parametrize(
    ("who", "variables", "expected"),
    [
        (SAM, {}, ["FORBIDDEN"]),
        (ADA, {"action": "RESTORE"}, ["INVALID"]),
        (SAM, {"on": ACME_ID, "action": "MANAGES_USERS"}, ["FORBIDDEN"]),
        (MAX, {"on": ACME_ID, "action": "MANAGES_USERS"}, []),
        (ADA, {"action": "MANAGES_USERS"}, ["INVALID"]),
        (ADA, {"on": ACME_ID, "action": "ASSIGN_ALL", "value": "Service"}, ["INVALID"]),
        (ADA, {"on": ACME_ID, "action": "MANAGES_USERS", "after": "none"}, ["INVALID"]),
        (ADA, {"first": 101}, ["INVALID"]),
        (ADA, {"first": 0}, ["INVALID"]),
        (ADA, {"after": "none"}, ["INVALID"]),
        (MAX, {}, []),
        (ADA, {"on": f"ca_{named_key('nobody')}"}, []),
        (ADA, {"on": f"org_{named_key('Globex')}"}, []),
        (MAX, {"on": f"org_{named_key(ACME)}", "action": "REVIEW_ACCESS"}, []),
    ],
)
async def test_callers_without_review_access_are_denied_and_invisible_resources_are_null(
    client: Client, who: str, variables: dict[str, Any], expected: list[str]
) -> None:
    answer = await client.answer(WHO, await client.session(who), **(ON | variables))
    assert codes(answer) == expected
    assert (answer.get("data") or {"found": None})["found"] is None
