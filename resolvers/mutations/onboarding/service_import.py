"""Imports many services from lines of text: all of them, or none.

Every line is checked, so all problems are reported at once. The services are stored in a few INSERTs of some thousand
rows each. Imports into one organization run one after the other, so each finds the accounts that earlier ones created.
"""

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Any
from uuid import UUID

from authz.model.actions import OrganizationAction
from models import AuditKind, Organization, Service, new_id
from resolvers import public_id
from resolvers.bulk_insert import insert_many
from resolvers.callers.caller import Caller
from resolvers.errors import ErrorCode, MutationRejected, Problem
from resolvers.mutations.onboarding.account_lookup import (
    AccountLookup,
    contract_account_lookup,
    delivery_account_lookup,
)
from resolvers.mutations.onboarding.lock import authorize_named_organization
from resolvers.mutations.onboarding.service import code_taken_problem, find_taken_codes
from resolvers.transaction.audit_log import AuditEntry, created
from resolvers.transaction.context import MutationContext
from resolvers.transaction.unit_of_work import UnitOfWork, run_in_transaction
from resolvers.validation.business import code_problems, country_problems, name_problems, status_problems
from resolvers.validation.text import normalize_name

BATCH = 5_000
"""The maximum number of rows in one INSERT."""


class ImportColumn(StrEnum):
    """The columns of a line."""

    CODE = "code"
    NAME = "name"
    STATUS = "status"
    CONTRACT_ACCOUNT = "contract_account"
    DELIVERY_ACCOUNT = "delivery_account"
    CITY = "city"
    COUNTRY = "country"


@dataclass(frozen=True, slots=True)
class ServiceLine:
    """One service as text, in the `ImportColumn`s, with accounts by name. `number` is the line number, from 1."""

    number: int
    code: str
    name: str
    status: str
    contract_account: str
    delivery_account: str
    city: str
    country: str


@dataclass(frozen=True, slots=True)
class ServiceLines:
    """The lines that were read, and the problems of those that could not be read."""

    lines: Sequence[ServiceLine]
    problems: Sequence[Problem] = ()


@dataclass(frozen=True, slots=True)
class ImportOptions:
    """How to import: whether to create missing accounts, and whether to only report what would happen."""

    create_accounts: bool = False
    dry_run: bool = False


@dataclass(frozen=True, slots=True)
class ImportCounts:
    """The numbers of stored rows, or in a dry run, of rows that would have been stored."""

    services: int
    contract_accounts: int
    delivery_accounts: int


Report = Callable[[int], None]


def _unreported(stored: int) -> None:
    """Nobody follows the progress."""


def line_path(number: int, column: str) -> tuple[str, ...]:
    """The path of a problem in a line."""
    return ("lines", str(number), column)


async def import_services(
    context: MutationContext,
    caller: Caller,
    organization: str,
    service_lines: ServiceLines,
    options: ImportOptions = ImportOptions(),
    *,
    report: Report = _unreported,
) -> ImportCounts:
    """Store the services of all lines in the organization with this public id or exact name.

    A caller without an actor is the operator, who has the database anyway; an actor needs permission. `report` is
    called with the number of services just stored. Raises `MutationRejected`: NOT_FOUND, FORBIDDEN or INVALID for the
    organization (alone), or with the problems of all lines at their `line_path`: INVALID, CODE_TAKEN, NOT_FOUND for an
    account.
    """
    problems = _all_problems(service_lines)

    async def run(work: UnitOfWork) -> ImportCounts:
        return await _Import(work, service_lines.lines, options, report).run(organization, problems)

    return await run_in_transaction(context, caller, run)


async def import_as_actor(
    work: UnitOfWork, organization_id: UUID | None, service_lines: ServiceLines, options: ImportOptions
) -> ImportCounts:
    """The same in a unit of work, for a caller who is not the operator: without an actor, raises `MutationRejected`
    (UNAUTHENTICATED). An `organization_id` of None is not found."""
    await work.lock_actor()
    organization = "" if organization_id is None else public_id.encode(Organization, organization_id)
    run = _Import(work, service_lines.lines, options, _unreported).run
    return await run(organization, _all_problems(service_lines))


def _all_problems(service_lines: ServiceLines) -> list[Problem]:
    """The problems of the lines that do not depend on the database."""
    return [*service_lines.problems, *_line_problems(service_lines.lines)]


