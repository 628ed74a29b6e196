"""Ends the sessions that began with a password, when single sign-on becomes required."""

from uuid import UUID

from sqlalchemy import delete, select

from models import Session, SignInTicket, User, is_active
from resolvers.transaction.unit_of_work import UnitOfWork


async def end_password_sessions(work: UnitOfWork, organization_id: UUID, break_glass_user_id: UUID) -> None:
    """End the sessions of an organization that began with a password, and the sign-ins by password that have begun:
    all but those of the admin who may go on so, and the session of the caller, who has just proved who they are.

    The rows of the users are locked first: a concurrent sign-in has either committed its session, which is ended here,
    or reads after this transaction that it isn't allowed.
    """
    others = User.tenant_id == organization_id, User.id != break_glass_user_id, is_active(User.__table__)
    locked = select(User.id).where(*others).order_by(User.id).with_for_update(key_share=True)
    await work.execute(locked)
    by_password = (
        Session.tenant_id == organization_id,
        Session.user_id != break_glass_user_id,
        Session.identity_id.is_(None),
        Session.token_hash.is_distinct_from(work.caller.session_hash),
    )
    begun = SignInTicket.tenant_id == organization_id, SignInTicket.user_id != break_glass_user_id
    await work.execute(delete(Session).where(*by_password))
    await work.execute(delete(SignInTicket).where(*begun))
