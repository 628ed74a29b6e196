"""`inviteUsers` in the contract."""

from typing import Annotated

import strawberry

from resolvers.mutations.users.invite import Invitation, InvitationOutcome, Invitations, invite_users
from schema.declare.enums import Audience, InvitationState, InviteMode, Permission
from schema.declare.fields import changed_each, gql_type
from schema.declare.inputs import gql_input
from schema.declare.scalars import EmailAddress
from schema.mutations.account_access_input import (
    account_access,
    all_contract_accounts_field,
    all_delivery_accounts_field,
    audience_field,
    contract_accounts_field,
    delivery_accounts_field,
    permissions_field,
)
from schema.mutations.payload import Answer, Info, MutationError, errors_of, read_payload_nodes_as_caller
from schema.types.access_expiry import AccountEndInput, PermissionEndInput, account_ends_field, permission_ends_field
from schema.types.references import OneUser


@gql_input
class InviteUsersInput:
    """Whom to invite, and what all of them are given. `viewer.assignable` tells what you may give."""

    emails: list[EmailAddress] = strawberry.field(
        description="The addresses that the users sign in with, and to which the activation mails go: 1 to 500, or "
        "fewer where each gets more than 100 listed accounts: 50,000 accounts in all."
    )
    audience: Audience = audience_field()
    permissions: list[Permission] = permissions_field()
    all_contract_accounts: bool = all_contract_accounts_field()
    contract_accounts: list[strawberry.ID] = contract_accounts_field()
    all_delivery_accounts: bool = all_delivery_accounts_field()
    delivery_accounts: list[strawberry.ID] = delivery_accounts_field()
    permission_ends: list[PermissionEndInput] = permission_ends_field()
    account_ends: list[AccountEndInput] = account_ends_field()
    mode: InviteMode = strawberry.field(
        description="What becomes of the others when one email can't be invited.", default=InviteMode.ALL_OR_NOTHING
    )
    dry_run: bool = strawberry.field(
        description="Only say what would happen: nothing is changed, and nothing is sent.", default=False
    )


@gql_type
class InvitationResult:
    """What became of one email."""

    email: EmailAddress = strawberry.field(description="The email, in lower case.")
    state: InvitationState = strawberry.field(description="What became of it.")
    user: OneUser | None = changed_each("The user who was invited, as you see them. Null for who was not.")
    errors: list[MutationError] = strawberry.field(
        description='Why this email is refused. `path` leads to its place in the input: `["input", "emails", "3"]`.'
    )
    answer: strawberry.Private[Answer]


@gql_type
class InviteUsersPayload:
    """What became of each email, or would become of it."""

    results: list[InvitationResult] = strawberry.field(
        description="One for each email, in the order of the input. Empty where the emails were not looked at: you may "
        "not invite, or have asked for too much or too often."
    )
    invited: int = strawberry.field(description="How many were invited; in a dry run, how many would be.")
    refused: int = strawberry.field(description="How many emails are refused. `results` says why.")
    errors: list[MutationError] = strawberry.field(
        description="Everything for which nobody was invited; with `ALL_OR_NOTHING`, the emails that are refused, too. "
        "Empty when the mutation was done, or would be: with `AS_MANY_AS_POSSIBLE`, emails that are refused stand in "
        "`results` only."
    )


async def invite(
    info: Info, input: Annotated[InviteUsersInput, strawberry.argument(description="Whom to invite, and how.")]
) -> InviteUsersPayload:
    """`inviteUsers`: the users of all results are read in one go, as the caller sees them."""
    context = info.context.context
    wanted = Invitations(input.emails, account_access(input), input.mode, input.dry_run)
    outcome = await invite_users(context.writing, context.caller, wanted)
    answer = await read_payload_nodes_as_caller(info, [row.user_id for row in outcome.rows], "User")
    return _payload(outcome, answer)


def _payload(outcome: InvitationOutcome, answer: Answer) -> InviteUsersPayload:
    return InviteUsersPayload(
        results=[_result(row, answer) for row in outcome.rows],
        invited=outcome.count(InvitationState.INVITED, InvitationState.WOULD_BE_INVITED),
        refused=outcome.count(InvitationState.REFUSED),
        errors=errors_of(outcome.problems),
    )


def _result(row: Invitation, answer: Answer) -> InvitationResult:
    return InvitationResult(
        email=EmailAddress(row.email), state=row.state, errors=errors_of(row.problems), answer=answer
    )
