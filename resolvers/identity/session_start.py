"""Starts the session of a user who has proved who they are."""

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlalchemy import delete, func, insert, update

from authz.actor import Actor
from models import AuditKind, Session, User, new_id, tenant_of
from resolvers.callers.load_actor import load_user_as_actor
from resolvers.identity.client_description import browser_and_system, network_of
from resolvers.identity.hashing import new_token, token_hash
from resolvers.transaction.audit_log import AuditEntry
from resolvers.transaction.unit_of_work import UnitOfWork


@dataclass(frozen=True, slots=True)
class SignedIn:
    """A new session. Only the caller gets the token. The session ends at `expires_at` even if it is in use."""

    token: str
    expires_at: datetime
    session_id: UUID
    actor: Actor


async def start_session(work: UnitOfWork, user_id: UUID, organization_id: UUID | None) -> SignedIn:
    """Start a session of a user, whom the caller has locked and found active, and record the sign-in."""
    tenant_id = tenant_of(organization_id)
    token, session_id = new_token(tenant_id), new_id()
    own = Session.tenant_id == tenant_id, Session.user_id == user_id
    expired = delete(Session).where(*own, Session.expires_at <= func.now()).cte("expired")
    # Nothing else, because this is no change of the user: their version stays.
    is_user = User.tenant_id == tenant_id, User.id == user_id
    recorded = update(User).where(*is_user).values(last_sign_in_at=func.now()).cte("recorded")
    statement = insert(Session).values(
        id=session_id,
        tenant_id=tenant_id,
        user_id=user_id,
        token_hash=token_hash(token),
        expires_at=func.now() + work.context.lifetimes.session,
        network=network_of(work.caller.address),
        user_agent=browser_and_system(work.caller.user_agent),
    )
    started = statement.returning(Session.expires_at).add_cte(expired, recorded)
    expires_at = (await work.execute(started)).scalar_one()
    await work.audit(AuditEntry(AuditKind.SESSION_STARTED, user_id, organization_id, actor_id=user_id))
    actor = await load_user_as_actor(work.connection, user_id, tenant_id)
    if actor is None:
        raise RuntimeError("the user was locked as active but is not active")
    return SignedIn(token, expires_at, session_id, actor)
