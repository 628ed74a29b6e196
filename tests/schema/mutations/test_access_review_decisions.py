"""Entries of an access review are marked, and what is marked is taken away at the sign-off, all or nothing."""

from typing import Any

import pytest

from app.demo.example_users import ACME
from app.demo.fixed_ids import named_key
from resolvers.callers.caller import Caller
from resolvers.mutations.access_reviews.recorder import record_next
from tests.support.queries import ask
from tests.support.server import Client

pytestmark = pytest.mark.asyncio(loop_scope="module")

ADA, SAM, MAX = "ada@acme.example", "sam@acme.example", "max@globex.example"
ORGANIZATION = f"org_{named_key(ACME)}"
CREATE = """mutation ($input: CreateAccessReviewInput!) {
  done: createAccessReview(input: $input) { accessReview { id } }
}"""
ENTRIES = """query ($id: ID!, $filter: AccessReviewEntryFilter) {
  node(id: $id) { ... on AccessReview { entries(first: 100, filter: $filter) {
    totalCount nodes { id userEmail kind name accountId removable decision }
  } } }
}"""
DECIDE = """mutation ($input: DecideAccessReviewEntriesInput!) {
  done: decideAccessReviewEntries(input: $input) { accessReview { id } errors { code path message } }
}"""
SIGN = """mutation ($input: SignOffAccessReviewInput!) {
  done: signOffAccessReview(input: $input) { accessReview { note } errors { code path message } }
}"""
USER = """query ($id: ID!) { node(id: $id) { ... on User {
  permissions allContractAccounts contractAccounts { nodes { name } }
} } }"""
USERS = "ben@acme.example", "sue@acme.example", "pia@pear.example", "ada@acme.example", "noc@pear.example"


async def done(client: Client, who: str, mutation: str, **input_: Any) -> dict[str, Any]:
    answer: dict[str, Any] = (await ask(client, who, mutation, input=input_))["done"]
    return answer


async def review_of_acme(client: Client) -> str:
    created = await done(client, ADA, CREATE, organization=ORGANIZATION)
    assert await record_next(client.backend.mutation_context, Caller())
    review: str = created["accessReview"]["id"]
    return review


async def entries(client: Client, review: str, who: str = ADA, **filter_: Any) -> list[dict[str, Any]]:
    node = (await ask(client, who, ENTRIES, id=review, filter=filter_))["node"]
    assert node["entries"]["totalCount"] >= len(node["entries"]["nodes"])
    return list(node["entries"]["nodes"])


async def entry(client: Client, review: str, email: str, name: str | None, kind: str) -> str:
    found = await entries(client, review, users=[f"usr_{named_key(email)}"], kind=[kind])
    (id_,) = [each["id"] for each in found if each["name"] == name]
    return str(id_)


async def decide(client: Client, who: str, review: str, decision: str, *ids: str) -> list[Any]:
    decisions = [{"entry": id_, "decision": decision} for id_ in ids]
    answer = await done(client, who, DECIDE, review=review, decisions=decisions)
    return [(error["code"], error["path"]) for error in answer["errors"]]


async def user(client: Client, email: str) -> dict[str, Any]:
    node: dict[str, Any] = (await ask(client, ADA, USER, id=f"usr_{named_key(email)}"))["node"]
    return node


async def test_what_is_marked_is_taken_away_at_the_sign_off(client: Client) -> None:
    review = await review_of_acme(client)
    billing = await entry(client, review, "ben@acme.example", "BILLING_VIEW", "PERMISSION")
    all_of_ben = await entry(client, review, "ben@acme.example", None, "ALL_CONTRACT_ACCOUNTS")
    south = await entry(client, review, "sue@acme.example", "ACME South", "CONTRACT_ACCOUNT")
    assert await decide(client, ADA, review, "TAKE_AWAY", billing, all_of_ben, south) == []
    assert await decide(client, ADA, review, "KEEP", south) == []
    assert {each["id"] for each in await entries(client, review, decision=["TAKE_AWAY"])} == {billing, all_of_ben}
    assert [each["id"] for each in await entries(client, review, decision=["KEEP"])] == [south]
    undecided = await entries(client, review, decided=False)
    assert undecided
    assert not {billing, all_of_ben, south} & {each["id"] for each in undecided}
    before = await user(client, "ben@acme.example")
    assert "BILLING_VIEW" in before["permissions"]
    signed = await done(client, ADA, SIGN, id=review, note="Cut down", carryOut=True)
    assert signed == {"accessReview": {"note": "Cut down"}, "errors": []}
    after = await user(client, "ben@acme.example")
    assert "BILLING_VIEW" not in after["permissions"]
    assert not after["allContractAccounts"]
    assert (await user(client, "sue@acme.example"))["contractAccounts"]["nodes"] == [{"name": "ACME South"}]
    assert await decide(client, ADA, review, "KEEP", billing) == [("ALREADY_SIGNED_OFF", ["input", "review"])]


