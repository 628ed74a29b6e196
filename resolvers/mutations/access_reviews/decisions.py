"""Marks entries of an access review: what the user keeps, and what is taken away when it is signed off."""

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from sqlalchemy import Row, distinct, func, select
from sqlalchemy.dialects.postgresql import insert

from authz.model.actions import VIEW
from models import AccessReviewDecision, AccessReviewEntry, AccessReviewEntryDecision, AuditKind
from resolvers.errors import ErrorCode, MutationRejected, Problem, invalid
from resolvers.mutations.access_reviews.lock import LockedReview, lock_review, state_problems
from resolvers.transaction.audit_log import AuditEntry, created
from resolvers.transaction.unit_of_work import UnitOfWork
from resolvers.types.given_access import is_given

MAX_DECISIONS = 100
"""The maximum number of entries that are marked at once."""

MAX_USERS = 200
"""The maximum number of users from whom one sign-off takes something away."""

REVIEW = ("input", "review")


@dataclass(frozen=True, slots=True)
class EntryDecision:
    """What an entry is marked with. An `entry_id` of None is not found."""

    entry_id: UUID | None
    decision: AccessReviewDecision


async def decide_access_review_entries(
    work: UnitOfWork, review_id: UUID | None, decisions: Sequence[EntryDecision]
) -> UUID:
    """Mark entries of a review, all or none. Returns its id. What they were marked with before is replaced.

    Raises `MutationRejected` as `lock_review` does; NOT_COMPLETE or ALREADY_SIGNED_OFF; or with all problems: INVALID
    for too many decisions, or for an entry whose access can't be taken away by itself; NOT_FOUND for one that isn't an
    entry of the review; DUPLICATE; LIMIT_REACHED if something would be taken away from more than `MAX_USERS`.
    """
    review = await lock_review(work, review_id, REVIEW)
    problems = [*state_problems(review, REVIEW), *_count_problems(decisions)]
    if problems:
        raise MutationRejected(problems)
    entries = await _entries(work, review, decisions)
    if problems := list(_decision_problems(decisions, entries)):
        raise MutationRejected(problems)
    values = {"organization_id": review.organization_id, "review_id": review.id, "decided_by_id": review.actor.id}
    rows = [{"entry_id": each.entry_id, "decision": each.decision.value, **values} for each in decisions]
    statement = insert(AccessReviewEntryDecision).values(rows)
    new = {name: statement.excluded[name] for name in ("decision", "decided_by_id", "decided_at")}
    await work.execute(statement.on_conflict_do_update(index_elements=["organization_id", "entry_id"], set_=new))
    await _check_users(work, review)
    counts = Counter(each.decision for each in decisions)
    changes = created({"keep": counts[AccessReviewDecision.KEEP], "takeAway": counts[AccessReviewDecision.TAKE_AWAY]})
    await work.audit(AuditEntry(AuditKind.ACCESS_REVIEW_DECIDED, review.id, review.organization_id, changes=changes))
    return review.id


def _count_problems(decisions: Sequence[EntryDecision]) -> Iterator[Problem]:
    if not 1 <= len(decisions) <= MAX_DECISIONS:
        yield invalid(f"Mark 1 to {MAX_DECISIONS} entries at once.", "input", "decisions")


async def _entries(
    work: UnitOfWork, review: LockedReview, decisions: Sequence[EntryDecision]
) -> Mapping[UUID, Row[*tuple[Any, ...]]]:
    """The entries that the caller sees, by id, with whether their access is given by itself."""
    entry = AccessReviewEntry.__table__.alias()
    statement = select(entry.c.id, is_given(entry, review.access).label("is_given")).where(
        entry.c.id.in_([each.entry_id for each in decisions if each.entry_id]),
        entry.c.organization_id == review.organization_id,
        entry.c.review_id == review.id,
        review.access.may(VIEW, AccessReviewEntry, entry),
    )
    return {row.id: row for row in await work.execute_as(review.actor, statement)}


def _decision_problems(
    decisions: Sequence[EntryDecision], entries: Mapping[UUID, Row[*tuple[Any, ...]]]
) -> Iterator[Problem]:
    seen: set[UUID] = set()
    for place, each in enumerate(decisions):
        path = ("input", "decisions", str(place))
        if each.entry_id is None or each.entry_id not in entries:
            yield Problem(ErrorCode.NOT_FOUND, "The access review has no such entry.", (*path, "entry"))
            continue
        if each.entry_id in seen:
            yield Problem(ErrorCode.DUPLICATE, "This entry is listed twice.", (*path, "entry"))
        seen.add(each.entry_id)
        if each.decision is AccessReviewDecision.TAKE_AWAY and not entries[each.entry_id].is_given:
            message = (
                "This can't be taken away by itself: the user has it by all accounts, or by a rule, or not at all."
            )
            yield invalid(message, *path, "decision")


async def _check_users(work: UnitOfWork, review: LockedReview) -> None:
    decision, entry = AccessReviewEntryDecision.__table__, AccessReviewEntry.__table__
    users = select(func.count(distinct(entry.c.user_id))).where(
        decision.c.organization_id == review.organization_id,
        entry.c.organization_id == review.organization_id,
        decision.c.review_id == review.id,
        decision.c.decision == AccessReviewDecision.TAKE_AWAY.value,
        entry.c.id == decision.c.entry_id,
    )
    if (await work.execute(users)).scalar_one() > MAX_USERS:
        message = f"One sign-off takes something away from at most {MAX_USERS} users."
        raise MutationRejected(Problem(ErrorCode.LIMIT_REACHED, message, ("input", "decisions")))
