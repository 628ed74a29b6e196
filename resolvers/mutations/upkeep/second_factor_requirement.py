"""What it takes that an organization requires a second factor."""

from uuid import UUID

from sqlalchemy import delete, exists, or_, select

from authz.actor import Actor, ActorKind
from models import Passkey, Session, SignInTicket, TotpFactor, User, is_active
from resolvers.errors import ErrorCode, MutationRejected, Problem
from resolvers.identity.second_factors import lock_self
from resolvers.identity.step_up import require_recent_proof
from resolvers.transaction.unit_of_work import UnitOfWork

REQUIRES = ("input", "requiresSecondFactor")


async def allow_requirement(work: UnitOfWork, actor: Actor, *, required: bool) -> None:
    """Check that the actor may change whether their organization requires a second factor. Who requires one has one, so
    nobody locks themselves out.

    Raises `MutationRejected`: REAUTHENTICATION_REQUIRED, SECOND_FACTOR_REQUIRED.
    """
    require_recent_proof(work, actor)
    if required and actor.traits.kind is not ActorKind.STAFF:
        user, _ = await lock_self(work)
        if not user.has_any:
            message = "Set up a second factor for yourself first."
            raise MutationRejected(Problem(ErrorCode.SECOND_FACTOR_REQUIRED, message, REQUIRES))


async def end_sessions_without_second_factor(work: UnitOfWork, organization_id: UUID) -> None:
    """End all sessions of the users of an organization who have no second factor.

    Their rows are locked first: a concurrent sign-in has either committed its session, which is ended here, or reads
    after this transaction that a second factor is required.
    """
    has_one = (
        exists().where(factor.tenant_id == organization_id, factor.user_id == User.id)
        for factor in (TotpFactor, Passkey)
    )
    without = User.tenant_id == organization_id, is_active(User.__table__), ~or_(*has_one)
    locked = select(User.id).where(*without).order_by(User.id).with_for_update(key_share=True)
    await work.execute(locked)
    users = select(User.id).where(*without)
    for model in (Session, SignInTicket):
        ended = delete(model).where(model.tenant_id == organization_id, model.user_id.in_(users))
        await work.execute(ended)
