"""Loads the viewer: the session's user with permissions and grants, as objects."""

from dataclasses import dataclass
from datetime import UTC, datetime
from uuid import UUID

from sqlalchemy import func, select
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm import joinedload, selectinload

from models import Audience, ContractGrant, DeliveryGrant, Session, User, UserPermission


@dataclass(frozen=True)
class Viewer:
    """A signed-in user and their grants."""

    user: User
    permissions: frozenset[str]
    contract_accounts: frozenset[UUID]
    delivery_accounts: frozenset[UUID]

    @property
    def of_delivery_audience(self) -> bool:
        """Whether the user belongs to an end customer."""
        return self.user.audience == Audience.DELIVERY


async def load_viewer(session: AsyncSession, token_hash: bytes) -> Viewer | None:
    """The user of an open session, or None."""
    statement = (
        select(User)
        .join(Session, Session.user_id == User.id)
        .where(
            Session.token_hash == token_hash,
            Session.expires_at > func.now(),
            User.activated_at.is_not(None),
            User.removed_at.is_(None),
        )
        .options(
            joinedload(User.organization),
            selectinload(User.permissions),
            selectinload(User.contract_grants),
            selectinload(User.delivery_grants),
        )
    )
    user = (await session.scalars(statement)).one_or_none()
    if user is None:
        return None
    return Viewer(
        user,
        frozenset(row.permission for row in user.permissions if in_force(row)),
        frozenset(row.contract_account_id for row in user.contract_grants if in_force(row)),
        frozenset(row.delivery_account_id for row in user.delivery_grants if in_force(row)),
    )


def in_force(grant: ContractGrant | DeliveryGrant | UserPermission) -> bool:
    """Whether the grant hasn't ended."""
    return grant.ends_at is None or grant.ends_at > datetime.now(UTC)
