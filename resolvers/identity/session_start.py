"""Starts the session of a user who has proved who they are."""

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlalchemy import delete, false, func, insert, select, update

from authz.actor import Actor
from models import AuditKind, Session, User, new_id, tenant_of
from resolvers.callers.load_actor import load_user_as_actor
from resolvers.identity.break_glass import tell_break_glass
from resolvers.identity.client_description import browser_and_system, network_of
from resolvers.identity.hashing import new_token, token_hash
from resolvers.identity.provider_rule import breaks_glass
from resolvers.transaction.audit_log import AuditEntry, created
from resolvers.transaction.unit_of_work import UnitOfWork


@dataclass(frozen=True, slots=True)
class SignedIn:
    """A new session. Only the caller gets the token. The session ends at `expires_at` even if it is in use."""

    token: str
    expires_at: datetime
    session_id: UUID
    actor: Actor


@dataclass(frozen=True, slots=True)
class AtProvider:
    """A sign-in at a provider: the identity of the user there, its issuer, and the provider's own session."""

    identity_id: UUID
    issuer: str
    session: str | None


async def start_session(
    work: UnitOfWork, user_id: UUID, organization_id: UUID | None, *, provider: AtProvider | None = None
) -> SignedIn:
    """Start a session of a user, whom the caller has locked and found active, and record the sign-in.

    A sign-in at a `provider` is complete by itself. One by password, where single sign-on is required, is by the admin
    who may, and admins are told.
    """
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
        identity_id=provider.identity_id if provider is not None else None,
        provider_session=provider.session if provider is not None else None,
    )
    named = breaks_glass(organization_id, user_id) if provider is None else false()
    # Not in RETURNING, where a distributed database allows no subquery.
    started = statement.returning(Session.expires_at).cte("started")
    answer = select(started.c.expires_at, named.label("breaks_glass")).add_cte(expired, recorded)
    expires_at, is_break_glass = (await work.execute(answer)).one()
    how = {"issuer": provider.issuer if provider is not None else None, "breakGlass": is_break_glass or None}
    changes = created(how) or None
    kind = AuditKind.SESSION_STARTED
    await work.audit(AuditEntry(kind, user_id, organization_id, actor_id=user_id, changes=changes))
    if is_break_glass and organization_id is not None:
        await tell_break_glass(work, user_id, organization_id)
    actor = await load_user_as_actor(work.connection, user_id, tenant_id)
    if actor is None:
        raise RuntimeError("the user was locked as active but is not active")
    return SignedIn(token, expires_at, session_id, actor)
