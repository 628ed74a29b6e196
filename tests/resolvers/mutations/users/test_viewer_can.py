"""`viewerCan` matches what the mutations of users allow."""

from functools import partial
from typing import Any
from uuid import UUID

import pytest
from sqlalchemy import select

from authz.model.actions import UserAction
from models import User
from resolvers.errors import ErrorCode, MutationRejected
from resolvers.mutations.users.lifecycle import remove_user, resend_activation, restore_user
from resolvers.mutations.users.update import UserChange, update_user
from resolvers.transaction.context import MutationContext
from resolvers.transaction.unit_of_work import UnitOfWork, run_in_transaction
from tests.support.resolver_fixtures import Change, caller, rows

pytestmark = pytest.mark.invariant("viewer_can")

VIEWERS = ("ada@acme.example", "sam@acme.example", "dan@pear.example", "ben@acme.example", "staff@portico.example")


class RolledBack(Exception):
    """Rolls back an attempt."""


async def test_viewer_can_matches_what_the_mutations_allow(shared: MutationContext) -> None:
    """Every kind of viewer attempts every action on every user. Only the last-admin rule is not in `viewerCan`."""
    users = await rows(shared, "SELECT id, email, version FROM users")
    allowed_count = 0
    for viewer in VIEWERS:
        who = await caller(shared, viewer)
        for user in users:
            mutations: dict[UserAction, Change] = {
                UserAction.UPDATE: partial(update_user, change=UserChange(user.version, {"first_name": "Changed"}, {})),
                UserAction.RESEND_ACTIVATION: resend_activation,
                UserAction.REMOVE: remove_user,
                UserAction.RESTORE: restore_user,
            }
            for action, mutation in mutations.items():
                can, succeeded = await _compared(shared, who, user.id, action, mutation)
                assert can == succeeded, (viewer, action, user.email)
                allowed_count += can
    assert allowed_count > 20


async def _compared(
    shared: MutationContext, who: Any, user_id: UUID, action: UserAction, mutation: Change
) -> tuple[bool, bool]:
    async def attempt(work: UnitOfWork) -> None:
        actor, access = await work.lock_actor()
        row = User.__table__.alias()
        allowed = select(row.c.id).where(row.c.id == user_id, access.may(action, User, row))
        can = (await work.execute_as(actor, allowed)).first() is not None
        try:
            await mutation(work, user_id)
        except MutationRejected as rejection:
            raise RolledBack(
                can, [problem.code for problem in rejection.problems] == [ErrorCode.LAST_ADMIN]
            ) from rejection
        raise RolledBack(can, True)

    with pytest.raises(RolledBack) as rolled_back:
        await run_in_transaction(shared, who, attempt)
    can, succeeded = rolled_back.value.args
    return can, succeeded
