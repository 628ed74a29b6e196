"""Generates the activation tokens of the users who never signed in, and the mails about them."""

from collections.abc import Iterator
from datetime import datetime, timedelta
from uuid import UUID

from app.demo.bulk_copy import Row
from app.demo.large_organization import Draft
from app.demo.large_users import DraftUser
from models import MailKind, MailStatus, TokenPurpose

ACTIVATION_LIFETIME = timedelta(days=7)
STATUSES = (MailStatus.SENT,) * 17 + (MailStatus.FAILED,) * 2 + (MailStatus.QUEUED,)
NEXT_ATTEMPT = timedelta(days=365)
"""When a queued mail is due, after the load: no worker sends it, because its token was never derived from a key."""

Activation = tuple[UUID, datetime, DraftUser]


def draft_activations(draft: Draft, users: list[DraftUser]) -> list[Activation]:
    """Key, time and user of each activation token."""
    return [(*draft.next_key(), user) for user in users if user.state in ("pending", "expired")]


def token_rows(draft: Draft, activations: list[Activation]) -> Iterator[Row]:
    """The tokens. Their hashes are random, so no token matches them."""
    for row_id, at, user in activations:
        expires_at = (draft.now if user.state == "pending" else at) + ACTIVATION_LIFETIME
        yield row_id, at, user.id, TokenPurpose.ACTIVATION, draft.random.randbytes(32), expires_at


def mail_rows(draft: Draft, activations: list[Activation]) -> Iterator[Row]:
    """The mails: most sent, some refused by the server, a few waiting."""
    for token_id, _, user in activations:
        row_id, at = draft.next_key()
        status = draft.random.choice(STATUSES)
        owner = draft.id, user.id, token_id, MailKind.USER_ACTIVATION, user.email, f"<{row_id}@portico.example>"
        yield row_id, at, *owner, status, *_delivery(status, at), draft.now + NEXT_ATTEMPT


def _delivery(status: MailStatus, at: datetime) -> tuple[int, datetime | None, str | None]:
    """Attempts, time of sending, reply of the mail server."""
    if status is MailStatus.SENT:
        return 1, at + timedelta(seconds=2), "250 2.0.0 OK"
    if status is MailStatus.FAILED:
        return 8, None, "550 5.1.1 No such mailbox"
    return 0, None, None
