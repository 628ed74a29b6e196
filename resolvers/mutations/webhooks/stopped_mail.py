"""Tells admins that a webhook has stopped, which nobody would notice otherwise: nothing comes any more."""

from datetime import timedelta
from typing import Final
from uuid import UUID

from sqlalchemy import exists, func, select

from models import MailKind, OutboxMail, WebhookStop
from resolvers.identity.settings_admins import settings_admins
from resolvers.transaction.outbox import OutgoingMail
from resolvers.transaction.unit_of_work import UnitOfWork

PAUSE: Final = timedelta(hours=1)
"""How long nobody is told again of the same webhook, which may be resumed and stop at once. Each stop is in the audit
trail."""


async def tell_stopped(work: UnitOfWork, organization_id: UUID, webhook: str, reason: WebhookStop) -> None:
    """Mail those who may change the webhooks of an organization that the one with this name has stopped."""
    sent = OutboxMail.__table__
    is_same = sent.c.tenant_id == organization_id, sent.c["values"]["webhook"].astext == webhook
    is_recent = sent.c.kind == MailKind.WEBHOOK_STOPPED, sent.c.created_at > func.now() - PAUSE
    if (await work.execute(select(exists().where(*is_same, *is_recent)))).scalar():
        return
    values = {"webhook": webhook, "reason": reason.value}
    admins = await settings_admins(work, organization_id)
    kind = MailKind.WEBHOOK_STOPPED
    mails = [OutgoingMail(kind, admin.email, admin.id, organization_id, (), values=values) for admin in admins]
    if mails:
        await work.send(*mails)
