"""Mail as rows: written in the transaction of the change that it tells of, sent by the worker of `app/mail`.

The commit also rings a bell (NOTIFY), so that a worker in any process wakes at once.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any
from uuid import UUID

from sqlalchemy import Select, Update, func, literal, select, update
from sqlalchemy.dialects.postgresql import Insert

from models import MailKind, MailStatus, OutboxMail, new_id
from resolvers.bulk_insert import insert_many

OUTBOX_CHANNEL = "portico_outbox"


@dataclass(frozen=True, slots=True)
class OutgoingMail:
    """One mail to one user.

    `values` is what the template needs beside the user's row and is never a secret; a mail with a link names the row of
    its one-time token.
    """

    kind: MailKind
    recipient: str
    user_id: UUID
    organization_id: UUID | None
    one_time_token_id: UUID | None = None
    values: Mapping[str, Any] = field(default_factory=dict)


def outbox_rows(mails: Sequence[OutgoingMail], mail_domain: str) -> Insert:
    """The INSERT that puts `mails` into the outbox. The Message-ID of each (RFC 5322) is made here, once for all
    tries."""
    ids = [new_id() for _ in mails]
    each: dict[str, Sequence[Any]] = {
        "id": ids,
        "kind": [mail.kind.value for mail in mails],
        "recipient": [mail.recipient for mail in mails],
        "user_id": [mail.user_id for mail in mails],
        "organization_id": [mail.organization_id for mail in mails],
        "one_time_token_id": [mail.one_time_token_id for mail in mails],
        "values": [dict(mail.values) for mail in mails],
        "message_id": [f"<{mail_id}@{mail_domain}>" for mail_id in ids],
    }
    return insert_many(OutboxMail, each)


def cancellation(user_id: UUID, reason: str) -> Update:
    """The UPDATE that gives up what waits to be sent to a user. `reason` is for whoever asks what became of it.

    A mail that a worker is sending at this moment is left to it: nobody waits for a mail server here. Its link is
    dead in any case, and should it fail, the worker gives it up at the next try.
    """
    # In the text of the statement, so that PostgreSQL knows that the index of queued mails will do.
    queued = literal(MailStatus.QUEUED.value, literal_execute=True)
    waiting = select(OutboxMail.id).where(OutboxMail.status == queued, OutboxMail.user_id == user_id)
    given_up = update(OutboxMail).where(OutboxMail.id.in_(waiting.with_for_update(skip_locked=True)))
    return given_up.values(status=MailStatus.FAILED.value, server_reply=reason)


def wake_workers() -> Select[*tuple[Any, ...]]:
    """The SELECT that wakes the workers when its transaction commits."""
    return select(func.pg_notify(OUTBOX_CHANNEL, ""))
