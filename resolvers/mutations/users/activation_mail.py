"""Sends, resends and revokes activation links."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from datetime import datetime
from uuid import UUID

from models import MailKind, TokenPurpose, organization_of
from resolvers.identity.one_time_tokens import revoke_tokens, token_write
from resolvers.transaction.outbox import OutgoingMail, cancel_queued_mails, outbox_write
from resolvers.transaction.unit_of_work import UnitOfWork
from resolvers.transaction.writes import Write

REPLACED, REMOVED = "Cancelled: replaced by a newer link.", "Cancelled: the user was removed."


PathOf = Callable[[str], tuple[str, ...]]
"""Returns the path of the input field that names the user with this email."""


async def send_activations(work: UnitOfWork, tenant_id: UUID, recipients: Mapping[UUID, str], path_of: PathOf) -> None:
    """Send each of these users of a tenant a link to set their password. It gets the full lifetime, and older links are
    revoked. `recipients` maps user ids to emails.

    No new link expires before one that is replaced, even if the lifetime setting has been shortened since. Raises
    `MutationRejected` (RATE_LIMITED) at the path of an email.
    """
    previous_expiry = await revoke_tokens(work, tenant_id, list(recipients), TokenPurpose.ACTIVATION)
    if previous_expiry:
        await work.execute(cancel_queued_mails(tenant_id, list(recipients), REPLACED))
    await work.write(*await activation_writes(work, tenant_id, recipients, path_of, previous_expiry))


async def activation_writes(
    work: UnitOfWork,
    tenant_id: UUID,
    recipients: Mapping[UUID, str],
    path_of: PathOf,
    at_least: datetime | None = None,
) -> tuple[Write, Write]:
    """The writes that send a link to each of these users, who must have no open link. `recipients` maps user ids to
    emails. The links are valid until `at_least` or longer. Raises `MutationRejected` (RATE_LIMITED)."""
    lifetime = work.context.lifetimes.activation
    users, purpose = list(recipients), TokenPurpose.ACTIVATION
    tokens, token_ids = token_write(work, tenant_id, users, purpose, lifetime, at_least=at_least)
    return tokens, await work.mail_write(*_mails(tenant_id, recipients, path_of, token_ids))


def new_activation_writes(
    work: UnitOfWork, tenant_id: UUID, recipients: Mapping[UUID, str], path_of: PathOf
) -> tuple[Write, Write]:
    """The same for users whom another write of the statement adds, as far as it does. Their mails are counted
    already."""
    lifetime = work.context.lifetimes.activation
    users, purpose = list(recipients), TokenPurpose.ACTIVATION
    tokens, token_ids = token_write(work, tenant_id, users, purpose, lifetime, of_new_users=True)
    mails = list(_mails(tenant_id, recipients, path_of, token_ids))
    return tokens, outbox_write(mails, work.context.mail_domain, to_new_users=True)


def _mails(
    tenant_id: UUID, recipients: Mapping[UUID, str], path_of: PathOf, token_ids: Sequence[UUID]
) -> Iterator[OutgoingMail]:
    organization = organization_of(tenant_id)
    for (user_id, email), token_id in zip(recipients.items(), token_ids, strict=True):
        yield OutgoingMail(MailKind.USER_ACTIVATION, email, user_id, organization, path_of(email), token_id)


async def revoke_mailed_links(work: UnitOfWork, tenant_id: UUID, *user_ids: UUID) -> None:
    """Revoke every link that was mailed to these users of a tenant, and cancel the mails that have not been sent."""
    await revoke_tokens(work, tenant_id, user_ids, *TokenPurpose)
    await work.execute(cancel_queued_mails(tenant_id, user_ids, REMOVED))
