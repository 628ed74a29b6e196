"""The way into a new login: an activation link and the mail that carries it; sent, sent again, taken back."""

from collections.abc import Mapping
from datetime import datetime
from uuid import UUID

from models import MailKind, TokenPurpose
from resolvers.identity.one_time_tokens import issue_each, revoke
from resolvers.transaction.outbox import OutgoingMail, cancellation
from resolvers.transaction.unit_of_work import UnitOfWork

REPLACED, REMOVED = "Given up: a newer link has taken its place.", "Given up: the user was removed."


async def send_activation(work: UnitOfWork, user_id: UUID, organization_id: UUID, email: str) -> None:
    """Send the user a link with which they set their password. It has its whole time, and an older one is dead.

    The new link never ends before the one that it replaces would have, whatever the setting says by now.
    """
    was_good_until = await revoke(work, user_id, TokenPurpose.ACTIVATION)
    if was_good_until:
        await work.execute(cancellation(user_id, REPLACED))
    await send_links(work, organization_id, {user_id: email}, at_least=was_good_until)


async def send_links(
    work: UnitOfWork, organization_id: UUID, recipients: Mapping[UUID, str], at_least: datetime | None = None
) -> None:
    """Send each of these users, who have no open link, one; `recipients` has their emails by their ids. The links are
    good until `at_least` in any case."""
    lifetime = work.writing.lifetimes.activation
    token_ids = await issue_each(work, list(recipients), TokenPurpose.ACTIVATION, lifetime, at_least)
    mails = (
        OutgoingMail(MailKind.USER_ACTIVATION, email, user_id, organization_id, token_id)
        for (user_id, email), token_id in zip(recipients.items(), token_ids, strict=True)
    )
    await work.send(*mails)


async def withdraw(work: UnitOfWork, user_id: UUID) -> None:
    """End every link that was mailed to the user, and give up the mails that have not left."""
    await revoke(work, user_id, *TokenPurpose)
    await work.execute(cancellation(user_id, REMOVED))
