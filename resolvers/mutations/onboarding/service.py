"""What is done to services: create one by one. Many at once come in by
`resolvers/mutations/onboarding/service_import.py`."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from sqlalchemy import Text, any_, literal, select, true
from sqlalchemy.dialects.postgresql import ARRAY, insert

from authz.model.resources import VIEW, OrganizationAction
from models import AuditKind, ContractAccount, DeliveryAccount, Service, ServiceStatus, new_id
from resolvers import public_id
from resolvers.errors import ErrorCode, MutationRejected, Problem
from resolvers.mutations.onboarding.lock import AuthorizedOrganization, authorize_organization
from resolvers.transaction.audit_log import AuditEntry, created
from resolvers.transaction.unit_of_work import UnitOfWork
from resolvers.validation.business import code_problems, country_problems, name_problems
from resolvers.validation.person import normalize_name


@dataclass(frozen=True, slots=True)
class NewService:
    """A service to be made. None stands for an id that can be no such account's."""

    code: str
    name: str
    city: str
    country: str
    contract_account: UUID | None
    delivery_account: UUID | None
    status: ServiceStatus = ServiceStatus.ACTIVE


async def create(work: UnitOfWork, organization_id: UUID | None, new: NewService) -> UUID:
    """Make a service in an organization; returns its id.

    Raises `MutationRejected` as `authorize_organization` does (alone), and otherwise with everything that is wrong:
    INVALID, among it
    an account of another organization; NOT_FOUND for an account that the caller does not see; CODE_TAKEN.
    """
    opened = await authorize_organization(work, organization_id, OrganizationAction.CREATE_SERVICE)
    problems = [
        *problems_of(new),
        *await _account_problems(work, opened, ContractAccount, new.contract_account, "contractAccount"),
        *await _account_problems(work, opened, DeliveryAccount, new.delivery_account, "deliveryAccount"),
        *await _code_taken(work, opened, new.code),
    ]
    if problems:
        raise MutationRejected(problems)
    return await _insert(work, opened, new)


def problems_of(new: NewService) -> Iterator[Problem]:
    """What is wrong with what is said of the service itself."""
    yield from code_problems(new.code, "input", "code")
    yield from name_problems(new.name, "input", "name")
    yield from name_problems(new.city, "input", "city")
    yield from country_problems(new.country, "input", "country")


async def _account_problems(
    work: UnitOfWork,
    opened: AuthorizedOrganization,
    model: type[ContractAccount | DeliveryAccount],
    key: UUID | None,
    field: str,
) -> list[Problem]:
    row, path = model.__table__.alias(), ("input", field)
    own = (row.c.organization_id == opened.id).is_(true())
    seen = select(own).where(row.c.id == key, opened.access.may(VIEW, model, row))
    found = (await work.execute_as(opened.actor, seen)).scalar()
    if found is None:
        return [Problem(ErrorCode.NOT_FOUND, "There is no such account that you can see.", path)]
    return [] if found else [Problem(ErrorCode.INVALID, "This account is another organization's.", path)]


async def taken_codes(work: UnitOfWork, organization_id: UUID, codes: Sequence[str]) -> frozenset[str]:
    """Those of `codes` that services of the organization have."""
    storable = [code for code in codes if not any(code_problems(code))]
    among = Service.code == any_(literal(storable, ARRAY(Text(collation="C"))))
    found = await work.execute(select(Service.code).where(Service.organization_id == organization_id, among))
    return frozenset(found.scalars())


def code_taken(*path: str) -> Problem:
    """That the code at `path` is taken."""
    return Problem(ErrorCode.CODE_TAKEN, "The organization has a service with this code already.", path)


async def _code_taken(work: UnitOfWork, opened: AuthorizedOrganization, code: str) -> list[Problem]:
    return [code_taken("input", "code")] if await taken_codes(work, opened.id, [code]) else []


async def _insert(work: UnitOfWork, opened: AuthorizedOrganization, new: NewService) -> UUID:
    values = {
        "code": new.code,
        "name": normalize_name(new.name),
        "status": new.status.value,
        "city": normalize_name(new.city),
        "country": new.country,
    }
    # When another transaction is about to store the same code, this waits for it and then finds the code taken.
    statement = (
        insert(Service)
        .values(
            id=new_id(),
            organization_id=opened.id,
            contract_account_id=new.contract_account,
            delivery_account_id=new.delivery_account,
            **values,
        )
        .on_conflict_do_nothing(constraint="uq_services_organization_id_code")
        .returning(Service.id)
    )
    service_id: UUID | None = (await work.execute(statement)).scalar()
    if service_id is None:
        raise MutationRejected(code_taken("input", "code"))
    changes = created(values | _accounts(new))
    await work.audit(AuditEntry(AuditKind.SERVICE_CREATED, service_id, opened.id, changes=changes))
    return service_id


def _accounts(new: NewService) -> dict[str, Any]:
    keys = {"contractAccount": ("ca", new.contract_account), "deliveryAccount": ("da", new.delivery_account)}
    return {field: public_id.encode(prefix, key) for field, (prefix, key) in keys.items() if key}
