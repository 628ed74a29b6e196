"""The mutation `inviteUsers`."""

from collections.abc import Sequence
from typing import Annotated

import strawberry

from resolvers.errors import beside
from resolvers.mutations.users.invite import Invitation, InvitationOutcome, Invitations, invite_users
from schema.declare.enums import Audience, InvitationState, InviteMode, Permission
from schema.declare.fields import changed_each, gql_type
from schema.declare.inputs import each_has_result, gql_input
from schema.declare.scalars import EmailAddress, Malformed
from schema.execution.read_payload import Info, PayloadData, malformed_values, read_payload_nodes_as_caller
from schema.mutations.account_access_input import (
    account_access,
    all_contract_accounts_field,
    all_delivery_accounts_field,
    audience_field,
    contract_accounts_field,
    delivery_accounts_field,
    permissions_field,
    template_conflicts,
    template_field,
    template_of,
)
from schema.mutations.payload import MutationError, errors_of
from schema.types.access_expiry import AccountEndInput, PermissionEndInput, account_ends_field, permission_ends_field
from schema.types.references import OneUser


@gql_input
class InviteUsersInput:
    """Input for `inviteUsers`. All users get the same permissions and account access; `viewer.assignable` lists what
    you may give."""

    emails: list[EmailAddress] = each_has_result(
        "The users' email addresses, for signing in and for the activation emails: 1 to 500, and fewer if each user "
        "gets more than 100 listed accounts: at most 50,000 accounts in total. A malformed one is refused in its "
        "result."
    )
    audience: Audience = audience_field()
    permissions: list[Permission] = permissions_field()
    all_contract_accounts: bool = all_contract_accounts_field()
    contract_accounts: list[strawberry.ID] = contract_accounts_field()
    all_delivery_accounts: bool = all_delivery_accounts_field()
    delivery_accounts: list[strawberry.ID] = delivery_accounts_field()
    permission_ends: list[PermissionEndInput] = permission_ends_field()
    account_ends: list[AccountEndInput] = account_ends_field()
    template: strawberry.ID | None = template_field()
    mode: InviteMode = strawberry.field(
        description="What happens to the other invitations if one email address can't be invited.",
        default=InviteMode.ALL_OR_NOTHING,
    )
    dry_run: bool = strawberry.field(
        description="Whether to only report what would happen, without changing or sending anything.", default=False
    )


@gql_type
class InvitationResult:
    """The outcome of the invitation of one email address."""

    email: EmailAddress = strawberry.field(
        description="The email address, in lower case. If it is malformed, its first 254 characters as they were sent."
    )
    state: InvitationState = strawberry.field(description="The outcome of the invitation.")
    user: OneUser | None = changed_each("The invited user, if visible to you. Null if the user was not invited.")
    errors: list[MutationError] = strawberry.field(
        description="The reasons why this email address can't be invited. `path` is its path in the input: "
        '`["input", "emails", "3"]`.'
    )
    data: strawberry.Private[PayloadData]


@gql_type
class InviteUsersPayload:
    """The outcome for each email address. For a dry run, the outcome that the invitation would have."""

    results: list[InvitationResult] = strawberry.field(
        description="The outcome for each email address, in the order of the input. Empty if the email addresses were "
        "not checked because you may not invite users, or requested too much or too often."
    )
    invited: int = strawberry.field(
        description="The number of invited users. For a dry run, the number of users that would be invited."
    )
    refused: int = strawberry.field(
        description="The number of email addresses that can't be invited. `results` gives the reasons."
    )
    errors: list[MutationError] = strawberry.field(
        description="All reasons why nobody was invited, including those of single email addresses in the mode "
        "`ALL_OR_NOTHING`. Empty if the mutation succeeded, or would have without `dryRun`. In the mode "
        "`AS_MANY_AS_POSSIBLE`, errors of single email addresses are in `results` only."
    )


async def invite(
    info: Info, input: Annotated[InviteUsersInput, strawberry.argument(description="The users to invite.")]
) -> InviteUsersPayload:
    """Resolves `inviteUsers`. The users of all results are read together, as the caller."""
    context = info.context.context
    emails, malformed = _texts_and_problems(input.emails)
    invitations = Invitations(
        emails,
        account_access(input),
        input.mode,
        input.dry_run,
        malformed,
        malformed_access=beside(malformed_values(info), template_conflicts(input)),
        template=template_of(input),
    )
    outcome = await invite_users(context.writing, context.caller, invitations)
    data = await read_payload_nodes_as_caller(info, [row.user_id for row in outcome.rows], "User")
    return _payload(outcome, data)


def _texts_and_problems(emails: Sequence[object]) -> tuple[list[str], dict[int, str]]:
    """Returns each email, and the message about each malformed one by its position."""
    malformed = {place: email for place, email in enumerate(emails) if isinstance(email, Malformed)}
    texts = [email.given if isinstance(email, Malformed) else str(email) for email in emails]
    return texts, {place: email.message for place, email in malformed.items()}


def _payload(outcome: InvitationOutcome, data: PayloadData) -> InviteUsersPayload:
    return InviteUsersPayload(
        results=[_result(row, data) for row in outcome.rows],
        invited=outcome.count(InvitationState.INVITED, InvitationState.WOULD_BE_INVITED),
        refused=outcome.count(InvitationState.REFUSED),
        errors=errors_of(outcome.problems),
    )


def _result(row: Invitation, data: PayloadData) -> InvitationResult:
    return InvitationResult(email=EmailAddress(row.email), state=row.state, errors=errors_of(row.problems), data=data)
