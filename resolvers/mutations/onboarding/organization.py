"""What is done to organizations: onboard."""

from collections.abc import Iterator
from dataclasses import dataclass
from uuid import UUID

from sqlalchemy import insert

from models import Audience, AuditKind, Organization, Permission, UserKind, new_id
from resolvers.access.account_access import AccountAccess
from resolvers.errors import ErrorCode, MutationRejected, Problem
from resolvers.mutations.onboarding import contract_account as contract_accounts
from resolvers.mutations.onboarding import delivery_account as delivery_accounts
from resolvers.mutations.onboarding.contract_account import NewContractAccount
from resolvers.mutations.onboarding.delivery_account import NewDeliveryAccount
from resolvers.mutations.users import create as create_user
from resolvers.mutations.users import insert as insert_users
from resolvers.transaction.audit_log import AuditEntry, created
from resolvers.transaction.unit_of_work import UnitOfWork
from resolvers.validation.business import name_problems
from resolvers.validation.person import normalize_name

EVERYTHING = AccountAccess(
    audience=Audience.ORGANIZATION,
    permissions=tuple(Permission),
    all_contract_accounts=True,
    all_delivery_accounts=True,
)
"""What the first admin of an organization has."""


@dataclass(frozen=True, slots=True)
class FirstAdmin:
    """Who will manage the users of a new organization; in the forms of `users.NewUser`."""

    email: str
    first_name: str
    last_name: str
    kind: UserKind = UserKind.PERSONAL
    phone: str | None = None
    country: str | None = None


@dataclass(frozen=True, slots=True)
class NewOrganization:
    """An organization to be made, with what belongs to it from the start."""

    name: str
    admin: FirstAdmin
    contract_accounts: tuple[NewContractAccount, ...] = ()
    delivery_accounts: tuple[NewDeliveryAccount, ...] = ()


@dataclass(frozen=True, slots=True)
class Onboarded:
    """The ids of a new organization and of its first admin."""

    organization_id: UUID
    admin_id: UUID


async def create(work: UnitOfWork, new: NewOrganization) -> Onboarded:
    """Make an organization with its accounts and a pending first admin, who has everything in it and is sent the
    activation mail.

    Raises `MutationRejected` with everything that is wrong: UNAUTHENTICATED or FORBIDDEN (alone), INVALID, EMAIL_TAKEN.
    """
    actor, access = await work.lock_actor()
    if not access.creates_organizations:
        raise MutationRejected(Problem(ErrorCode.FORBIDDEN, "You may not create organizations.", ("input",)))
    admin = _admin(new.admin)
    with work.writing.limits.create_user(actor.id, "input", "admin", "email"):
        admins = [problem.within("admin") for problem in await create_user.problems_of(work, admin)]
        problems = [*_problems_of(new), *admins]
        if problems:
            raise MutationRejected(problems)
        return await _add(work, new, admin)


def _admin(new: FirstAdmin) -> create_user.NewUser:
    return create_user.NewUser(
        email=new.email,
        first_name=new.first_name,
        last_name=new.last_name,
        kind=new.kind,
        phone=new.phone,
        country=new.country,
        access=EVERYTHING,
    )


def _problems_of(new: NewOrganization) -> Iterator[Problem]:
    yield from name_problems(new.name, "input", "name")
    for index, contract in enumerate(new.contract_accounts):
        yield from contract_accounts.problems_of(contract, "input", "contractAccounts", str(index))
    for index, delivery in enumerate(new.delivery_accounts):
        yield from delivery_accounts.problems_of(delivery, "input", "deliveryAccounts", str(index))


async def _add(work: UnitOfWork, new: NewOrganization, admin: create_user.NewUser) -> Onboarded:
    organization_id, name = new_id(), normalize_name(new.name)
    await work.execute(insert(Organization).values(id=organization_id, name=name))
    await work.audit(
        AuditEntry(AuditKind.ORGANIZATION_CREATED, organization_id, organization_id, changes=created({"name": name}))
    )
    await contract_accounts.add(work, organization_id, new.contract_accounts)
    await delivery_accounts.add(work, organization_id, new.delivery_accounts)
    people, kind = {admin.email: admin.details}, AuditKind.USER_CREATED
    made = await insert_users.store(work, organization_id, admin.access, people, kind)
    if not made:
        raise MutationRejected(insert_users.email_taken("admin", "email"))
    return Onboarded(organization_id, made[admin.email])
