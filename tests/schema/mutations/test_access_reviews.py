"""Access reviews over GraphQL: created, read, and signed off once, as `viewerCan` says."""

from typing import Any

import pytest

from app.demo.example_users import ACME
from app.demo.fixed_ids import named_key
from tests.support.queries import ask
from tests.support.server import Client

pytestmark = pytest.mark.asyncio(loop_scope="module")

ADA, SAM, MAX = "ada@acme.example", "sam@acme.example", "max@globex.example"
ORGANIZATION = f"org_{named_key(ACME)}"
CREATE = """mutation ($input: CreateAccessReviewInput!) {
  done: createAccessReview(input: $input) { accessReview { id viewerCan signedOffAt } errors { code path } }
}"""
SIGN = """mutation ($input: SignOffAccessReviewInput!) {
  done: signOffAccessReview(input: $input) {
    accessReview { viewerCan note signedOffBy { email } } errors { code path }
  }
}"""
READ = """query ($organization: ID!, $sue: [ID!]) {
  accessReview(organization: $organization) {
    entries(filter: {users: $sue}) { nodes { kind name why viewerCan user { email } } }
  }
}"""


async def done(client: Client, who: str, mutation: str, **input_: Any) -> dict[str, Any]:
    answer: dict[str, Any] = (await ask(client, who, mutation, input=input_))["done"]
    return answer


async def test_a_review_is_created_read_and_signed_off_once(client: Client) -> None:
    created = await done(client, ADA, CREATE, organization=ORGANIZATION)
    assert created["errors"] == []
    review = created["accessReview"]
    assert (review["viewerCan"], review["signedOffAt"]) == (["VIEW", "SIGN_OFF"], None)
    sue = f"usr_{named_key('sue@acme.example')}"
    read = await ask(client, ADA, READ, organization=ORGANIZATION, sue=[sue])
    entries = read["accessReview"]["entries"]["nodes"]
    assert {(entry["kind"], entry["name"]) for entry in entries} == {
        ("PERMISSION", "SITES_SERVICES_VIEW"),
        ("CONTRACT_ACCOUNT", "ACME South"),
        ("DELIVERY_ACCOUNT", "ACME South"),
        ("DELIVERY_ACCOUNT", "PEAR Corp"),
    }
    assert all(entry["viewerCan"] == ["VIEW"] and entry["user"]["email"] == "sue@acme.example" for entry in entries)
    assert any("SVC-000001" in entry["why"] for entry in entries if entry["name"] == "PEAR Corp")
    signed = await done(client, ADA, SIGN, id=review["id"], note="As it should be")
    assert signed == {
        "accessReview": {"viewerCan": ["VIEW"], "note": "As it should be", "signedOffBy": {"email": ADA}},
        "errors": [],
    }
    again = await done(client, ADA, SIGN, id=review["id"])
    assert again == {"accessReview": None, "errors": [{"code": "ALREADY_SIGNED_OFF", "path": ["input", "id"]}]}


async def test_other_users_neither_create_nor_see_reviews(client: Client) -> None:
    assert (await done(client, SAM, CREATE, organization=ORGANIZATION))["errors"] == [
        {"code": "FORBIDDEN", "path": ["input", "organization"]}
    ]
    assert (await done(client, MAX, CREATE, organization=ORGANIZATION))["errors"] == [
        {"code": "NOT_FOUND", "path": ["input", "organization"]}
    ]
    for who in (SAM, MAX):
        assert (await ask(client, who, READ, organization=ORGANIZATION))["accessReview"] is None
