"""Questions about the access of others, asked of the API: for those who may review the access to an organization.

They see everything in it anyhow, so that an answer shows them nothing that they do not see. Whoever else sees the thing
is refused; and what one does not see is not there.
"""

from dataclasses import dataclass
from typing import Any
from uuid import UUID

from sqlalchemy import select, true

from authz.access import Access
from authz.actor import Actor
from authz.model.resources import ACTIONS, VIEW, OrganizationAction
from models import Base, Organization, User
from resolvers.errors import ErrorCode, MutationRejected, Problem
from resolvers.policy_analysis.explain import Explanation, explain, find_subject
from resolvers.policy_analysis.resource_lookup import Resource, find_resources
from resolvers.policy_analysis.who_can import SubjectPage
from resolvers.policy_analysis.who_can import who_can as who_may
from resolvers.transaction.unit_of_work import UnitOfWork

LARGEST_PAGE = 100
"""Users that are listed at once, at most."""


@dataclass(frozen=True, slots=True)
class AccessQuery:
    """Whether a user may do `action` to the row `key` of `model`. None stands for an id that can be nobody's, or
    nothing's. `path` is what the answer calls the question."""

    user_id: UUID | None
    action: str
    model: type[Base] | None
    key: UUID | None
    path: str


async def explain_access(work: UnitOfWork, about: AccessQuery) -> Explanation | None:
    """Why the user may, or why not; None where the caller does not see the user or the row, or there are none.

    Raises `MutationRejected`: UNAUTHENTICATED; FORBIDDEN for who may not review the access to the organization of
    the row;
    INVALID for an action that the row does not have.
    """
    actor, access = await work.lock_actor()
    thing = await _seen(work, actor, access, about.model, about.key)
    user = await _seen(work, actor, access, User, about.user_id)
    if thing is None or user is None:
        return None
    await _refuse_others(work, actor, access, thing, about.path)
    _refuse_action(about.action, thing, about.path)
    subject = await find_subject(work.connection, user.id)
    assert subject is not None, "who is seen is there"
    return await explain(work.connection, work.writing.policy, subject, about.action, thing)


@dataclass(frozen=True, slots=True)
class SubjectsQuery:
    """Who may do `action` to the row `key` of `model`: the `first` users behind the cursor `after`. `path` is what the
    answer calls the question."""

    action: str
    model: type[Base] | None
    key: UUID | None
    first: int
    after: str | None
    path: str


async def who_can(work: UnitOfWork, about: SubjectsQuery) -> SubjectPage | None:
    """Those whom the caller sees and who may; None where the caller does not see the row, or there is none.

    Raises `MutationRejected`: UNAUTHENTICATED; FORBIDDEN for who may not review the access to the organization of
    the row;
    INVALID for an action that the row does not have, a cursor that is none, and pages that are too large.
    """
    actor, access = await work.lock_actor()
    thing = await _seen(work, actor, access, about.model, about.key)
    if thing is None:
        return None
    await _refuse_others(work, actor, access, thing, about.path)
    _refuse_action(about.action, thing, about.path)
    if not 1 <= about.first <= LARGEST_PAGE:
        raise MutationRejected(Problem(ErrorCode.INVALID, f"Ask for 1 to {LARGEST_PAGE} users.", (about.path,)))
    asked = who_may(
        work.connection,
        work.writing.policy,
        about.action,
        thing,
        first=about.first,
        after=about.after,
        asker=(actor, access),
    )
    try:
        return await asked
    except ValueError:
        raise MutationRejected(Problem(ErrorCode.INVALID, "This is no cursor of this list.", (about.path,))) from None


def _refuse_action(action: str, thing: Resource, path: str) -> None:
    if action not in [each.value for each in ACTIONS[thing.model]]:
        raise MutationRejected(
            Problem(ErrorCode.INVALID, f"There is no such action of {thing.model.__name__}.", (path,))
        )


async def _seen(
    work: UnitOfWork, actor: Actor, access: Access, model: type[Base] | None, key: UUID | None
) -> Resource | None:
    if model is None or key is None:
        return None
    row = model.__table__.alias()
    seen = select(row.c.id).where(row.c.id == key, access.may(VIEW, model, row))
    if (await work.execute_as(actor, seen)).first() is None:
        return None
    [thing] = await find_resources(work.connection, [model], key=key)
    return thing


async def _refuse_others(work: UnitOfWork, actor: Actor, access: Access, thing: Resource, path: str) -> None:
    row = Organization.__table__.alias()
    reviews: Any = access.may(OrganizationAction.REVIEW_ACCESS, Organization, row)
    if thing.organization_id is None:
        # Of nobody's organization, such as the staff: for those who may review all of them.
        may = reviews is true()
    else:
        asked = select(row.c.id).where(row.c.id == thing.organization_id, reviews)
        may = (await work.execute_as(actor, asked)).first() is not None
    if not may:
        message = "Only who may review the access to the organization may ask this."
        raise MutationRejected(Problem(ErrorCode.FORBIDDEN, message, (path,)))
