"""Sends, resends and revokes activation links."""

from collections.abc import Mapping
from datetime import datetime
from uuid import UUID

from models import MailKind, TokenPurpose
from resolvers.identity.one_time_tokens import issue_tokens, revoke_tokens
from resolvers.transaction.outbox import OutgoingMail, cancel_queued_mails
from resolvers.transaction.unit_of_work import UnitOfWork

REPLACED, REMOVED = "Cancelled: replaced by a newer link.", "Cancelled: the user was removed."


async def send_activation(work: UnitOfWork, user_id: UUID, organization_id: UUID, email: str) -> None:
    """Send the user a link to set their password. It gets the full lifetime, and older links are revoked.

    The new link never expires before the one that it replaces, even if the lifetime setting has been shortened since.
    """
    previous_expiry = await revoke_tokens(work, user_id, TokenPurpose.ACTIVATION)
    if previous_expiry:
        await work.execute(cancel_queued_mails(user_id, REPLACED))
    await send_activation_links(work, organization_id, {user_id: email}, at_least=previous_expiry)


async def send_activation_links(
    work: UnitOfWork, organization_id: UUID, recipients: Mapping[UUID, str], at_least: datetime | None = None
) -> None:
    """Send a link to each of these users, who must have no open link. `recipients` maps user ids to emails. The links
    are valid until `at_least` or longer."""
    lifetime = work.context.lifetimes.activation
    token_ids = await issue_tokens(work, list(recipients), TokenPurpose.ACTIVATION, lifetime, at_least)
    mails = (
        OutgoingMail(MailKind.USER_ACTIVATION, email, user_id, organization_id, token_id)
        for (user_id, email), token_id in zip(recipients.items(), token_ids, strict=True)
    )
    await work.send(*mails)


async def revoke_mailed_links(work: UnitOfWork, user_id: UUID) -> None:
    """Revoke every link that was mailed to the user, and cancel the mails that have not been sent."""
    await revoke_tokens(work, user_id, *TokenPurpose)
    await work.execute(cancel_queued_mails(user_id, REMOVED))
