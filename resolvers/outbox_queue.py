"""The outbox as a queue for mail workers: claim a due mail, and record the result of sending it.

A claim is a row lock in an open transaction (`FOR UPDATE SKIP LOCKED`): any number of workers share the queue, and if
a worker dies its transaction ends with it, so the mail is due again at once. A mail may thus be sent twice, but is
never lost; its Message-ID lets the receiver detect the duplicate.

A claim takes two steps, because rows are locked within one tenant: which tenants have the oldest due mails, and then
the oldest due mail of the first of them that has one which nobody else has claimed.
"""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from sqlalchemy import ColumnElement, Select, and_, func, literal, select, update
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine

from models import MailKind, MailStatus, OneTimeToken, Organization, OutboxMail, TokenPurpose, User
from resolvers.claiming import MOST_CLAIMED

REPLY_MAX = 500

CLAIM_SECONDS = 300
"""How long a claim may last: much longer than any try to send a mail. The claim of a worker that hangs, or whose
machine is gone, ends then."""

MOST_COUNTED = 100_000
"""How many queued mails are counted at most, so that a long queue does not make counting slow."""


@dataclass(frozen=True, slots=True)
class DueToken:
    """The one-time token of a mail. It is `usable` if not used, not revoked and not expired."""

    id: UUID
    tenant_id: UUID
    purpose: TokenPurpose
    token_hash: bytes
    expires_at: datetime
    usable: bool


@dataclass(frozen=True, slots=True)
class DueMail:
    """A mail to send, with the values for its templates. `attempts` counts the attempts before this one."""

    id: UUID
    kind: MailKind
    recipient: str
    message_id: str
    attempts: int
    values: dict[str, Any]
    first_name: str | None
    last_name: str | None
    country: str | None
    organization_name: str | None
    user_removed: bool
    token: DueToken | None


class ClaimedMail:
    """A due mail that no other worker can claim until it is settled by `sent`, `retry` or `failed`."""

    def __init__(self, connection: AsyncConnection, tenant_id: UUID, mail: DueMail) -> None:
        self.mail = mail
        self._tenant_id = tenant_id
        self._connection = connection

    async def sent(self, reply: str) -> None:
        """Record that the mail server accepted it, with `reply`."""
        await self._settle(reply, status=MailStatus.SENT.value, sent_at=func.statement_timestamp())

    async def retry(self, pause: timedelta, reply: str) -> None:
        """Record that it could not be sent, because of `reply`; it is due again after `pause`."""
        await self._settle(reply, next_attempt_at=func.statement_timestamp() + pause)

    async def failed(self, reply: str) -> None:
        """Record that it will never be sent, because of `reply`."""
        await self._settle(reply, status=MailStatus.FAILED.value)

    async def _settle(self, reply: str, **values: Any) -> None:
        statement = update(OutboxMail).where(OutboxMail.tenant_id == self._tenant_id, OutboxMail.id == self.mail.id)
        await self._connection.execute(
            statement.values(attempts=self.mail.attempts + 1, server_reply=printable_reply(reply), **values)
        )


def printable_reply(reply: str) -> str:
    """The reply of a mail server as it may be stored and logged: cut off, with a space in the place of each character
    that can't be printed."""
    return "".join(character if character.isprintable() else " " for character in reply[:REPLY_MAX])


@dataclass(frozen=True, slots=True)
class QueueFigures:
    """The number of queued mails, for how many seconds the first one is overdue, and the age of the oldest in
    seconds."""

    mails: int
    overdue_seconds: float
    oldest_seconds: float


async def figures(connection: AsyncConnection) -> QueueFigures:
    """Returns the figures of the queue, in one statement that reads its index only."""
    columns = (OutboxMail.next_attempt_at, OutboxMail.created_at)
    queued = select(*columns).where(OutboxMail.status == MailStatus.QUEUED).order_by(columns[0]).limit(MOST_COUNTED)
    mail = queued.subquery()
    seconds = (func.extract("epoch", func.now() - func.min(column)) for column in (mail.c[0], mail.c[1]))
    number, *times = (await connection.execute(select(func.count(), *seconds).select_from(mail))).one()
    overdue, oldest = (max(float(time or 0), 0.0) for time in times)
    return QueueFigures(number, overdue, oldest)


