"""The outbox: mails are stored as rows in the transaction of the change that causes them, and `app/mail` sends them.

The commit also sends a NOTIFY, so that a worker in any process wakes up at once.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import partial
from typing import Any, Final
from uuid import UUID

from sqlalchemy import Update, literal, select, update
from sqlalchemy.dialects.postgresql import Insert

from models import MailKind, MailStatus, OutboxMail, new_id, tenant_of
from resolvers.bulk_insert import insert_rows
from resolvers.rate_limits.mail_limits import RecipientField
from resolvers.transaction.writes import Write, of_new_rows


@dataclass(frozen=True, slots=True)
class OutgoingMail:
    """One mail to one user.

    `values` are what the template needs in addition to the user's row. They never contain a secret: a mail with a link
    refers to the row of its one-time token. `path` is that of the input field that names the recipient.
    """

    kind: MailKind
    recipient: str
    user_id: UUID
    organization_id: UUID | None
    path: tuple[str, ...]
    one_time_token_id: UUID | None = None
    values: Mapping[str, Any] = field(default_factory=dict)


NOT_COUNTED: Final = frozenset(
    {MailKind.USER_PASSWORD_RESET, MailKind.ACCESS_REQUEST_DECIDED, MailKind.SECOND_FACTORS_CHANGED}
)
"""The kinds of mails that are limited otherwise. Anybody can request a password reset for any email: the request is
counted (`RateLimiter`), whether or not it leads to a mail, because an error for the mail alone would reveal that a user
has the email. The mail about a decision is sent to the user who made the request, of whom the number is limited. The
changes of second factors are counted, and a change without its mail must not be made."""


SENT_BY_SERVER: Final = frozenset(
    {MailKind.ACCESS_ENDS, MailKind.DORMANT_USERS, MailKind.BREAK_GLASS_USED, MailKind.WEBHOOK_STOPPED}
)
"""The kinds of mails that nobody causes. What sends them limits their number."""


def limited_recipients(mails: Iterable[OutgoingMail]) -> list[RecipientField]:
    """The recipients of the mails that count towards the limits of mails: of those that users cause, unless they are
    limited otherwise."""
    uncounted = NOT_COUNTED | SENT_BY_SERVER
    return [(mail.recipient, mail.path) for mail in mails if mail.kind not in uncounted]


_COLUMNS: Final = (
    "id", "kind", "recipient", "user_id", "organization_id", "tenant_id", "one_time_token_id", "values", "message_id"
)  # fmt: skip


def outbox_write(mails: Sequence[OutgoingMail], mail_domain: str, *, to_new_users: bool = False) -> Write:
    """The write that puts `mails` into the outbox. The Message-ID of each mail (RFC 5322) is generated here, so that
    every delivery attempt sends the same one. If they are `to_new_users`, another write of the statement adds these."""
    rows = [(mail, new_id()) for mail in mails]
    values: dict[str, Sequence[Any]] = {
        "id": [mail_id for _, mail_id in rows],
        "kind": [mail.kind.value for mail in mails],
        "recipient": [mail.recipient for mail in mails],
        "user_id": [mail.user_id for mail in mails],
        "organization_id": [mail.organization_id for mail in mails],
        "tenant_id": [tenant_of(mail.organization_id) for mail in mails],
        "one_time_token_id": [mail.one_time_token_id for mail in mails],
        "values": [dict(mail.values) for mail in mails],
        "message_id": [f"<{mail_id}@{mail_domain}>" for _, mail_id in rows],
    }
    name = "new_mail" if to_new_users else "mail"
    return Write(name, partial(_insert_mails, to_new_users), values, wakes_workers=True)


def _insert_mails(to_new_users: bool, prefix: str) -> Insert:
    among = of_new_rows("user_id") if to_new_users else None
    return insert_rows(OutboxMail, _COLUMNS, prefix=prefix, among=among)


def cancel_queued_mails(tenant_id: UUID, user_ids: Sequence[UUID], reason: str) -> Update:
    """The UPDATE that cancels the queued mails to these users of a tenant. `reason` is stored as their outcome.

    A mail that a worker is sending right now is skipped, so that no transaction waits for a mail server. Its link is
    revoked in any case, and if sending fails, the worker cancels the mail at the next attempt.
    """
    # A literal in the text of the statement, so that PostgreSQL can use the partial index of queued mails.
    queued = literal(MailStatus.QUEUED.value, literal_execute=True)
    in_tenant = OutboxMail.tenant_id == tenant_id
    queued_ids = select(OutboxMail.id).where(in_tenant, OutboxMail.status == queued, OutboxMail.user_id.in_(user_ids))
    cancel = update(OutboxMail).where(in_tenant, OutboxMail.id.in_(queued_ids.with_for_update(skip_locked=True)))
    return cancel.values(status=MailStatus.FAILED.value, server_reply=reason)
