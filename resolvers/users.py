"""What is done to users: create and activate."""

from dataclasses import dataclass
from typing import Any
from uuid import UUID

from sqlalchemy import func, select, update
from sqlalchemy.dialects.postgresql import insert

from authz.access import Access, Assignable
from authz.actor import Actor
from authz.secrets import hash_password
from models import AuditKind, Organization, TokenPurpose, User, UserKind, new_id
from resolvers.account_access import (
    AccountAccess,
    audited,
    contradictions,
    refuse_unseen,
    unassignable_accounts,
    unassignable_traits,
)
from resolvers.audit import Happening, created
from resolvers.errors import ErrorCode, Problem, Refused
from resolvers.grants import grant
from resolvers.invitation import invite
from resolvers.one_time_tokens import hold, use_up
from resolvers.passwords import refuse_weak
from resolvers.personal_details import (
    country_problems,
    email_problems,
    is_email,
    name_problems,
    phone_problems,
    tidy_name,
)
from resolvers.unit_of_work import UnitOfWork


@dataclass(frozen=True, slots=True)
class NewUser:
    """A user to be made. The email is in lower case, the phone in E.164, the country in ISO 3166-1 alpha-2."""

    email: str
    first_name: str
    last_name: str
    access: AccountAccess
    kind: UserKind = UserKind.PERSONAL
    phone: str | None = None
    country: str | None = None


async def create(work: UnitOfWork, new_user: NewUser) -> UUID:
    """Make a pending user in the caller's organization and send the activation mail; returns the user's id.

    Raises `Refused` with everything that is wrong: FORBIDDEN (alone) for those who manage no users, INVALID,
    EMAIL_TAKEN, NOT_ASSIGNABLE; RATE_LIMITED (alone) after too many refusals.
    """
    actor, access = await work.hold_actor()
    organization_id, assignable = await _may_create(work, actor, access)
    with work.writing.limits.create_user(actor.id):
        problems = [
            *_detail_problems(new_user),
            *await _email_taken(work, new_user.email),
            *contradictions(new_user.access),
            *unassignable_traits(new_user.access, assignable),
            *await unassignable_accounts(work, actor, access, new_user.access),
        ]
        if problems:
            raise Refused(problems)
        user_id = await _insert(work, organization_id, new_user)
        await grant(work, user_id, organization_id, new_user.access)
        await refuse_unseen(work, actor, access, user_id)
        await invite(work, user_id, organization_id, new_user.email)
        changes = created(_audited(new_user))
        await work.audit(Happening(AuditKind.USER_CREATED, user_id, organization_id, changes=changes))
        return user_id


async def activate(work: UnitOfWork, token: str, password: str) -> UUID:
    """Set the password of the user to whom the activation token was sent, and use the token up; returns the user's id.

    Raises `Refused`: TOKEN_INVALID, TOKEN_EXPIRED, PASSWORD_TOO_WEAK with what to change.
    """
    row = await hold(work, token, TokenPurpose.ACTIVATION)
    user_id: UUID = row.user_id
    await refuse_weak(password, row)
    password_hash = await hash_password(password)
    await work.execute(
        update(User).where(User.id == user_id).values(password_hash=password_hash, activated_at=func.now())
    )
    await use_up(work, row.id)
    await work.audit(Happening(AuditKind.USER_ACTIVATED, user_id, row.organization_id, actor_id=user_id))
    return user_id


async def _may_create(work: UnitOfWork, actor: Actor, access: Access) -> tuple[UUID, Assignable]:
    row = Organization.__table__.alias()
    allowed = access.may("create_user", Organization, row)
    own: UUID | None = (
        await work.ask(actor, select(row.c.id).where(row.c.id == actor.organization_id, allowed))
    ).scalar()
    if own is None or access.assignable is None:
        raise Refused(Problem(ErrorCode.FORBIDDEN, "You may not create users.", ("input",)))
    return own, access.assignable


def _detail_problems(new_user: NewUser) -> list[Problem]:
    return [
        *email_problems(new_user.email),
        *name_problems("firstName", new_user.first_name),
        *name_problems("lastName", new_user.last_name),
        *phone_problems(new_user.phone),
        *country_problems(new_user.country),
    ]


_TAKEN = Problem(ErrorCode.EMAIL_TAKEN, "There is a user with this email already.", ("input", "email"))


async def _email_taken(work: UnitOfWork, email: str) -> list[Problem]:
    if not is_email(email):
        return []
    taken = (await work.execute(select(User.id).where(User.email == email))).scalar()
    return [_TAKEN] if taken else []


async def _insert(work: UnitOfWork, organization_id: UUID, new_user: NewUser) -> UUID:
    # When another transaction is about to store the same email, this waits for it and then finds the email taken.
    statement = (
        insert(User)
        .values(
            id=new_id(),
            organization_id=organization_id,
            kind=new_user.kind.value,
            audience=new_user.access.audience.value,
            email=new_user.email,
            first_name=tidy_name(new_user.first_name),
            last_name=tidy_name(new_user.last_name),
            phone=new_user.phone,
            country=new_user.country,
            all_contract_accounts=new_user.access.all_contract_accounts,
            all_delivery_accounts=new_user.access.all_delivery_accounts,
        )
        .on_conflict_do_nothing(constraint="uq_users_email")
        .returning(User.id)
    )
    user_id: UUID | None = (await work.execute(statement)).scalar()
    if user_id is None:
        raise Refused(_TAKEN)
    return user_id


def _audited(new_user: NewUser) -> dict[str, Any]:
    return {
        "kind": new_user.kind.value,
        "email": new_user.email,
        "firstName": tidy_name(new_user.first_name),
        "lastName": tidy_name(new_user.last_name),
        "phone": new_user.phone,
        "country": new_user.country,
        **audited(new_user.access),
    }
