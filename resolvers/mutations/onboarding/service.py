"""Creates a single service. `service_import.py` creates many at once."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from sqlalchemy import Text, any_, literal, select, true
from sqlalchemy.dialects.postgresql import ARRAY, insert

from authz.model.actions import VIEW, OrganizationAction
from models import AuditKind, ContractAccount, DeliveryAccount, Service, ServiceStatus, new_id
from resolvers import public_id
from resolvers.errors import ErrorCode, MutationRejected, Problem
from resolvers.mutations.onboarding.lock import AuthorizedOrganization, authorize_organization
from resolvers.transaction.audit_log import AuditEntry, created
from resolvers.transaction.unit_of_work import UnitOfWork
from resolvers.validation.business import code_problems, country_problems, name_problems
from resolvers.validation.text import normalize_name


@dataclass(frozen=True, slots=True)
class NewService:
    """A service to be created. An account id of None is not found."""

    code: str
    name: str
    city: str
    country: str
    contract_account: UUID | None
    delivery_account: UUID | None
    status: ServiceStatus = ServiceStatus.ACTIVE


async def create_service(work: UnitOfWork, organization_id: UUID | None, new: NewService) -> UUID:
    """Create a service in an organization. Returns its id.

    Raises `MutationRejected` as `authorize_organization` does (alone), or with all problems: INVALID, also for an
    account of another organization; NOT_FOUND for an account that the caller cannot see; CODE_TAKEN.
    """
    organization = await authorize_organization(work, organization_id, OrganizationAction.CREATE_SERVICE)
    problems = [
        *service_problems(new),
        *await _account_problems(work, organization, ContractAccount, new.contract_account, "contractAccount"),
        *await _account_problems(work, organization, DeliveryAccount, new.delivery_account, "deliveryAccount"),
        *await _code_problems(work, organization, new.code),
    ]
    if problems:
        raise MutationRejected(problems)
    return await _store(work, organization, new)


def service_problems(new: NewService) -> Iterator[Problem]:
    """The problems of the service's own values."""
    yield from code_problems(new.code, "input", "code")
    yield from name_problems(new.name, "input", "name")
    yield from name_problems(new.city, "input", "city")
    yield from country_problems(new.country, "input", "country")


async def _account_problems(
    work: UnitOfWork,
    organization: AuthorizedOrganization,
    model: type[ContractAccount | DeliveryAccount],
    key: UUID | None,
    field: str,
) -> list[Problem]:
    row, path = model.__table__.alias(), ("input", field)
    is_own = (row.c.organization_id == organization.id).is_(true())
    statement = select(is_own).where(row.c.id == key, organization.access.may(VIEW, model, row))
    account_is_own = (await work.execute_as(organization.actor, statement)).scalar()
    if account_is_own is None:
        return [Problem(ErrorCode.NOT_FOUND, "No account with this ID is visible to you.", path)]
    return [] if account_is_own else [Problem(ErrorCode.INVALID, "This account belongs to another organization.", path)]


async def find_taken_codes(work: UnitOfWork, organization_id: UUID, codes: Sequence[str]) -> frozenset[str]:
    """Those of `codes` that services of the organization already have."""
    storable = [code for code in codes if not any(code_problems(code))]
    matches = Service.code == any_(literal(storable, ARRAY(Text(collation="C"))))
    taken = await work.execute(select(Service.code).where(Service.organization_id == organization_id, matches))
    return frozenset(taken.scalars())


def code_taken_problem(*path: str) -> Problem:
    """The problem that the code at `path` is taken."""
    return Problem(ErrorCode.CODE_TAKEN, "The organization already has a service with this code.", path)


async def _code_problems(work: UnitOfWork, organization: AuthorizedOrganization, code: str) -> list[Problem]:
    return [code_taken_problem("input", "code")] if await find_taken_codes(work, organization.id, [code]) else []


async def _store(work: UnitOfWork, organization: AuthorizedOrganization, new: NewService) -> UUID:
    values = {
        "code": new.code,
        "name": normalize_name(new.name),
        "status": new.status.value,
        "city": normalize_name(new.city),
        "country": new.country,
    }
    # If another transaction is storing the same code, this waits for it and then finds the code taken.
    statement = (
        insert(Service)
        .values(
            id=new_id(),
            organization_id=organization.id,
            contract_account_id=new.contract_account,
            delivery_account_id=new.delivery_account,
            **values,
        )
        .on_conflict_do_nothing()
        .returning(Service.id)
    )
    service_id: UUID | None = (await work.execute(statement)).scalar()
    if service_id is None:
        raise MutationRejected(code_taken_problem("input", "code"))
    changes = created(values | _account_public_ids(new))
    await work.audit(AuditEntry(AuditKind.SERVICE_CREATED, service_id, organization.id, changes=changes))
    return service_id


def _account_public_ids(new: NewService) -> dict[str, Any]:
    keys = {
        "contractAccount": (ContractAccount, new.contract_account),
        "deliveryAccount": (DeliveryAccount, new.delivery_account),
    }
    return {field: public_id.encode(model, key) for field, (model, key) in keys.items() if key}
