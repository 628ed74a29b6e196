"""Who is signed in: an actor, read from the database in one SELECT."""

from datetime import timedelta
from typing import Any
from uuid import UUID

from sqlalchemy import Row, Select, and_, func, select
from sqlalchemy.ext.asyncio import AsyncConnection

from authz.actor import Actor, ActorKind, Traits
from models import Audience, Permission, Session, User, UserPermission, in_force, is_active


def active_users() -> Select[*tuple[Any, ...]]:
    """Those who may act at all, the active users, with what their traits are made of."""
    return users_with_traits().where(is_active(User.__table__))


def users_with_traits() -> Select[*tuple[Any, ...]]:
    """All users, active or not, with what the traits are made of that they have as actors."""
    given = UserPermission.__table__.alias()
    theirs = and_(given.c.user_id == User.id, in_force(given))
    permissions = select(given.c.permission).where(theirs).order_by(given.c.permission).correlate(User)
    until = select(func.min(given.c.ends_at)).where(theirs).correlate(User)
    return select(
        User.id,
        User.organization_id,
        User.staff,
        User.audience,
        User.all_contract_accounts,
        User.all_delivery_accounts,
        User.version,
        func.array(permissions.scalar_subquery()).label("permissions"),
        until.scalar_subquery().label("until"),
    )


def traits_of(row: Row[*tuple[Any, ...]]) -> Traits:
    """The traits in a row of `users_with_traits`."""
    return Traits(
        kind=ActorKind.STAFF if row.staff else ActorKind.MEMBER,
        audience=Audience(row.audience),
        permissions=frozenset(map(Permission, row.permissions)),
        all_contract_accounts=row.all_contract_accounts,
        all_delivery_accounts=row.all_delivery_accounts,
    )


def _actor(row: Row[*tuple[Any, ...]]) -> Actor:
    return Actor(row.id, row.organization_id, traits_of(row), row.version, row.until)


async def load_actor(connection: AsyncConnection, token_hash: bytes, idle: timedelta) -> tuple[Actor, UUID] | None:
    """The actor whom a session token signs in, and the id of the session.

    None for an unknown token, a session that is over or was not used for `idle`, and a user who is not active. The
    clock is the database's.
    """
    statement = (
        active_users()
        .add_columns(Session.id.label("session_id"))
        .join(Session, Session.user_id == User.id)
        .where(
            Session.token_hash == token_hash,
            Session.expires_at > func.now(),
            Session.last_seen_at > func.now() - idle,
        )
    )
    row = (await connection.execute(statement)).one_or_none()
    return (_actor(row), row.session_id) if row else None


async def load_user_as_actor(connection: AsyncConnection, user_id: UUID) -> Actor | None:
    """The active user `user_id` as an actor, for callers without a session, such as the command line."""
    row = (await connection.execute(active_users().where(User.id == user_id))).one_or_none()
    return _actor(row) if row else None


async def load_email_as_actor(connection: AsyncConnection, email: str) -> Actor | None:
    """The same, by the email, whatever its case."""
    row = (await connection.execute(active_users().where(User.email == email.lower()))).one_or_none()
    return _actor(row) if row else None