@asynccontextmanager
async def claim(engine: AsyncEngine) -> AsyncIterator[ClaimedMail | None]:
    """Claim a due mail for the duration of the block, which commits its result; yields None if no mail is due."""
    async with engine.begin() as connection:
        # The transaction is idle while the mail server answers. If it were terminated for that, the mail would be sent
        # but recorded as unsent, again and again.
        limit = f"{CLAIM_SECONDS}s"
        await connection.execute(select(func.set_config("idle_in_transaction_session_timeout", limit, True)))
        yield await _claim_oldest(connection)


async def _claim_oldest(connection: AsyncConnection) -> ClaimedMail | None:
    for tenant_id in dict.fromkeys((await connection.execute(_oldest_tenants())).scalars()):
        row = (await connection.execute(_due(tenant_id))).one_or_none()
        if row is not None:
            return ClaimedMail(connection, tenant_id, _mail(row))
    return None


def _is_due() -> ColumnElement[bool]:
    # In the text of the statement, not as a parameter, so that PostgreSQL can use the index of queued mails.
    queued = literal(MailStatus.QUEUED.value, literal_execute=True)
    return and_(OutboxMail.status == queued, OutboxMail.next_attempt_at <= func.now())


def _oldest_tenants() -> Select[*tuple[Any, ...]]:
    """The tenants of the oldest due mails, the oldest first, whether or not they are claimed."""
    return select(OutboxMail.tenant_id).where(_is_due()).order_by(OutboxMail.next_attempt_at).limit(MOST_CLAIMED)


def _due(tenant_id: UUID) -> Select[*tuple[Any, ...]]:
    token_usable = and_(
        OneTimeToken.used_at.is_(None), OneTimeToken.revoked_at.is_(None), OneTimeToken.expires_at > func.now()
    )
    return (
        select(
            OutboxMail.id,
            OutboxMail.tenant_id,
            OutboxMail.kind,
            OutboxMail.recipient,
            OutboxMail.message_id,
            OutboxMail.attempts,
            OutboxMail.values,
            User.first_name,
            User.last_name,
            User.country,
            User.removed_at,
            Organization.name.label("organization_name"),
            OneTimeToken.id.label("token_id"),
            OneTimeToken.purpose,
            OneTimeToken.token_hash,
            OneTimeToken.expires_at,
            token_usable.label("token_usable"),
        )
        .outerjoin(User, and_(User.tenant_id == tenant_id, User.id == OutboxMail.user_id))
        .outerjoin(Organization, Organization.id == tenant_id)
        .outerjoin(
            OneTimeToken,
            and_(OneTimeToken.tenant_id == tenant_id, OneTimeToken.id == OutboxMail.one_time_token_id),
        )
        .where(OutboxMail.tenant_id == tenant_id, _is_due())
        .order_by(OutboxMail.next_attempt_at)
        .limit(1)
        .with_for_update(of=OutboxMail, skip_locked=True)
    )


def _mail(row: Any) -> DueMail:
    token = None
    if row.token_id is not None:
        purpose = TokenPurpose(row.purpose)
        token = DueToken(row.token_id, row.tenant_id, purpose, row.token_hash, row.expires_at, row.token_usable)
    return DueMail(
        id=row.id,
        kind=MailKind(row.kind),
        recipient=row.recipient,
        message_id=row.message_id,
        attempts=row.attempts,
        values=row.values,
        first_name=row.first_name,
        last_name=row.last_name,
        country=row.country,
        organization_name=row.organization_name,
        user_removed=row.removed_at is not None,
        token=token,
    )
