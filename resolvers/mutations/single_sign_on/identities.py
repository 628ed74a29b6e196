"""Links users with their identities at a provider, and unlinks them.

The first link is made by somebody who has proved both ends at the same time: the identity by signing in at the
provider in this very browser, and the user by

- being signed in;
- the activation link, which only the mailbox of a new user has got, and which also activates them; or
- the link of a mail that was sent because of that sign-in.

So neither a provider that claims the email of somebody else, nor a mail that somebody else caused, links anything.
"""

from collections.abc import Mapping
from typing import Any, Final
from uuid import UUID

from sqlalchemy import Row, delete, func, literal, select, update
from sqlalchemy.dialects.postgresql import insert

from authz.model.actions import UserAction
from models import AuditKind, TokenPurpose, User, UserIdentity, UserKind, new_id, organization_of
from resolvers.callers.caller import Caller
from resolvers.errors import ErrorCode, MutationRejected, Problem, invalid
from resolvers.identity.hashing import token_hash
from resolvers.identity.one_time_tokens import consume_token, lock_token
from resolvers.identity.step_up import require_recent_proof
from resolvers.mutations.single_sign_on.assertions import (
    CODE,
    Use,
    invalid_code,
    read_assertion,
    require_issuer,
    use_assertion,
)
from resolvers.mutations.users.lock import lock_user
from resolvers.openid.claims import ProviderIdentity
from resolvers.openid.sealed import Assertion
from resolvers.transaction.audit_log import AuditEntry, changed, created
from resolvers.transaction.context import MutationContext
from resolvers.transaction.unit_of_work import UnitOfWork, run_in_transaction
from resolvers.validation.person import DETAIL_COLUMNS, NewDetails, detail_problems, details_by_field, normalize_details

ID: Final = ("input", "id")


async def link_identity(
    context: MutationContext, caller: Caller, code: str, verifier: str, token: str | None = None
) -> UUID:
    """Link the identity that a provider has asserted: with the caller, or with the user to whom the activation link or
    the link with this token was mailed. A user who hasn't activated yet is active then, without a password. Returns the
    user's id.

    Raises `MutationRejected`: RATE_LIMITED; UNAUTHENTICATED, FORBIDDEN or REAUTHENTICATION_REQUIRED without a token;
    TOKEN_INVALID or TOKEN_EXPIRED; IDENTITY_TAKEN; INVALID if the provider doesn't tell the name of a new user.
    """
    await context.limits.use_provider(caller.address)
    assertion = read_assertion(context, code, verifier)
    if token is None:
        return await run_in_transaction(context, caller, lambda work: _link_caller(work, assertion))
    async with context.limits.use_link(token_hash(token), caller.address):
        return await run_in_transaction(context, caller, lambda work: _link_by_mail(work, assertion, token))


async def unlink_identity(work: UnitOfWork, user_id: UUID | None) -> UUID:
    """Unlink the identity of the caller, or of a user whom they may update. The sessions that began with it end.
    Returns the user's id. Raises `MutationRejected` as `lock_user` does; REAUTHENTICATION_REQUIRED."""
    actor = work.caller.actor
    if actor is not None and actor.client_id is None and actor.id == user_id:
        lock = select(User.id).where(User.tenant_id == actor.tenant_id, User.id == actor.id)
        await work.execute(lock.with_for_update(key_share=True))
        actor, _ = await work.lock_actor()
        require_recent_proof(work, actor)
        await _unlink(work, actor.tenant_id, actor.id)
        return actor.id
    user = await lock_user(work, user_id, UserAction.UPDATE)
    require_recent_proof(work, user.actor)
    await _unlink(work, user.organization_id, user.id)
    return user.id


async def add_identity(work: UnitOfWork, tenant_id: UUID, user_id: UUID, identity: ProviderIdentity) -> None:
    """Link an identity with a user who is locked. Raises `MutationRejected` (IDENTITY_TAKEN)."""
    values = {"tenant_id": tenant_id, "user_id": user_id, "issuer": identity.issuer, "subject": identity.subject}
    add = insert(UserIdentity).values(id=new_id(), **values).on_conflict_do_nothing()
    if (await work.execute(add.returning(UserIdentity.id))).scalar() is None:
        raise MutationRejected(_TAKEN)
    kind, organization_id = AuditKind.USER_IDENTITY_LINKED, organization_of(tenant_id)
    changes = created({"issuer": identity.issuer})
    await work.audit(AuditEntry(kind, user_id, organization_id, actor_id=user_id, changes=changes))


