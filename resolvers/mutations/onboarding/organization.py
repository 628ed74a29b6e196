"""Creates organizations, with their accounts and first admin."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Final
from uuid import UUID

from sqlalchemy import insert

from models import Audience, AuditKind, Organization, Permission, UserKind, new_id
from resolvers.access.account_access import AccountAccess
from resolvers.errors import ErrorCode, MutationRejected, Problem, beside
from resolvers.mutations.onboarding.contract_account import (
    NewContractAccount,
    add_contract_accounts,
    contract_account_problems,
)
from resolvers.mutations.onboarding.delivery_account import (
    NewDeliveryAccount,
    add_delivery_accounts,
    delivery_account_problems,
)
from resolvers.mutations.users.create import NewUser, new_user_problems
from resolvers.mutations.users.insert import email_taken_problem, find_taken_emails, store_users
from resolvers.rate_limits.limiter import CountedMails
from resolvers.transaction.audit_log import AuditEntry, created
from resolvers.transaction.unit_of_work import UnitOfWork
from resolvers.validation.business import name_problems
from resolvers.validation.text import is_email, normalize_name

FULL_ACCESS = AccountAccess(
    audience=Audience.ORGANIZATION,
    permissions=tuple(Permission),
    all_contract_accounts=True,
    all_delivery_accounts=True,
)
"""The access of the first admin of an organization."""

ADMIN_EMAIL: Final = ("input", "admin", "email")


@dataclass(frozen=True, slots=True)
class FirstAdmin:
    """The first admin of a new organization. The values have the format of `NewUser`."""

    email: str
    first_name: str
    last_name: str
    kind: UserKind = UserKind.PERSONAL
    phone: str | None = None
    country: str | None = None


@dataclass(frozen=True, slots=True)
class NewOrganization:
    """An organization to be created, with its first accounts and admin. `malformed` are the problems of values that are
    none, in place of which there is no valid value."""

    name: str
    admin: FirstAdmin
    contract_accounts: tuple[NewContractAccount, ...] = ()
    delivery_accounts: tuple[NewDeliveryAccount, ...] = ()
    malformed: Sequence[Problem] = ()


@dataclass(frozen=True, slots=True)
class OnboardedOrganization:
    """The ids of a new organization and its first admin."""

    organization_id: UUID
    admin_id: UUID


async def create_organization(work: UnitOfWork, new: NewOrganization) -> OnboardedOrganization:
    """Create an organization with its accounts and a pending first admin, who has full access to it and is sent the
    activation mail.

    Raises `MutationRejected` with all problems: UNAUTHENTICATED, FORBIDDEN or RATE_LIMITED (alone), INVALID,
    EMAIL_TAKEN.
    """
    actor, access = await work.lock_actor()
    if not access.creates_organizations:
        raise MutationRejected(Problem(ErrorCode.FORBIDDEN, "You may not create organizations.", ("input",)))
    admin = _admin_as_user(new.admin)
    taken = await find_taken_emails(work, [admin.email] if is_email(admin.email) else [])
    admin_problems = [problem.within("admin") for problem in new_user_problems(admin, taken)]
    problems = beside(new.malformed, [*_organization_problems(new), *admin_problems])
    mails = work.mail_batch([] if problems else [(admin.email, ADMIN_EMAIL)])
    async with work.context.limits.create_user(actor.id, ADMIN_EMAIL, mails) as counted:
        if problems:
            raise MutationRejected(problems)
        return await _store(work, new, admin, counted)


def _admin_as_user(new: FirstAdmin) -> NewUser:
    return NewUser(
        email=new.email,
        first_name=new.first_name,
        last_name=new.last_name,
        kind=new.kind,
        phone=new.phone,
        country=new.country,
        access=FULL_ACCESS,
    )


def _organization_problems(new: NewOrganization) -> Iterator[Problem]:
    yield from name_problems(new.name, "input", "name")
    for index, contract in enumerate(new.contract_accounts):
        yield from contract_account_problems(contract, "input", "contractAccounts", str(index))
    for index, delivery in enumerate(new.delivery_accounts):
        yield from delivery_account_problems(delivery, "input", "deliveryAccounts", str(index))


async def _store(work: UnitOfWork, new: NewOrganization, admin: NewUser, mails: CountedMails) -> OnboardedOrganization:
    organization_id, name = new_id(), normalize_name(new.name)
    await work.execute(insert(Organization).values(id=organization_id, name=name))
    await work.audit(
        AuditEntry(AuditKind.ORGANIZATION_CREATED, organization_id, organization_id, changes=created({"name": name}))
    )
    await add_contract_accounts(work, organization_id, new.contract_accounts)
    await add_delivery_accounts(work, organization_id, new.delivery_accounts)
    details, kind = {admin.email: admin.details}, AuditKind.USER_CREATED
    user_ids = await store_users(
        work, organization_id, admin.access, details, kind, path_of=lambda _: ADMIN_EMAIL, mails=mails
    )
    if not user_ids:
        raise MutationRejected(email_taken_problem("admin", "email"))
    return OnboardedOrganization(organization_id, user_ids[admin.email])
