"""The secrets with which messages to a webhook are signed: their form, their storage, and their replacement.

Their form is that of Standard Webhooks (https://www.standardwebhooks.com, "Signature scheme"): `whsec_` and the base64
of 32 random bytes. They are stored encrypted, because each message is signed with them, and shown once.
"""

import base64
import secrets
from dataclasses import dataclass
from typing import Any, Final
from uuid import UUID

from sqlalchemy import update

from models import AuditKind, Webhook
from resolvers.encryption import decrypt, encrypt
from resolvers.errors import ErrorCode, MutationRejected, Problem
from resolvers.identity.step_up import require_recent_proof
from resolvers.mutations.webhooks.lock import ID, LockedWebhook, lock_webhook
from resolvers.transaction.audit_log import AuditEntry
from resolvers.transaction.unit_of_work import UnitOfWork

PREFIX: Final = "whsec_"
SECRET_BYTES: Final = 32
_PURPOSE: Final = "webhook secret"


@dataclass(frozen=True, slots=True)
class NewWebhookSecret:
    """A webhook and its new secret, which only the caller gets to know."""

    webhook_id: UUID
    organization_id: UUID
    secret: str


def new_secret() -> str:
    """A new random secret."""
    return PREFIX + base64.b64encode(secrets.token_bytes(SECRET_BYTES)).decode()


def hint_of(secret: str) -> str:
    """The last characters of a secret, by which people tell two apart."""
    return secret[-5:-1]


def encrypted(key: bytes, webhook_id: UUID, secret: str) -> bytes:
    """A secret of a webhook as it is stored."""
    return encrypt(key, _PURPOSE, webhook_id.bytes, secret.encode())


def decrypted(key: bytes, webhook_id: UUID, stored: bytes) -> str | None:
    """The stored secret of a webhook; None if it was encrypted with another key."""
    secret = decrypt(key, _PURPOSE, webhook_id.bytes, stored)
    return None if secret is None else secret.decode()


async def rotate_webhook_secret(work: UnitOfWork, webhook_id: UUID | None) -> NewWebhookSecret:
    """Give a webhook a new secret. The former one signs as well until it is retired.

    Raises `MutationRejected` as `lock_webhook` does; LIMIT_REACHED if the webhook already has two;
    REAUTHENTICATION_REQUIRED.
    """
    webhook = await lock_webhook(work, webhook_id)
    if webhook.row.former_secret is not None:
        message = "The webhook already has two secrets. Retire the former one first."
        raise MutationRejected(Problem(ErrorCode.LIMIT_REACHED, message, ID))
    require_recent_proof(work, webhook.actor)
    secret = new_secret()
    await _store(
        work,
        webhook,
        secret=encrypted(work.context.secret_key, webhook.row.id, secret),
        secret_hint=hint_of(secret),
        former_secret=webhook.row.secret,
        former_hint=webhook.row.secret_hint,
    )
    await _audit(work, webhook, AuditKind.WEBHOOK_SECRET_ROTATED, webhook.row.secret_hint, hint_of(secret))
    return NewWebhookSecret(webhook.row.id, webhook.row.organization_id, secret)


async def retire_webhook_secret(work: UnitOfWork, webhook_id: UUID | None) -> UUID:
    """Let the former secret of a webhook sign no more. Returns the organization's id.

    Raises `MutationRejected` as `lock_webhook` does, and LAST_SECRET if the webhook has only one.
    """
    webhook = await lock_webhook(work, webhook_id)
    if webhook.row.former_secret is None:
        message = "The webhook has only one secret. Create the next one first."
        raise MutationRejected(Problem(ErrorCode.LAST_SECRET, message, ID))
    await _store(work, webhook, former_secret=None, former_hint=None)
    await _audit(work, webhook, AuditKind.WEBHOOK_SECRET_RETIRED, webhook.row.former_hint, None)
    organization_id: UUID = webhook.row.organization_id
    return organization_id


async def _store(work: UnitOfWork, webhook: LockedWebhook, **values: Any) -> None:
    await work.execute(update(Webhook).where(*webhook.is_own()).values(**values))


async def _audit(
    work: UnitOfWork, webhook: LockedWebhook, kind: AuditKind, before: str | None, after: str | None
) -> None:
    changes = {"webhook": (webhook.name, webhook.name), "secretHint": (before, after)}
    await work.audit(AuditEntry(kind, webhook.row.id, webhook.row.organization_id, changes=changes))
