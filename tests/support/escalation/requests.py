"""A user asks for access, and somebody decides."""

from dataclasses import replace
from typing import Any
from uuid import UUID

from sqlalchemy import select

from models import AccessKind, ContractAccount
from models import AccessRequest as RequestRow
from resolvers import public_id
from resolvers.access.account_access import AccountAccess, GrantKind
from resolvers.callers.caller import Caller
from resolvers.errors import ErrorCode, MutationRejected
from resolvers.mutations.access_requests.decide import (
    Approval,
    approve_access_request,
    decline_access_request,
    withdraw_access_request,
)
from resolvers.mutations.access_requests.request import NewRequest, request_access
from resolvers.transaction.unit_of_work import UnitOfWork
from tests.support.escalation.accesses import wish_for
from tests.support.escalation.step import Step
from tests.support.worlds.expiry import ENDS
from tests.support.worlds.oracle import Oracle
from tests.support.worlds.requests import AccessRequest


async def ask(step: Step) -> list[UUID]:
    """The actor asks for something: nothing changes for anybody."""
    step.told.append(bool(await request_access(step.work, wish_for(step.access))))
    return []


async def withdraw(step: Step) -> list[UUID]:
    """A request of the user is withdrawn, which only they may."""
    request = await _ask(step, wish_for(step.access))
    await withdraw_access_request(step.work, request.id)
    assert step.actor_id == step.user_id
    return []


async def approve(step: Step) -> list[UUID]:
    """The request is approved as asked for, or with an earlier end; if it is in words that name nothing, with an
    account of the approver's choice. Nothing else changes for the requester."""
    chosen = next(iter(step.access.get("contract_accounts", ())), None) if step.number % 3 == 0 else None
    new = wish_for(step.access) if chosen is None else NewRequest("Why", contract_account="No account")
    end = ENDS[0] if step.number % 2 else None
    account = None if chosen is None else public_id.encode(ContractAccount, chosen)
    request = await _ask(step, new)
    before = await step.story.access_of(step.user_id)
    await _decide(step, request, Approval(end, account))
    given = request if chosen is None else replace(request, contract_account_id=chosen)
    _check_given(before, await step.story.access_of(step.user_id), given)
    return [step.user_id]


async def decline(step: Step) -> list[UUID]:
    """The request is declined: nothing changes for anybody."""
    await _decide(step, await _ask(step, wish_for(step.access)), None)
    return []


async def _ask(step: Step, new: NewRequest) -> AccessRequest:
    requester = await step.story.user_as_caller(step.user_id)
    work = UnitOfWork(step.work.connection, step.work.context, requester or Caller())
    request_id = await request_access(work, new)
    row = (await work.connection.execute(select(RequestRow.__table__).where(RequestRow.id == request_id))).one()
    names = ("id", "organization_id", "requester_id", "permission", "contract_account_id", "delivery_account_id")
    return AccessRequest(kind=AccessKind(row.kind), **{name: getattr(row, name) for name in names})


async def _decide(step: Step, request: AccessRequest, approval: Approval | None) -> None:
    """Nobody decides their own request, and exactly those may decide it who may assign exactly that to this user."""
    world = await step.story.now()
    decider = next(user for user in world.users if user.id == step.actor_id)
    actor = step.work.caller.actor
    may_decide = actor is not None and actor.client_id is None and Oracle(world, decider).decide_accessrequest(request)
    try:
        if approval is None:
            await decline_access_request(step.work, request.id, "No")
        else:
            await approve_access_request(step.work, request.id, approval)
    except MutationRejected as rejection:
        codes = {problem.code for problem in rejection.problems}
        assert not (may_decide and codes & {ErrorCode.NOT_FOUND, ErrorCode.FORBIDDEN})
        raise
    assert may_decide
    assert step.actor_id != request.requester_id


def _check_given(before: AccountAccess, after: AccountAccess, request: AccessRequest) -> None:
    """Check that the user got what they asked for, and nothing else."""
    asked = {request.permission, request.contract_account_id, request.delivery_account_id}
    for kind in GrantKind:
        had, has = frozenset[Any](before.keys(kind)), frozenset[Any](after.keys(kind))
        assert had <= has
        assert has - had <= asked
    flags = ("audience", "all_contract_accounts", "all_delivery_accounts")
    assert [getattr(before, flag) for flag in flags] == [getattr(after, flag) for flag in flags]
