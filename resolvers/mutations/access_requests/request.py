"""Makes access requests.

The requester may not see what they ask for, so nothing they get to know depends on whether it exists: an account is
named in words, any words are accepted, and what they identify is stored for those who may assign the account. Whoever
may decide is found and notified later, in the background (`announce.py`).
"""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from sqlalchemy import func, insert, literal, select

from authz.access import Access
from authz.actor import Actor
from authz.model.actions import AccessRequestAction
from models import (
    ACCOUNT_KINDS,
    CONTRACT,
    DELIVERY,
    AccessKind,
    AccessRequest,
    AccessRequestState,
    AccountKind,
    AuditKind,
    Permission,
    User,
    new_id,
)
from resolvers import public_id, timestamps
from resolvers.errors import ErrorCode, MutationRejected, Problem, beside, invalid
from resolvers.mutations.access_requests.find_account import find_account
from resolvers.mutations.access_requests.text import text_problems
from resolvers.transaction.audit_log import AuditEntry, created
from resolvers.transaction.unit_of_work import UnitOfWork

ACCOUNT_MAX = 200
REASON_MAX = 500
"""The maximum numbers of characters in the name of an account, and in a reason."""

MAX_PENDING = 20
MAX_A_DAY = 50
"""The maximum numbers of pending requests of a user, and of those that they make within 24 hours."""

LIFETIME = timedelta(days=30)
"""How long a request waits for a decision."""

KINDS = {CONTRACT: AccessKind.CONTRACT_ACCOUNT, DELIVERY: AccessKind.DELIVERY_ACCOUNT}
FIELDS = {None: "permission", CONTRACT: "contractAccount", DELIVERY: "deliveryAccount"}


@dataclass(frozen=True, slots=True)
class NewRequest:
    """What a user asks for: exactly one of `permission` and `accounts`, an account of one kind in the user's words.
    `malformed` are the problems of malformed values, in place of which there is none."""

    reason: str
    permission: Permission | None = None
    contract_account: str | None = None
    delivery_account: str | None = None
    ends_at: datetime | None = None
    malformed: tuple[Problem, ...] = ()

    def words(self, kind: AccountKind) -> str | None:
        """The words that name an account of this kind."""
        return self.contract_account if kind is CONTRACT else self.delivery_account


async def request_access(work: UnitOfWork, new: NewRequest) -> UUID:
    """Make a request of the caller. Returns its id.

    Raises `MutationRejected`: UNAUTHENTICATED; FORBIDDEN if the caller may not request access; INVALID; LIMIT_REACHED.
    """
    await _lock_requester(work)
    actor, access = await work.lock_actor()
    if not access.requests_access:
        raise _forbidden()
    problems = beside(new.malformed, [*_input_problems(new), *await _state_problems(work, actor, new)])
    if problems:
        raise MutationRejected(problems)
    request_id, kind = new_id(), next((kind for kind in ACCOUNT_KINDS if new.words(kind) is not None), None)
    words = None if kind is None else (new.words(kind) or "").strip()
    found = {} if kind is None else {kind.key: await find_account(work, actor, kind, words or "")}
    values = {
        "kind": KINDS[kind].value if kind else AccessKind.PERMISSION.value,
        "permission": new.permission.value if new.permission else None,
        "account": words,
        "ends_at": new.ends_at,
        "reason": new.reason.strip(),
    }
    rows = insert(AccessRequest).values(id=request_id, organization_id=actor.organization_id, requester_id=actor.id)
    await work.execute(rows.values(**values, **found, expires_at=func.now() + LIFETIME))
    await _require_withdrawable(work, actor, access, request_id)
    ends_at = timestamps.encode(new.ends_at) if new.ends_at else None
    asked = {"kind": values["kind"], "permission": values["permission"], "endsAt": ends_at}
    changes = created({"accessRequest": public_id.encode(AccessRequest, request_id), **asked})
    await work.audit(AuditEntry(AuditKind.ACCESS_REQUEST_CREATED, actor.id, actor.organization_id, changes=changes))
    return request_id


async def _lock_requester(work: UnitOfWork) -> None:
    # As when an API client is created: of two simultaneous requests, the second counts the first one.
    if work.caller.actor is not None:
        is_requester = User.tenant_id == work.caller.actor.tenant_id, User.id == work.caller.actor.id
        await work.execute(select(User.id).where(*is_requester).with_for_update(key_share=True))


async def _require_withdrawable(work: UnitOfWork, actor: Actor, access: Access, request_id: UUID) -> None:
    """Raises `MutationRejected` (FORBIDDEN) unless the policy lets the actor withdraw the new request."""
    row = AccessRequest.__table__.alias()
    withdrawable = access.may(AccessRequestAction.WITHDRAW, AccessRequest, row)
    if (await work.execute_as(actor, select(row.c.id).where(row.c.id == request_id, withdrawable))).first() is None:
        raise _forbidden()


def _forbidden() -> MutationRejected:
    return MutationRejected(Problem(ErrorCode.FORBIDDEN, "You may not request access."))


def _input_problems(new: NewRequest) -> Iterator[Problem]:
    given = [kind for kind in ACCOUNT_KINDS if new.words(kind) is not None]
    if len(given) + (new.permission is not None) != 1:
        yield invalid("Request exactly one permission, contract account or delivery account.", "input")
    if new.permission is Permission.SITES_SERVICES_VIEW:
        yield invalid(f"Every user has {new.permission.value}.", "input", "permission")
    for kind in given:
        yield from text_problems(new.words(kind) or "", ACCOUNT_MAX, "input", FIELDS[kind], lines=False)
    yield from text_problems(new.reason, REASON_MAX, "input", "reason")


async def _state_problems(work: UnitOfWork, actor: Actor, new: NewRequest) -> list[Problem]:
    mine = AccessRequest.__table__.alias()
    pending = func.count().filter(mine.c.state == AccessRequestState.PENDING.value, mine.c.expires_at > func.now())
    today = func.count().filter(mine.c.created_at > func.now() - timedelta(days=1))
    is_past = (literal(new.ends_at, AccessRequest.ends_at.type) <= func.now()).label("past")
    counts = select(pending.label("pending"), today.label("today"), is_past).where(
        mine.c.organization_id == actor.organization_id, mine.c.requester_id == actor.id
    )
    row = (await work.execute(counts)).one()
    problems = [invalid("An end must be in the future.", "input", "endsAt")] if row.past else []
    if row.pending >= MAX_PENDING:
        message = f"You already have {MAX_PENDING} pending requests. Withdraw one that you no longer need."
        problems.append(Problem(ErrorCode.LIMIT_REACHED, message))
    elif row.today >= MAX_A_DAY:
        problems.append(Problem(ErrorCode.LIMIT_REACHED, f"You can make {MAX_A_DAY} requests a day. Try again later."))
    return problems
