"""Many services at once, from lines of text: all of them are stored, or none.

Every line is looked at, so that all that is wrong is told at once. What is stored goes in by a few INSERTs of some
thousand rows. Imports into one organization run one after the other: each finds the accounts that the other made.
"""

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Any
from uuid import UUID

from authz.model.resources import OrganizationAction
from models import AuditKind, Service, new_id
from resolvers.bulk_insert import insert_many
from resolvers.callers.caller import Caller
from resolvers.errors import ErrorCode, MutationRejected, Problem
from resolvers.mutations.onboarding.account_lookup import AccountLookup, contract_names, delivery_names
from resolvers.mutations.onboarding.lock import authorize_named_organization
from resolvers.mutations.onboarding.service import code_taken, taken_codes
from resolvers.transaction.audit_log import AuditEntry, created
from resolvers.transaction.unit_of_work import MutationContext, UnitOfWork, run_in_transaction
from resolvers.validation.business import code_problems, country_problems, name_problems, status_problems
from resolvers.validation.person import normalize_name

BATCH = 5_000
"""Rows of one INSERT."""


class ImportColumn(StrEnum):
    """What a line says of its service."""

    CODE = "code"
    NAME = "name"
    STATUS = "status"
    CONTRACT_ACCOUNT = "contract_account"
    DELIVERY_ACCOUNT = "delivery_account"
    CITY = "city"
    COUNTRY = "country"


@dataclass(frozen=True, slots=True)
class ServiceLine:
    """One service as text, by the `ImportColumn`s; accounts by their names. `number` is that of the line, from 1."""

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
    """What was read: the lines, and what is wrong with those that could not be read."""

    lines: Sequence[ServiceLine]
    problems: Sequence[Problem] = ()


@dataclass(frozen=True, slots=True)
class ImportOptions:
    """How to import: make accounts that are missing, or only say what would happen."""

    create_accounts: bool = False
    dry_run: bool = False


@dataclass(frozen=True, slots=True)
class ImportCounts:
    """How much was stored; of a dry run, how much would have been."""

    services: int
    contract_accounts: int
    delivery_accounts: int


Report = Callable[[int], None]


def line_path(number: int, column: str) -> tuple[str, ...]:
    """The path of a problem with a line."""
    return ("lines", str(number), column)


async def import_services(
    writing: MutationContext,
    caller: Caller,
    organization: str,
    given: ServiceLines,
    options: ImportOptions = ImportOptions(),
    *,
    report: Report = lambda stored: None,
) -> ImportCounts:
    """Store the services of all lines in an organization, which is named by its public id or its exact name.

    Without an actor the caller is the operator, who has the database anyway; an actor must be allowed to. `report` is
    called with the number of services that were just stored. Raises `MutationRejected`: NOT_FOUND, FORBIDDEN or
    INVALID for the
    organization (alone); and otherwise for each line, with its `line_path`: INVALID, CODE_TAKEN, NOT_FOUND for an
    account.
    """
    problems = [*given.problems, *_flaws(given.lines)]

    async def run(work: UnitOfWork) -> ImportCounts:
        return await _Import(work, given.lines, options, report).run(organization, problems)

    return await run_in_transaction(writing, caller, run)


def _flaws(lines: Iterable[ServiceLine]) -> Iterator[Problem]:
    """What is wrong with the lines, whatever is in the database."""
    first: dict[str, int] = {}
    for line in lines:
        number = line.number
        yield from code_problems(line.code, *line_path(number, ImportColumn.CODE))
        yield from name_problems(line.name, *line_path(number, ImportColumn.NAME))
        yield from status_problems(line.status, *line_path(number, ImportColumn.STATUS))
        yield from name_problems(line.city, *line_path(number, ImportColumn.CITY))
        yield from country_problems(line.country, *line_path(number, ImportColumn.COUNTRY))
        earlier = first.setdefault(line.code, number)
        if earlier != number:
            message = f"Line {earlier} has this code, too."
            yield Problem(ErrorCode.CODE_TAKEN, message, line_path(number, ImportColumn.CODE))


class _Import:
    """One import, in one unit of work."""

    def __init__(self, work: UnitOfWork, lines: Sequence[ServiceLine], options: ImportOptions, report: Report) -> None:
        self.work, self.lines, self.options, self.report = work, lines, options, report

    async def run(self, organization: str, flaws: Sequence[Problem]) -> ImportCounts:
        actions = [OrganizationAction.CREATE_SERVICE]
        if self.options.create_accounts:
            actions += [OrganizationAction.CREATE_CONTRACT_ACCOUNT, OrganizationAction.CREATE_DELIVERY_ACCOUNT]
        organization_id = await authorize_named_organization(self.work, organization, *actions)
        contracts = await contract_names(self.work, organization_id)
        deliveries = await delivery_names(self.work, organization_id)
        problems = [*flaws, *self._unknown(contracts, deliveries), *await self._taken(organization_id)]
        if problems:
            raise MutationRejected(problems)
        imported = ImportCounts(len(self.lines), len(contracts.missing), len(deliveries.missing))
        if not self.options.dry_run:
            await contracts.make_missing(self.work, organization_id)
            await deliveries.make_missing(self.work, organization_id)
            await self._store(organization_id, contracts, deliveries)
            await self._audit(organization_id, imported)
        return imported

    def _unknown(self, contracts: AccountLookup, deliveries: AccountLookup) -> Iterator[Problem]:
        create = self.options.create_accounts
        for line in self.lines:
            path = line_path(line.number, ImportColumn.CONTRACT_ACCOUNT)
            yield from contracts.look_up(line.contract_account, create, path)
            path = line_path(line.number, ImportColumn.DELIVERY_ACCOUNT)
            yield from deliveries.look_up(line.delivery_account, create, path)

    async def _taken(self, organization_id: UUID) -> list[Problem]:
        taken = await taken_codes(self.work, organization_id, [line.code for line in self.lines])
        return [_taken(line) for line in self.lines if line.code in taken]

    async def _store(self, organization_id: UUID, contracts: AccountLookup, deliveries: AccountLookup) -> None:
        work = self.work
        for start in range(0, len(self.lines), BATCH):
            lines = self.lines[start : start + BATCH]
            each: dict[str, Sequence[Any]] = {
                "id": [new_id() for _ in lines],
                "contract_account_id": [contracts.key(line.contract_account) for line in lines],
                "delivery_account_id": [deliveries.key(line.delivery_account) for line in lines],
                "code": [line.code for line in lines],
                "name": [normalize_name(line.name) for line in lines],
                "status": [line.status for line in lines],
                "city": [normalize_name(line.city) for line in lines],
                "country": [line.country for line in lines],
            }
            rows = insert_many(Service, each, {"organization_id": organization_id})
            # When another transaction is about to store the same code, this waits for it and then finds it taken.
            rows = rows.on_conflict_do_nothing(constraint="uq_services_organization_id_code")
            stored = set((await work.execute(rows.returning(Service.code))).scalars())
            if len(stored) < len(lines):
                raise MutationRejected(_taken(line) for line in lines if line.code not in stored)
            self.report(len(lines))

    async def _audit(self, organization_id: UUID, imported: ImportCounts) -> None:
        counts = {
            "services": imported.services,
            "contractAccounts": imported.contract_accounts or None,
            "deliveryAccounts": imported.delivery_accounts or None,
        }
        kind = AuditKind.SERVICES_IMPORTED
        await self.work.audit(AuditEntry(kind, organization_id, organization_id, changes=created(counts)))


def _taken(line: ServiceLine) -> Problem:
    return code_taken(*line_path(line.number, ImportColumn.CODE))