def _line_problems(lines: Iterable[ServiceLine]) -> Iterator[Problem]:
    first_lines: dict[str, int] = {}
    for line in lines:
        number = line.number
        yield from code_problems(line.code, *line_path(number, ImportColumn.CODE))
        yield from name_problems(line.name, *line_path(number, ImportColumn.NAME))
        yield from status_problems(line.status, *line_path(number, ImportColumn.STATUS))
        yield from name_problems(line.city, *line_path(number, ImportColumn.CITY))
        yield from country_problems(line.country, *line_path(number, ImportColumn.COUNTRY))
        earlier = first_lines.setdefault(line.code, number)
        if earlier != number:
            message = f"Line {earlier} has the same code."
            yield Problem(ErrorCode.CODE_TAKEN, message, line_path(number, ImportColumn.CODE))


class _Import:
    """One import, in one unit of work."""

    def __init__(self, work: UnitOfWork, lines: Sequence[ServiceLine], options: ImportOptions, report: Report) -> None:
        self.work, self.lines, self.options, self.report = work, lines, options, report

    async def run(self, organization: str, line_problems: Sequence[Problem]) -> ImportCounts:
        actions = [OrganizationAction.CREATE_SERVICE]
        if self.options.create_accounts:
            actions += [OrganizationAction.CREATE_CONTRACT_ACCOUNT, OrganizationAction.CREATE_DELIVERY_ACCOUNT]
        organization_id = await authorize_named_organization(self.work, organization, *actions)
        contracts = await contract_account_lookup(self.work, organization_id)
        deliveries = await delivery_account_lookup(self.work, organization_id)
        problems = [
            *line_problems,
            *self._account_problems(contracts, deliveries),
            *await self._code_problems(organization_id),
        ]
        if problems:
            raise MutationRejected(problems)
        counts = ImportCounts(len(self.lines), len(contracts.missing), len(deliveries.missing))
        if not self.options.dry_run:
            await contracts.create_missing(self.work, organization_id)
            await deliveries.create_missing(self.work, organization_id)
            await self._store(organization_id, contracts, deliveries)
            await self._audit(organization_id, counts)
        return counts

    def _account_problems(self, contracts: AccountLookup, deliveries: AccountLookup) -> Iterator[Problem]:
        create_missing = self.options.create_accounts
        for line in self.lines:
            path = line_path(line.number, ImportColumn.CONTRACT_ACCOUNT)
            yield from contracts.name_problems(line.contract_account, create_missing, path)
            path = line_path(line.number, ImportColumn.DELIVERY_ACCOUNT)
            yield from deliveries.name_problems(line.delivery_account, create_missing, path)

    async def _code_problems(self, organization_id: UUID) -> list[Problem]:
        taken = await find_taken_codes(self.work, organization_id, [line.code for line in self.lines])
        return [_code_taken(line) for line in self.lines if line.code in taken]

    async def _store(self, organization_id: UUID, contracts: AccountLookup, deliveries: AccountLookup) -> None:
        work = self.work
        for start in range(0, len(self.lines), BATCH):
            lines = self.lines[start : start + BATCH]
            columns: dict[str, Sequence[Any]] = {
                "id": [new_id() for _ in lines],
                "contract_account_id": [contracts.key(line.contract_account) for line in lines],
                "delivery_account_id": [deliveries.key(line.delivery_account) for line in lines],
                "code": [line.code for line in lines],
                "name": [normalize_name(line.name) for line in lines],
                "status": [line.status for line in lines],
                "city": [normalize_name(line.city) for line in lines],
                "country": [line.country for line in lines],
            }
            rows = insert_many(Service, columns, {"organization_id": organization_id})
            # If another transaction is storing the same code, this waits for it and then finds it taken.
            rows = rows.on_conflict_do_nothing()
            stored = set((await work.execute(rows.returning(Service.code))).scalars())
            if len(stored) < len(lines):
                raise MutationRejected(_code_taken(line) for line in lines if line.code not in stored)
            self.report(len(lines))

    async def _audit(self, organization_id: UUID, counts: ImportCounts) -> None:
        values = {
            "services": counts.services,
            "contractAccounts": counts.contract_accounts or None,
            "deliveryAccounts": counts.delivery_accounts or None,
        }
        kind = AuditKind.SERVICES_IMPORTED
        await self.work.audit(AuditEntry(kind, organization_id, organization_id, changes=created(values)))


def _code_taken(line: ServiceLine) -> Problem:
    return code_taken_problem(*line_path(line.number, ImportColumn.CODE))
