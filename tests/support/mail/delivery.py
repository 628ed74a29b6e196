"""Sends the mails of new users of the demo data, for tests of their delivery."""

from typing import Any

from app.mail.message import MessageRenderer
from app.mail.settings import MailSettings
from app.mail.transport import Transport
from app.mail.worker import Worker, create_transport
from resolvers.transaction.context import MutationContext
from tests.support.resolver_fixtures import caller, make, new_user, rows, run


def worker_of(writing: MutationContext, settings: MailSettings, transport: Transport | None = None) -> Worker:
    """A worker with these settings."""
    return Worker(writing.engine, MessageRenderer(settings), transport or create_transport(settings))


async def invite(writing: MutationContext, **details: Any) -> None:
    """Create a user, whose activation mail is due."""
    await make(writing, await caller(writing, "ada@acme.example"), new_user(**details))


async def the_mail(writing: MutationContext) -> Any:
    """The row of the only mail; `later` is whether it is due later."""
    [mail] = await rows(writing, "SELECT *, next_attempt_at > now() AS later FROM outbox_mails")
    return mail


async def due(writing: MutationContext) -> None:
    """Make all mails due."""
    await run(writing, "UPDATE outbox_mails SET next_attempt_at = now()")