async def _link_caller(work: UnitOfWork, assertion: Assertion) -> UUID:
    actor = work.caller.actor
    if actor is not None:
        lock = select(User.id).where(User.tenant_id == actor.tenant_id, User.id == actor.id)
        await work.execute(lock.with_for_update(key_share=True))
    actor, _ = await work.lock_actor()
    if actor.client_id is not None:
        raise MutationRejected(Problem(ErrorCode.FORBIDDEN, "API clients have no identity. Only users do."))
    if actor.tenant_id != assertion.tenant_id:
        raise invalid_code()
    # Whoever finds a session open would otherwise link an identity of their own, and come back with it.
    require_recent_proof(work, actor)
    await use_assertion(work, assertion, Use.LINK)
    await require_issuer(work, assertion)
    stored = await _identity_of(work, actor.tenant_id, actor.id)
    if stored is None or (stored.issuer, stored.subject) != (assertion.identity.issuer, assertion.identity.subject):
        await _unlink(work, actor.tenant_id, actor.id)
        await add_identity(work, actor.tenant_id, actor.id, assertion.identity)
    return actor.id


async def _link_by_mail(work: UnitOfWork, assertion: Assertion, token: str) -> UUID:
    row = await _lock_link(work, token)
    if row.tenant_id != assertion.tenant_id:
        raise invalid_code()
    await use_assertion(work, assertion, Use.LINK_BY_MAIL)
    await require_issuer(work, assertion)
    user_id: UUID = row.user_id
    stored = await _identity_of(work, row.tenant_id, user_id)
    if stored is not None and stored.issuer == assertion.identity.issuer:
        raise MutationRejected(_TAKEN)
    await _unlink(work, row.tenant_id, user_id)
    if row.activated_at is None:
        await _activate(work, row, assertion.identity)
    else:
        await work.execute(select(literal(1)).add_cte(consume_token(row)))
    await add_identity(work, row.tenant_id, user_id, assertion.identity)
    return user_id


async def _lock_link(work: UnitOfWork, token: str) -> Row[*tuple[Any, ...]]:
    """The link with this token, of either kind."""
    try:
        return await lock_token(work, token, TokenPurpose.IDENTITY_LINK)
    except MutationRejected as rejected:
        if rejected.problems[0].code is ErrorCode.TOKEN_EXPIRED:
            raise
        return await lock_token(work, token, TokenPurpose.ACTIVATION)


async def _activate(work: UnitOfWork, row: Row[*tuple[Any, ...]], identity: ProviderIdentity) -> None:
    """Activate the user of an activation link, with the names that the provider tells if they have none."""
    before = {column: getattr(row, column) for column in DETAIL_COLUMNS.values()}
    told = NewDetails(first_name=identity.first_name, last_name=identity.last_name)
    after = before | normalize_details(_missing(before, told))
    is_complete = before["kind"] == UserKind.GROUP or (after["first_name"] and after["last_name"])
    problems = list(detail_problems(_missing(before, told)))
    if problems or not is_complete:
        message = "The provider doesn't tell your first and last name. Set a password first, and link it afterwards."
        raise MutationRejected(invalid(message, *CODE))
    is_user = User.tenant_id == row.tenant_id, User.id == row.user_id
    change = update(User).where(*is_user).values(**after, activated_at=func.now())
    await work.execute(change.add_cte(consume_token(row)))
    changes = changed(details_by_field(before), details_by_field(after))
    kind = AuditKind.USER_ACTIVATED
    await work.audit(AuditEntry(kind, row.user_id, row.organization_id, actor_id=row.user_id, changes=changes))


def _missing(before: Mapping[str, Any], told: NewDetails) -> NewDetails:
    missing: Any = {name: value for name, value in told.items() if before[name] is None and value is not None}
    result: NewDetails = missing
    return result


async def _identity_of(work: UnitOfWork, tenant_id: UUID, user_id: UUID) -> Row[*tuple[Any, ...]] | None:
    own = UserIdentity.tenant_id == tenant_id, UserIdentity.user_id == user_id
    return (await work.execute(select(UserIdentity.issuer, UserIdentity.subject).where(*own))).one_or_none()


async def _unlink(work: UnitOfWork, tenant_id: UUID, user_id: UUID) -> None:
    own = UserIdentity.tenant_id == tenant_id, UserIdentity.user_id == user_id
    removed = (await work.execute(delete(UserIdentity).where(*own).returning(UserIdentity.issuer))).scalar()
    if removed is not None:
        kind, changes = AuditKind.USER_IDENTITY_UNLINKED, {"issuer": (removed, None)}
        await work.audit(AuditEntry(kind, user_id, organization_of(tenant_id), changes=changes))


_TAKEN: Final = Problem(
    ErrorCode.IDENTITY_TAKEN, "This identity is linked to another user, or the user has another identity there.", CODE
)
