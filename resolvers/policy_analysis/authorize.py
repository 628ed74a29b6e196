"""Authorizes the API's access queries: `whoCan` and `explainAccess`, which require the action `review_access`, and
those about the policy itself, which are for staff.

Callers who may review an organization's access see everything in it anyway, so a result reveals nothing new to them.
Other callers who see the resource get FORBIDDEN, and a resource that the caller does not see is reported as missing.
"""

from dataclasses import dataclass
from functools import partial
from typing import Any
from uuid import UUID

from sqlalchemy import select, true

from authz.access import Access
from authz.actor import Actor
from authz.capabilities import Question
from authz.model.actions import ACTIONS, CAPABILITIES, VIEW, OrganizationAction
from models import Base, Organization, User
from resolvers.errors import ErrorCode, MutationRejected, Problem
from resolvers.policy_analysis.capabilities import CapabilityExplanation, explain_capability, who_has
from resolvers.policy_analysis.explain import Explanation, explain
from resolvers.policy_analysis.explained_actor import find_subject
from resolvers.policy_analysis.question_cache import QUESTIONS
from resolvers.policy_analysis.resource_lookup import Resource, find_resources
from resolvers.policy_analysis.who_can import SubjectPage
from resolvers.policy_analysis.who_can import who_can as list_subjects
from resolvers.rate_limits.flows import flow_of
from resolvers.transaction.unit_of_work import UnitOfWork

MAX_PAGE_SIZE = 100
"""The maximum number of users on a page."""


@dataclass(frozen=True, slots=True)
class AccessQuery:
    """Whether a user may perform `action` on the row `resource_id` of `model`. None replaces an id that cannot exist.

    For a capability as the `action`, the row is an organization; `value` is that of which the capability is asked.
    `path` is the name of the query in the response.
    """

    user_id: UUID | None
    action: str
    model: type[Base] | None
    resource_id: UUID | None
    path: str
    value: str | None = None


async def explain_access(work: UnitOfWork, query: AccessQuery) -> Explanation | CapabilityExplanation | None:
    """Explains why the user may or may not; None if the user or the row does not exist or is not visible to the caller.

    Raises `MutationRejected`: UNAUTHENTICATED; FORBIDDEN if the caller may not review the access to the row's
    organization, or for a capability, to that of the user; INVALID if the type has no such action.
    """
    actor, access = await work.lock_actor()
    resource = await find_visible(work, actor, access, query.model, query.resource_id)
    user = await find_visible(work, actor, access, User, query.user_id)
    if resource is None or user is None:
        return None
    await require_review_access(work, actor, access, resource, query.path)
    question = _question(query, resource)
    if question is not None:
        await require_review_access(work, actor, access, user, query.path)
    subject = await find_subject(work.connection, user.id)
    assert subject is not None, "a visible user exists"
    flow = flow_of(work.caller)
    if question is not None:
        return await QUESTIONS.run(partial(explain_capability, work.context.policy, subject, question), flow)
    return await explain(work.connection, work.context.policy, subject, query.action, resource, flow=flow)


@dataclass(frozen=True, slots=True)
class SubjectsQuery:
    """The `first` users after the cursor `after` who may perform `action` on the row `resource_id` of `model`.

    `value` and `path` are those of `AccessQuery`.
    """

    action: str
    model: type[Base] | None
    resource_id: UUID | None
    first: int
    after: str | None
    path: str
    value: str | None = None


