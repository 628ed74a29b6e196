"""Loads and locks the webhook that a mutation changes, and checks that the caller may change it."""

from dataclasses import dataclass
from functools import cache
from typing import Any
from urllib.parse import urlsplit
from uuid import UUID

from sqlalchemy import ColumnElement, Row, Select, Uuid, bindparam, select

from authz.access import Access
from authz.actor import Actor
from authz.model.actions import OrganizationAction
from models import Organization, Webhook
from resolvers.errors import ErrorCode, MutationRejected, Problem
from resolvers.mutations.users.lock import row_locks
from resolvers.prepared_statement import PreparedStatement
from resolvers.transaction.unit_of_work import UnitOfWork

ID = ("input", "id")


@dataclass(frozen=True, slots=True)
class LockedWebhook:
    """A webhook that `actor` may change, locked until the end of the transaction."""

    row: Row[*tuple[Any, ...]]
    actor: Actor
    access: Access

    @property
    def name(self) -> str:
        """What the audit trail calls the webhook."""
        return name_of(self.row.url)

    def is_own(self) -> tuple[ColumnElement[bool], ColumnElement[bool]]:
        """The conditions for the webhook itself."""
        return Webhook.organization_id == self.row.organization_id, Webhook.id == self.row.id


def name_of(url: str) -> str:
    """What the audit trail calls the webhook with this URL: the URL without its query, which may hold a secret."""
    return urlsplit(url)._replace(query="").geturl()


def not_found(path: tuple[str, ...] = ID) -> Problem:
    """The problem that a webhook does not exist, or is not visible to the caller."""
    return Problem(ErrorCode.NOT_FOUND, "No webhook with this ID is visible to you.", path)


async def lock_webhook(work: UnitOfWork, webhook_id: UUID | None) -> LockedWebhook:
    """Lock the webhook and check that the caller may change the settings of its organization: whoever may sees and
    changes its webhooks, and nobody else sees them.

    Raises `MutationRejected`: UNAUTHENTICATED; NOT_FOUND.
    """
    actor, access = await work.lock_actor(row_locks(work.caller.actor) if work.caller.actor else None)
    parameters = {"organization_id": actor.organization_id, "webhook_id": webhook_id}
    await work.execute(_lock_row(), parameters)
    row = (await work.select_as(actor, access, _visible, {"webhook_id": webhook_id})).one_or_none()
    action = OrganizationAction.CHANGE_SETTINGS
    work.record_check(action, Organization, actor.organization_id, allowed=row is not None)
    if row is None:
        raise MutationRejected(not_found())
    return LockedWebhook(row, actor, access)


@cache
def _lock_row() -> PreparedStatement:
    key, organization_id = (bindparam(name, type_=Uuid()) for name in ("webhook_id", "organization_id"))
    own = Webhook.organization_id == organization_id, Webhook.id == key
    return PreparedStatement(select(Webhook.id).where(*own).with_for_update())


def _visible(access: Access) -> Select[*tuple[Any, ...]]:
    webhook, organization = Webhook.__table__.alias(), Organization.__table__.alias()
    key = bindparam("webhook_id", type_=Uuid())
    joined = webhook.join(organization, organization.c.id == webhook.c.organization_id)
    may_change = access.may(OrganizationAction.CHANGE_SETTINGS, Organization, organization)
    is_inside = access.same_organization(webhook, organization)
    return select(webhook).select_from(joined).where(webhook.c.id == key, may_change, is_inside)
