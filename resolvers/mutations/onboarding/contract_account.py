"""Creates contract accounts, one or many."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from authz.model.actions import OrganizationAction
from models import AuditKind, ContractAccount, new_id
from resolvers.bulk_insert import insert_many
from resolvers.errors import MutationRejected, Problem, beside
from resolvers.mutations.onboarding.lock import authorize_organization
from resolvers.transaction.audit_log import AuditEntry, created
from resolvers.transaction.unit_of_work import UnitOfWork
from resolvers.validation.ascii_codes import normalize_code
from resolvers.validation.business import (
    billing_email_problems,
    currency_problems,
    name_problems,
    vat_number_problems,
)
from resolvers.validation.text import normalize_name


@dataclass(frozen=True, slots=True)
class NewContractAccount:
    """A contract account to be created. The billing email is in lower case, the currency is an ISO 4217 code."""

    name: str
    vat_number: str | None = None
    billing_email: str | None = None
    currency: str | None = None


async def create_contract_account(
    work: UnitOfWork, organization_id: UUID | None, new: NewContractAccount, malformed: Sequence[Problem] = ()
) -> UUID:
    """Create a contract account in an organization. Returns its id. `malformed` are the problems of values that are
    missing in `new` because they are malformed.

    Raises `MutationRejected` as `authorize_organization` does (alone), or with all INVALID problems.
    """
    organization = await authorize_organization(work, organization_id, OrganizationAction.CREATE_CONTRACT_ACCOUNT)
    problems = beside(malformed, contract_account_problems(new, "input"))
    if problems:
        raise MutationRejected(problems)
    (account_id,) = await add_contract_accounts(work, organization.id, [new])
    return account_id


def contract_account_problems(new: NewContractAccount, *path: str) -> Iterator[Problem]:
    """The problems of a contract account at `path` of the input."""
    yield from name_problems(new.name, *path, "name")
    yield from vat_number_problems(new.vat_number, *path, "vatNumber")
    yield from billing_email_problems(new.billing_email, *path, "billingEmail")
    yield from currency_problems(new.currency, *path, "currency")


async def add_contract_accounts(
    work: UnitOfWork, organization_id: UUID, accounts: Sequence[NewContractAccount]
) -> list[UUID]:
    """Store valid accounts, each with an audit event. Returns their ids, in order."""
    if not accounts:
        return []
    ids = [new_id() for _ in accounts]
    columns: dict[str, Sequence[Any]] = {
        "id": ids,
        "name": [normalize_name(new.name) for new in accounts],
        "vat_number": [normalize_code(new.vat_number) if new.vat_number else None for new in accounts],
        "billing_email": [new.billing_email for new in accounts],
        "currency": [new.currency for new in accounts],
    }
    await work.execute(insert_many(ContractAccount, columns, {"organization_id": organization_id}))
    kind = AuditKind.CONTRACT_ACCOUNT_CREATED
    pairs = zip(ids, accounts, strict=True)
    await work.audit(
        *(AuditEntry(kind, key, organization_id, changes=created(_audited_values(new))) for key, new in pairs)
    )
    return ids


def _audited_values(new: NewContractAccount) -> dict[str, Any]:
    # Only which billing details are set, not their values: not everyone who reads the trail may see those.
    details = {"vatNumber": new.vat_number, "billingEmail": new.billing_email, "currency": new.currency}
    billing = [field for field, value in details.items() if value is not None]
    return {"name": normalize_name(new.name), "billing": billing or None}
