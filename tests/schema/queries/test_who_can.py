"""`whoCan`: everybody who may, and why; for those who may review the access to the organization."""

from typing import Any

import pytest

from app.demo.example_users import ACME
from app.demo.fixed_ids import named_key
from resolvers.public_id import encode
from tests.support.queries import ask
from tests.support.resolver_fixtures import SOUTH
from tests.support.server import Client, codes

pytestmark = pytest.mark.asyncio(loop_scope="module")

ADA, SAM, MAX, STAFF = "ada@acme.example", "sam@acme.example", "max@globex.example", "staff@portico.example"
WHO = """query ($on: ID!, $action: PolicyAction!, $first: Int!, $after: String) {
  found: whoCan(action: $action, on: $on, first: $first, after: $after) {
    totalCount endCursor holders { who: user { email contractAccounts { totalCount } } ways { rules traits rows } }
  }
}"""
ON = {"on": encode("ca", SOUTH), "action": "VIEW", "first": 100}


async def found(client: Client, who: str, **asked: Any) -> Any:
    return (await ask(client, who, WHO, **(ON | asked)))["found"]


def emails(page: Any) -> list[str]:
    return [each["who"]["email"] for each in page["holders"]]


async def test_everybody_whom_one_sees_and_why(client: Client) -> None:
    of_staff, of_ada = await found(client, STAFF), await found(client, ADA)
    assert set(emails(of_staff)) - set(emails(of_ada)) == {STAFF}
    assert of_ada["totalCount"] == len(of_ada["holders"]) == of_staff["totalCount"] - 1
    (sue,) = [each for each in of_ada["holders"] if each["who"]["email"] == "sue@acme.example"]
    assert sue["who"]["contractAccounts"]["totalCount"] == 1
    (way,) = sue["ways"]
    assert way["rows"] == ["grant of ACME South"]
    assert way["traits"] == ["permission SITES_SERVICES_VIEW"]
    assert way["rules"][0].startswith("policies.polar:")


async def test_pages_make_up_the_whole(client: Client) -> None:
    whole, after, gathered = await found(client, ADA), None, []
    while True:
        page = await found(client, ADA, first=2, after=after)
        assert page["totalCount"] == whole["totalCount"]
        gathered += page["holders"]
        if (after := page["endCursor"]) is None:
            break
    assert gathered == whole["holders"]


@pytest.mark.parametrize(
    ("who", "asked", "expected"),
    [
        (SAM, {}, ["FORBIDDEN"]),
        (ADA, {"action": "RESTORE"}, ["INVALID"]),
        (ADA, {"first": 101}, ["INVALID"]),
        (ADA, {"first": 0}, ["INVALID"]),
        (ADA, {"after": "none"}, ["INVALID"]),
        (MAX, {}, []),
        (ADA, {"on": encode("ca", named_key("nobody"))}, []),
        (ADA, {"on": encode("org", named_key("Globex"))}, []),
        (MAX, {"on": encode("org", named_key(ACME)), "action": "REVIEW_ACCESS"}, []),
    ],
)
async def test_who_may_not_ask_is_refused_and_what_is_not_seen_is_not_there(
    client: Client, who: str, asked: dict[str, Any], expected: list[str]
) -> None:
    answer = await client.answer(WHO, await client.session(who), **(ON | asked))
    assert codes(answer) == expected
    assert (answer.get("data") or {"found": None})["found"] is None
