"""Access reviews over GraphQL: created, read, and signed off once, as `viewerCan` says."""

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
  done: createAccessReview(input: $input) {
    accessReview { id state progress recordedAt viewerCan signedOffAt } errors { code path }
  }
}"""
SIGN = """mutation ($input: SignOffAccessReviewInput!) {
  done: signOffAccessReview(input: $input) {
    accessReview { viewerCan note signedOffBy { email } } errors { code path }
  }
}"""
STARTED = {"state": "PENDING", "progress": 0, "recordedAt": None, "viewerCan": ["VIEW"]}
READ = """query ($organization: ID!, $sue: [ID!]) {
  accessReview(organization: $organization) {
    state progress failure viewerCan
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
    assert review | {"id": ""} == {"id": "", **STARTED, "signedOffAt": None}
    refused = await done(client, ADA, SIGN, id=review["id"])
    assert refused == {"accessReview": None, "errors": [{"code": "NOT_COMPLETE", "path": ["input", "id"]}]}
    unfinished = await ask(client, ADA, READ, organization=ORGANIZATION, sue=None)
    assert unfinished["accessReview"]["entries"]["nodes"] == []
    assert await record_next(client.backend.mutation_context, Caller())
    sue = f"usr_{named_key('sue@acme.example')}"
    read = await ask(client, ADA, READ, organization=ORGANIZATION, sue=[sue])
    entries = read["accessReview"].pop("entries")["nodes"]
    assert read["accessReview"] == {
        "state": "COMPLETE",
        "progress": 100,
        "failure": None,
        "viewerCan": ["VIEW", "SIGN_OFF"],
    }
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
