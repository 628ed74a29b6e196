"""What is done to contract accounts: create."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from authz.model.resources import OrganizationAction
from models import AuditKind, ContractAccount, new_id
from resolvers.bulk_insert import insert_many
from resolvers.errors import MutationRejected, Problem
from resolvers.mutations.onboarding.lock import authorize_organization
from resolvers.transaction.audit_log import AuditEntry, created
from resolvers.transaction.unit_of_work import UnitOfWork
from resolvers.validation.business import (
    billing_email_problems,
    currency_problems,
    name_problems,
    normalize_vat_number,
    vat_number_problems,
)
from resolvers.validation.person import normalize_name


@dataclass(frozen=True, slots=True)
class NewContractAccount:
    """A contract account to be made. The billing email is in lower case, the currency in ISO 4217."""

    name: str
    vat_number: str | None = None
    billing_email: str | None = None
    currency: str | None = None


async def create(work: UnitOfWork, organization_id: UUID | None, new: NewContractAccount) -> UUID:
    """Make a contract account in an organization; returns its id.

    Raises `MutationRejected` as `authorize_organization` does (alone), and INVALID with everything that is wrong.
    """
    opened = await authorize_organization(work, organization_id, OrganizationAction.CREATE_CONTRACT_ACCOUNT)
    problems = list(problems_of(new, "input"))
    if problems:
        raise MutationRejected(problems)
    (account_id,) = await add(work, opened.id, [new])
    return account_id


def problems_of(new: NewContractAccount, *path: str) -> Iterator[Problem]:
    """What is wrong with a contract account that stands at `path` of the input."""
    yield from name_problems(new.name, *path, "name")
    yield from vat_number_problems(new.vat_number, *path, "vatNumber")
    yield from billing_email_problems(new.billing_email, *path, "billingEmail")
    yield from currency_problems(new.currency, *path, "currency")


async def add(work: UnitOfWork, organization_id: UUID, accounts: Sequence[NewContractAccount]) -> list[UUID]:
    """Store accounts that nothing is wrong with, each with its audit event; returns their ids, in order."""
    if not accounts:
        return []
    ids = [new_id() for _ in accounts]
    each: dict[str, Sequence[Any]] = {
        "id": ids,
        "name": [normalize_name(new.name) for new in accounts],
        "vat_number": [normalize_vat_number(new.vat_number) if new.vat_number else None for new in accounts],
        "billing_email": [new.billing_email for new in accounts],
        "currency": [new.currency for new in accounts],
    }
    await work.execute(insert_many(ContractAccount, each, {"organization_id": organization_id}))
    kind = AuditKind.CONTRACT_ACCOUNT_CREATED
    made = zip(ids, accounts, strict=True)
    await work.audit(*(AuditEntry(kind, key, organization_id, changes=created(_audited(new))) for key, new in made))
    return ids


def _audited(new: NewContractAccount) -> dict[str, Any]:
    # Which billing details there are, and not what they say: not all who read the trail may see those.
    given = {"vatNumber": new.vat_number, "billingEmail": new.billing_email, "currency": new.currency}
    billing = [field for field, value in given.items() if value is not None]
    return {"name": normalize_name(new.name), "billing": billing or None}
