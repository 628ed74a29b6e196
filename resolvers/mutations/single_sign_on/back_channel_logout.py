"""Ends the sessions that a provider says have ended (OpenID Connect Back-Channel Logout 1.0)."""

from datetime import timedelta
from typing import Final
from uuid import UUID

from sqlalchemy import delete, select

from models import AuditKind, Session, UserIdentity, organization_of
from resolvers.mutations.single_sign_on.assertions import use_once
from resolvers.openid.claims import MAX_AGE, EndedSessions
from resolvers.transaction.audit_log import AuditEntry
from resolvers.transaction.unit_of_work import UnitOfWork

REMEMBERED: Final = timedelta(seconds=2 * MAX_AGE)
"""How long a logout token is remembered: longer than it could be sent again."""


async def end_provider_sessions(work: UnitOfWork, tenant_id: UUID, issuer: str, ended: EndedSessions) -> int | None:
    """End the sessions that began at the issuer and that it has ended: all of the subject, or those with its own
    session id. Returns how many there were; None if the same message has come before."""
    if not await use_once(work, tenant_id, f"logout\0{issuer}\0{ended.token_id}", REMEMBERED):
        return None
    identity = UserIdentity.__table__
    identities = select(identity.c.id).where(identity.c.tenant_id == tenant_id, identity.c.issuer == issuer)
    if ended.subject is not None:
        identities = identities.where(identity.c.subject == ended.subject)
    of_identity = Session.tenant_id == tenant_id, Session.identity_id.in_(identities)
    is_named = () if ended.session is None else (Session.provider_session == ended.session,)
    statement = delete(Session).where(*of_identity, *is_named).returning(Session.user_id)
    owners = (await work.execute(statement)).scalars().all()
    organization_id = organization_of(tenant_id)
    changes = {"issuer": (None, issuer)}
    await work.audit(
        *(AuditEntry(AuditKind.SESSION_ENDED, owner, organization_id, changes=changes) for owner in sorted(owners))
    )
    return len(owners)
