"""Creates the user of a person whom a provider has named, where the organization wants that.

They are created as by the admin who chose that, with what that admin may give now: by the same mutation, `create_user`,
with the template and nothing else. An admin who has lost the right, or part of it, creates nobody any more. The email
must be verified by the provider, and of a domain that the organization has proved to own.
"""

from dataclasses import replace
from typing import Any
from uuid import UUID

from sqlalchemy import Row, exists, func, select, update

from models import (
    PLATFORM,
    Audience,
    AuditKind,
    IdentityProvider,
    TokenPurpose,
    User,
    UserEmail,
    UserIdentity,
    VerifiedDomain,
)
from resolvers.access.account_access import AccountAccess
from resolvers.access.templates import TemplateId
from resolvers.callers.caller import Caller
from resolvers.callers.load_actor import load_user_as_actor
from resolvers.errors import MutationRejected
from resolvers.identity.one_time_tokens import revoke_tokens
from resolvers.mutations.single_sign_on.identities import add_identity
from resolvers.mutations.users.create import NewUser, create_user
from resolvers.openid.claims import ProviderIdentity
from resolvers.openid.sealed import Assertion
from resolvers.transaction.audit_log import AuditEntry
from resolvers.transaction.context import MutationContext
from resolvers.transaction.outbox import cancel_queued_mails
from resolvers.transaction.unit_of_work import UnitOfWork, run_in_transaction
from resolvers.validation.domains import domain_of
from resolvers.validation.text import is_email

SIGNED_IN = "Cancelled: the user signed in at the provider."


async def create_by_sign_in(context: MutationContext, caller: Caller, assertion: Assertion) -> bool:
    """Create the active user of an identity that isn't linked yet, and link the two. Returns whether that was done."""
    if assertion.tenant_id == PLATFORM:
        return False
    chosen = await run_in_transaction(context, caller, lambda work: choose_admin(work, assertion))
    if chosen is None:
        return False
    # As the admin, with what they may do now, and from the address of the person.
    admin = replace(caller, actor=chosen.actor, credential=None, operation="", claim=None)
    try:
        await run_in_transaction(context, admin, lambda work: create_user_of(work, assertion, chosen.template_id))
    except MutationRejected:
        return False
    return True


class ChosenAdmin:
    """The admin in whose name users are created, and the template."""

    def __init__(self, actor: Any, template_id: UUID) -> None:
        self.actor, self.template_id = actor, template_id


async def choose_admin(work: UnitOfWork, assertion: Assertion) -> ChosenAdmin | None:
    """Returns the admin who creates the user of an identity, and the template; None if no user is created for it."""
    row = await _provider(work, assertion)
    if row is None or row.template_id is None:
        return None
    actor = await load_user_as_actor(work.connection, row.creator_id, assertion.tenant_id)
    return None if actor is None else ChosenAdmin(actor, row.template_id)


async def _provider(work: UnitOfWork, assertion: Assertion) -> Row[*tuple[Any, ...]] | None:
    """The provider of the identity, if it may become a user: its email is verified, of a domain of the organization,
    and no user's, and the identity is nobody's."""
    identity, tenant_id = assertion.identity, assertion.tenant_id
    if not identity.email_verified or identity.email is None or not is_email(identity.email):
        return None
    provider, stored = IdentityProvider.__table__, UserIdentity.__table__
    entry = VerifiedDomain.domain == domain_of(identity.email), VerifiedDomain.organization_id == tenant_id
    linked = (
        stored.c.tenant_id == tenant_id,
        stored.c.issuer == identity.issuer,
        stored.c.subject == identity.subject,
    )
    statement = select(provider.c.template_id, provider.c.creator_id).where(
        provider.c.organization_id == tenant_id,
        provider.c.issuer == identity.issuer,
        exists().where(*entry),
        ~exists().where(*linked),
        ~exists().where(UserEmail.email == identity.email),
    )
    return (await work.execute(statement)).one_or_none()


async def create_user_of(work: UnitOfWork, assertion: Assertion, template_id: UUID) -> None:
    """Create and link the user of an identity, as the caller, who is the chosen admin. Raises `MutationRejected`."""
    identity, tenant_id = assertion.identity, assertion.tenant_id
    user_id = await create_user(work, _new_user(identity, template_id))
    # They need no link to set a password, and may have none.
    await revoke_tokens(work, tenant_id, [user_id], TokenPurpose.ACTIVATION)
    await work.execute(cancel_queued_mails(tenant_id, [user_id], SIGNED_IN))
    is_user = User.tenant_id == tenant_id, User.id == user_id
    await work.execute(update(User).where(*is_user).values(activated_at=func.now()))
    await work.audit(AuditEntry(AuditKind.USER_ACTIVATED, user_id, tenant_id, actor_id=user_id))
    await add_identity(work, tenant_id, user_id, identity)


def _new_user(identity: ProviderIdentity, template_id: UUID) -> NewUser:
    assert identity.email is not None
    return NewUser(
        email=identity.email,
        first_name=identity.first_name or "",
        last_name=identity.last_name or "",
        access=AccountAccess(Audience.ORGANIZATION),
        template=TemplateId(template_id),
    )
