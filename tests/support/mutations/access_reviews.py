"""Mutations of access reviews, prepared up to the moment when they run."""

from uuid import UUID

from app.demo.example_users import ACME
from app.demo.fixed_ids import named_key
from models import AccessReviewDecision
from resolvers.callers.caller import Caller
from resolvers.mutations.access_reviews.decisions import EntryDecision, decide_access_review_entries
from resolvers.mutations.access_reviews.mutations import create_access_review, sign_off_access_review
from resolvers.mutations.access_reviews.recorder import record_next
from resolvers.transaction.context import MutationContext
from tests.support.mutations.of_someone import Mutation, of_ada
from tests.support.resolver_fixtures import (
    rows,
)

OWN = named_key(ACME)


async def begin_sign_off_access_review(writing: MutationContext) -> Mutation:
    made = await (await of_ada(writing, lambda work: create_access_review(work, OWN)))()
    assert await record_next(writing, Caller())
    return await of_ada(writing, lambda work: sign_off_access_review(work, made, "Looked at"))


async def complete_review(writing: MutationContext) -> tuple[UUID, list[EntryDecision]]:
    """A review of which everything that Sue and Ben were given is to be taken away."""
    made = await (await of_ada(writing, lambda work: create_access_review(work, OWN)))()
    assert await record_next(writing, Caller())
    given = "SELECT id FROM access_review_entries WHERE review_id = :id AND name IN ('BILLING_VIEW', 'ACME South')"
    given += (
        " AND user_email IN ('ben@acme.example', 'sue@acme.example') AND kind IN ('PERMISSION', 'CONTRACT_ACCOUNT')"
    )
    found = await rows(writing, given + " AND (user_email = 'sue@acme.example' OR kind = 'PERMISSION')", id=made)
    return made, [EntryDecision(row.id, AccessReviewDecision.TAKE_AWAY) for row in found]


async def begin_decide_access_review_entries(writing: MutationContext) -> Mutation:
    review, decisions = await complete_review(writing)
    return await of_ada(writing, lambda work: decide_access_review_entries(work, review, decisions))


async def begin_carry_out_access_review(writing: MutationContext) -> Mutation:
    review, decisions = await complete_review(writing)
    await (await of_ada(writing, lambda work: decide_access_review_entries(work, review, decisions)))()
    return await of_ada(writing, lambda work: sign_off_access_review(work, review, None, carry_out=True))
