"""Takes away what the entries of an access review are marked to take away, with all checks of `update_user`."""

from collections.abc import Sequence
from typing import Any
from uuid import UUID

from sqlalchemy import Row, select

from authz.model.actions import UserAction
from models import AccessKind, AccessReviewDecision, AccessReviewEntry, AccessReviewEntryDecision, Permission
from resolvers.access.account_access import AccountAccess
from resolvers.access.grants import unseen_by
from resolvers.errors import MutationRejected, Problem
from resolvers.mutations.access_reviews.lock import LockedReview
from resolvers.mutations.users.lock import lock_user
from resolvers.mutations.users.update import NewAccess, UserChange, change_locked_user
from resolvers.transaction.unit_of_work import UnitOfWork

CARRY_OUT = ("input", "carryOut")

Entries = Sequence[Row[*tuple[Any, ...]]]


async def carry_out_decisions(work: UnitOfWork, review: LockedReview) -> int:
    """Take away what is marked, in one transaction with the sign-off. Returns how many entries were marked so.

    What a user no longer has is left as it is. Raises `MutationRejected` with the problems of all users, as
    `update_user` does, and the message names the user.
    """
    decision, entry = AccessReviewEntryDecision.__table__, AccessReviewEntry.__table__
    marked = select(entry.c.user_id, entry.c.user_email, entry.c.kind, entry.c.thing_id, entry.c.name).where(
        decision.c.organization_id == review.organization_id,
        entry.c.organization_id == review.organization_id,
        decision.c.review_id == review.id,
        decision.c.decision == AccessReviewDecision.TAKE_AWAY.value,
        entry.c.id == decision.c.entry_id,
    )
    rows = (await work.execute(marked.order_by(entry.c.user_email, entry.c.id))).all()
    by_user: dict[UUID, list[Row[*tuple[Any, ...]]]] = {}
    for row in rows:
        by_user.setdefault(row.user_id, []).append(row)
    problems: list[Problem] = []
    # Oneself comes last: without some of one's own access, one might not be able to go on.
    for user_id in sorted(by_user, key=lambda each: each == review.actor.id):
        problems += await _take_away(work, user_id, by_user[user_id])
    if problems:
        raise MutationRejected(problems)
    return len(rows)


async def _take_away(work: UnitOfWork, user_id: UUID, entries: Entries) -> list[Problem]:
    try:
        user = await lock_user(work, user_id, UserAction.UPDATE)
        seen = user.stored_access.without(frozenset().union(*unseen_by(user.row).values()))
        change = UserChange(user.row.version, access=remaining(seen, entries))
        await change_locked_user(work, user, change)
    except MutationRejected as rejection:
        return [
            Problem(problem.code, f"{entries[0].user_email}: {problem.message}", CARRY_OUT, problem.retry_after)
            for problem in rejection.problems
        ]
    return []


def remaining(before: AccountAccess, entries: Entries) -> NewAccess:
    """The fields of the access that change if a user loses what these entries record."""
    lost: dict[str, set[Any]] = {}
    for entry in entries:
        lost.setdefault(entry.kind, set()).add(
            Permission(entry.name) if entry.kind == AccessKind.PERMISSION else entry.thing_id
        )
    change = NewAccess()
    if gone := lost.get(AccessKind.PERMISSION):
        change["permissions"] = tuple(each for each in before.permissions if each not in gone)
    if gone := lost.get(AccessKind.CONTRACT_ACCOUNT):
        change["contract_accounts"] = tuple(each for each in before.contract_accounts if each not in gone)
    if gone := lost.get(AccessKind.DELIVERY_ACCOUNT):
        change["delivery_accounts"] = tuple(each for each in before.delivery_accounts if each not in gone)
    if AccessKind.ALL_CONTRACT_ACCOUNTS in lost:
        change["all_contract_accounts"] = False
    if AccessKind.ALL_DELIVERY_ACCOUNTS in lost:
        change["all_delivery_accounts"] = False
    return change
