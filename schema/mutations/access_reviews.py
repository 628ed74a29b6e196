"""The mutations `createAccessReview`, `decideAccessReviewEntries` and `signOffAccessReview`."""

from typing import Annotated

import strawberry

import models
from resolvers.mutations.access_reviews import mutations as access_review_mutations
from resolvers.mutations.access_reviews.decisions import MAX_DECISIONS, EntryDecision, decide_access_review_entries
from resolvers.public_id import key
from schema.declare.enums import AccessReviewDecision
from schema.declare.fields import changed, gql_type
from schema.declare.inputs import gql_input, id_of, unset_to_none
from schema.execution.read_payload import Info, PayloadData
from schema.mutations.payload import MutationError, errors_field, run_mutation
from schema.types.references import OneAccessReview


@gql_input
class CreateAccessReviewInput:
    """Input for `createAccessReview`."""

    organization: strawberry.ID = strawberry.field(
        description="The id of the organization. The access of all its users is recorded."
    )


@gql_input
class SignOffAccessReviewInput:
    """Input for `signOffAccessReview`."""

    id: strawberry.ID = id_of(
        models.AccessReview, "The id of the access review, which must be complete and not signed off yet."
    )
    note: str | None = strawberry.field(
        description=f"A note on the review, at most {access_review_mutations.NOTE_MAX:,} characters.",
        default=strawberry.UNSET,
    )
    carry_out: bool = strawberry.field(
        description="Whether to take away what the entries are marked to take away. You must be able to change each of "
        "these users as `updateUser` requires it, and nothing happens if one of them can't be changed.",
        default=False,
    )


@gql_input
class AccessReviewDecisionInput:
    """What an entry of an access review is marked with."""

    entry: strawberry.ID = id_of(models.AccessReviewEntry, "The id of the entry.")
    decision: AccessReviewDecision = strawberry.field(description="The decision.")


@gql_input
class DecideAccessReviewEntriesInput:
    """Input for `decideAccessReviewEntries`."""

    review: strawberry.ID = id_of(
        models.AccessReview, "The id of the access review, which must be complete and not signed off yet."
    )
    decisions: list[AccessReviewDecisionInput] = strawberry.field(
        description=f"The entries with their decisions: 1 to {MAX_DECISIONS}, each entry once. What an entry was "
        "marked with before is replaced."
    )


@gql_type
class DecideAccessReviewEntriesPayload:
    """The access review, or the errors."""

    data: strawberry.Private[PayloadData]
    access_review: OneAccessReview | None = changed("The access review. Null if the mutation failed.")
    errors: list[MutationError] = errors_field()


@gql_type
class CreateAccessReviewPayload:
    """The created access review, or the errors."""

    data: strawberry.Private[PayloadData]
    access_review: OneAccessReview | None = changed("The created access review. Null if the mutation failed.")
    errors: list[MutationError] = errors_field()


@gql_type
class SignOffAccessReviewPayload:
    """The signed-off access review, or the errors."""

    data: strawberry.Private[PayloadData]
    access_review: OneAccessReview | None = changed("The signed-off access review. Null if the mutation failed.")
    errors: list[MutationError] = errors_field()


async def create_access_review(
    info: Info,
    input: Annotated[CreateAccessReviewInput, strawberry.argument(description="The organization to review.")],
) -> CreateAccessReviewPayload:
    """Resolves `createAccessReview`. The payload is read as the caller."""
    organization = key(input.organization, models.Organization)
    data, errors = await run_mutation(
        info, lambda work: access_review_mutations.create_access_review(work, organization)
    )
    return CreateAccessReviewPayload(data=data, errors=errors)


async def sign_off_access_review(
    info: Info,
    input: Annotated[SignOffAccessReviewInput, strawberry.argument(description="The access review to sign off.")],
) -> SignOffAccessReviewPayload:
    """Resolves `signOffAccessReview`. The payload is read as the caller."""
    review, note = key(input.id, models.AccessReview), unset_to_none(input.note)
    data, errors = await run_mutation(
        info, lambda work: access_review_mutations.sign_off_access_review(work, review, note, carry_out=input.carry_out)
    )
    return SignOffAccessReviewPayload(data=data, errors=errors)


async def decide(
    info: Info,
    input: Annotated[
        DecideAccessReviewEntriesInput, strawberry.argument(description="The entries and what they are marked with.")
    ],
) -> DecideAccessReviewEntriesPayload:
    """Resolves `decideAccessReviewEntries`. The payload is read as the caller."""
    review = key(input.review, models.AccessReview)
    decisions = [EntryDecision(key(each.entry, models.AccessReviewEntry), each.decision) for each in input.decisions]
    data, errors = await run_mutation(info, lambda work: decide_access_review_entries(work, review, decisions))
    return DecideAccessReviewEntriesPayload(data=data, errors=errors)
