"""Finds the accounts of an organization by name, for the import of services, whose lines name no ids."""

from collections.abc import Awaitable, Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from uuid import UUID

from sqlalchemy import select

from models import ContractAccount, DeliveryAccount
from resolvers.errors import ErrorCode, Problem
from resolvers.mutations.onboarding.contract_account import NewContractAccount, add_contract_accounts
from resolvers.mutations.onboarding.delivery_account import NewDeliveryAccount, add_delivery_accounts
from resolvers.transaction.unit_of_work import UnitOfWork
from resolvers.validation.business import name_problems
from resolvers.validation.text import normalize_name

CreateAccounts = Callable[[UnitOfWork, UUID, Sequence[str]], Awaitable[list[UUID]]]


@dataclass
class AccountLookup:
    """The accounts of one kind by name. `missing` are the names to create accounts for, in the order of the lines."""

    keys_by_name: dict[str, list[UUID]]
    create: CreateAccounts
    missing: dict[str, None] = field(default_factory=dict)

    def name_problems(self, name: str, create_missing: bool, path: tuple[str, ...]) -> Iterator[Problem]:
        """The problems of a name that must identify one account. With `create_missing`, an unknown valid name is no
        problem, but added to `missing`."""
        normalized = normalize_name(name)
        keys = self.keys_by_name.get(normalized, [])
        if len(keys) > 1:
            message = f"{len(keys)} accounts of the organization have this name."
            yield Problem(ErrorCode.INVALID, message, path)
        elif not keys:
            problems = list(name_problems(name, *path))
            yield from problems
            if not problems and create_missing:
                self.missing[normalized] = None
            elif not problems:
                yield Problem(ErrorCode.NOT_FOUND, "The organization has no account with this name.", path)

    async def create_missing(self, work: UnitOfWork, organization_id: UUID) -> None:
        """Create the missing accounts."""
        names = list(self.missing)
        keys = await self.create(work, organization_id, names)
        self.keys_by_name |= {name: [key] for name, key in zip(names, keys, strict=True)}

    def key(self, name: str) -> UUID:
        """The id of the only account with this name."""
        (key,) = self.keys_by_name[normalize_name(name)]
        return key


async def contract_account_lookup(work: UnitOfWork, organization_id: UUID) -> AccountLookup:
    """The lookup of the contract accounts of an organization."""

    async def create(work: UnitOfWork, owner: UUID, names: Sequence[str]) -> list[UUID]:
        return await add_contract_accounts(work, owner, [NewContractAccount(name) for name in names])

    return AccountLookup(await _keys_by_name(work, ContractAccount, organization_id), create)


async def delivery_account_lookup(work: UnitOfWork, organization_id: UUID) -> AccountLookup:
    """The lookup of the delivery accounts of an organization."""

    async def create(work: UnitOfWork, owner: UUID, names: Sequence[str]) -> list[UUID]:
        return await add_delivery_accounts(work, owner, [NewDeliveryAccount(name) for name in names])

    return AccountLookup(await _keys_by_name(work, DeliveryAccount, organization_id), create)


async def _keys_by_name(
    work: UnitOfWork, model: type[ContractAccount | DeliveryAccount], organization_id: UUID
) -> dict[str, list[UUID]]:
    accounts: Iterable[tuple[str, UUID]] = await work.execute(
        select(model.name, model.id).where(model.organization_id == organization_id)
    )
    keys_by_name: dict[str, list[UUID]] = {}
    for name, key in accounts:
        keys_by_name.setdefault(name, []).append(key)
    return keys_by_name