async def who_can(work: UnitOfWork, query: SubjectsQuery) -> SubjectPage | None:
    """Lists the users who may, of those visible to the caller; None if the row does not exist or is not visible. For a
    capability, of the users of the organization and staff.

    Raises `MutationRejected`: UNAUTHENTICATED; FORBIDDEN if the caller may not review the access to the row's
    organization; INVALID if the type has no such action, the cursor is malformed, or the page is too large.
    """
    actor, access = await work.lock_actor()
    resource = await find_visible(work, actor, access, query.model, query.resource_id)
    if resource is None:
        return None
    await require_review_access(work, actor, access, resource, query.path)
    question = _question(query, resource)
    if not 1 <= query.first <= MAX_PAGE_SIZE:
        raise MutationRejected(Problem(ErrorCode.INVALID, f"Request 1 to {MAX_PAGE_SIZE} users.", (query.path,)))
    page = partial(list_subjects, action=query.action, resource=resource)
    if question is not None:
        page = partial(who_has, question=question, organization=resource.id)
    try:
        return await page(
            work.connection,
            work.context.policy,
            first=query.first,
            after=query.after,
            viewer=(actor, access),
            flow=flow_of(work.caller),
        )
    except ValueError:
        raise MutationRejected(
            Problem(ErrorCode.INVALID, "This cursor is malformed or belongs to another list.", (query.path,))
        ) from None


def _question(query: AccessQuery | SubjectsQuery, resource: Resource) -> Question | None:
    """The question about the actor alone, if the action is a capability. Raises `MutationRejected` (INVALID) if the
    resource has no such action, or the capability no such value."""
    capability = next((each for each in CAPABILITIES if each == query.action), None)
    values = CAPABILITIES[capability] if capability else None
    problem = ""
    if capability is None and query.action not in [member.value for member in ACTIONS.get(resource.model, ())]:
        problem = f"{resource.model.__name__} has no such action."
    elif capability is not None and resource.model is not Organization:
        problem = "This is about users alone. Give the id of an organization."
    elif values is None and query.value is not None:
        problem = "This action has no values."
    elif values is not None and query.value not in values:
        problem = f"Give one of these values: {', '.join(values)}."
    if problem:
        raise MutationRejected(Problem(ErrorCode.INVALID, problem, (query.path,)))
    return Question(capability, query.value or "") if capability else None


async def require_policy_reader(work: UnitOfWork, path: str) -> Actor:
    """Returns the caller, who may read the policy and try out edits of it (`Access.reads_policy`).

    Raises `MutationRejected`: UNAUTHENTICATED or FORBIDDEN.
    """
    actor, access = await work.lock_actor()
    if not access.reads_policy:
        raise MutationRejected(Problem(ErrorCode.FORBIDDEN, "You may not read the access policy.", (path,)))
    return actor


async def find_visible(
    work: UnitOfWork, actor: Actor, access: Access, model: type[Base] | None, id_: UUID | None
) -> Resource | None:
    """Returns the row `id_` of `model`; None if the caller doesn't see it. None replaces what cannot exist."""
    if model is None or id_ is None:
        return None
    row = model.__table__.alias()
    visible = select(row.c.id).where(row.c.id == id_, access.may(VIEW, model, row))
    seen = (await work.execute_as(actor, visible)).first() is not None
    work.record_check(VIEW, model, id_, allowed=seen)
    if not seen:
        return None
    [resource] = await find_resources(work.connection, [model], key=id_)
    return resource


async def require_review_access(work: UnitOfWork, actor: Actor, access: Access, resource: Resource, path: str) -> None:
    """Raises `MutationRejected` (FORBIDDEN) if the caller may not review the access to the resource's organization."""
    row = Organization.__table__.alias()
    may_review: Any = access.may(OrganizationAction.REVIEW_ACCESS, Organization, row)
    if resource.organization_id is None:
        # A row without organization, such as a staff user: only for callers who may review all organizations.
        allowed = may_review is true()
    else:
        reviewable = select(row.c.id).where(row.c.id == resource.organization_id, may_review)
        allowed = (await work.execute_as(actor, reviewable)).first() is not None
        work.record_check(OrganizationAction.REVIEW_ACCESS, Organization, resource.organization_id, allowed=allowed)
    if not allowed:
        message = "You may not review the access to this organization."
        raise MutationRejected(Problem(ErrorCode.FORBIDDEN, message, (path,)))
