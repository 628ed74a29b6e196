"""Making access reviews and signing them off, in the contract."""

from typing import Annotated

import strawberry

from resolvers.mutations.access_reviews import mutations as access_review_mutations
from resolvers.public_id import key
from schema.declare.fields import changed, gql_type
from schema.declare.inputs import gql_input, id_of, unset_to_none
from schema.mutations.payload import Answer, Info, MutationError, errors_field, run_mutation
from schema.types.references import OneAccessReview


@gql_input
class CreateAccessReviewInput:
    """Whose access is to be reviewed."""

    organization: strawberry.ID = strawberry.field(description="The organization, all of whose users are reviewed.")


@gql_input
class SignOffAccessReviewInput:
    """Which review was looked at, and what is to be said of it."""

    id: strawberry.ID = id_of("rev", "The access review: not signed off yet.")
    note: str | None = strawberry.field(
        description=f"What you have to say: at most {access_review_mutations.NOTE_MAX:,} characters.",
        default=strawberry.UNSET,
    )


@gql_type
class CreateAccessReviewPayload:
    """The new access review, or why there is none."""

    answer: strawberry.Private[Answer]
    access_review: OneAccessReview | None = changed("The access review that was made. Null when refused.")
    errors: list[MutationError] = errors_field()


@gql_type
class SignOffAccessReviewPayload:
    """The access review that was signed off, or why it was not."""

    answer: strawberry.Private[Answer]
    access_review: OneAccessReview | None = changed("The access review, signed off. Null when refused.")
    errors: list[MutationError] = errors_field()


async def create_access_review(
    info: Info, input: Annotated[CreateAccessReviewInput, strawberry.argument(description="The organization.")]
) -> CreateAccessReviewPayload:
    """`createAccessReview`: the payload's review is read as the caller sees it."""
    owner = key(input.organization, "org")
    answer, errors = await run_mutation(info, lambda work: access_review_mutations.create(work, owner))
    return CreateAccessReviewPayload(answer=answer, errors=errors)


async def sign_off_access_review(
    info: Info, input: Annotated[SignOffAccessReviewInput, strawberry.argument(description="The access review.")]
) -> SignOffAccessReviewPayload:
    """`signOffAccessReview`: the payload's review is read as the caller sees it."""
    review, note = key(input.id, "rev"), unset_to_none(input.note)
    answer, errors = await run_mutation(info, lambda work: access_review_mutations.sign_off(work, review, note))
    return SignOffAccessReviewPayload(answer=answer, errors=errors)