async def test_without_carrying_out_nothing_is_taken_away(client: Client) -> None:
    review = await review_of_acme(client)
    south = await entry(client, review, "pia@pear.example", "ACME South", "CONTRACT_ACCOUNT")
    assert await decide(client, ADA, review, "TAKE_AWAY", south) == []
    before = await user(client, "pia@pear.example")
    assert (await done(client, ADA, SIGN, id=review))["errors"] == []
    assert await user(client, "pia@pear.example") == before


async def test_all_or_nothing_and_each_reason_names_the_user(client: Client) -> None:
    review = await review_of_acme(client)
    pear = await entry(client, review, "noc@pear.example", "PEAR Corp", "DELIVERY_ACCOUNT")
    admin = await entry(client, review, ADA, "USER_MANAGEMENT", "PERMISSION")
    south = await entry(client, review, "pia@pear.example", "ACME South", "CONTRACT_ACCOUNT")
    assert await decide(client, ADA, review, "TAKE_AWAY", pear, admin, south) == []
    before = [await user(client, email) for email in USERS]
    refused = await done(client, ADA, SIGN, id=review, carryOut=True)
    assert refused["accessReview"] is None
    assert {(error["code"], *error["path"]) for error in refused["errors"]} == {
        ("INVALID", "input", "carryOut"),
        ("LAST_ADMIN", "input", "carryOut"),
    }
    assert {error["message"].split(":")[0] for error in refused["errors"]} == {ADA, "noc@pear.example"}
    assert [await user(client, email) for email in USERS] == before
    assert await decide(client, ADA, review, "KEEP", pear, admin) == []
    assert (await done(client, ADA, SIGN, id=review, carryOut=True))["errors"] == []
    assert (await user(client, "pia@pear.example"))["contractAccounts"]["nodes"] == []


async def test_only_what_was_given_by_itself_can_be_taken_away(client: Client) -> None:
    review = await review_of_acme(client)
    by_rule = await entry(client, review, "sue@acme.example", "PEAR Corp", "DELIVERY_ACCOUNT")
    always = await entry(client, review, "sue@acme.example", "SITES_SERVICES_VIEW", "PERMISSION")
    assert {each["id"] for each in await entries(client, review) if not each["removable"]} >= {by_rule, always}
    refused = await decide(client, ADA, review, "TAKE_AWAY", by_rule, always)
    assert refused == [("INVALID", ["input", "decisions", str(place), "decision"]) for place in (0, 1)]
    assert await decide(client, ADA, review, "KEEP", by_rule, always) == []


async def test_what_is_wrong_is_said_for_each_entry(client: Client) -> None:
    review, other = await review_of_acme(client), await review_of_acme(client)
    mine, foreign = [(await entries(client, each))[0]["id"] for each in (review, other)]
    assert await decide(client, ADA, review, "KEEP", mine, foreign, mine) == [
        ("NOT_FOUND", ["input", "decisions", "1", "entry"]),
        ("DUPLICATE", ["input", "decisions", "2", "entry"]),
    ]
    assert await decide(client, ADA, review, "KEEP") == [("INVALID", ["input", "decisions"])]
    assert await decide(client, ADA, review, "KEEP", *[mine] * 101) == [("INVALID", ["input", "decisions"])]
    for who in (SAM, MAX):
        assert await decide(client, who, review, "KEEP", mine) == [("NOT_FOUND", ["input", "review"])]
    assert await entries(client, review, decided=True) == []


async def test_entries_are_found_by_account_and_reason(client: Client) -> None:
    review = await review_of_acme(client)
    of_kind = await entries(client, review, kind=["CONTRACT_ACCOUNT"])
    (south,) = {each["accountId"] for each in of_kind if each["name"] == "ACME South"}
    found = await entries(client, review, contractAccounts=[south])
    assert found
    assert {(each["kind"], each["name"]) for each in found} == {("CONTRACT_ACCOUNT", "ACME South")}
    assert await entries(client, review, deliveryAccounts=[]) == []
    by_service = await entries(client, review, why="svc-000001")
    assert by_service
    assert {each["kind"] for each in by_service} <= {"CONTRACT_ACCOUNT", "DELIVERY_ACCOUNT"}
