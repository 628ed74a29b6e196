"""The accounts of an organization by their names, for who knows no ids: a file of services."""

from collections.abc import Awaitable, Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from uuid import UUID

from sqlalchemy import select

from models import ContractAccount, DeliveryAccount
from resolvers.errors import ErrorCode, Problem
from resolvers.mutations.onboarding import contract_account as contract_account_onboarding
from resolvers.mutations.onboarding import delivery_account as delivery_account_onboarding
from resolvers.mutations.onboarding.contract_account import NewContractAccount
from resolvers.mutations.onboarding.delivery_account import NewDeliveryAccount
from resolvers.transaction.unit_of_work import UnitOfWork
from resolvers.validation.business import name_problems
from resolvers.validation.person import normalize_name

Add = Callable[[UnitOfWork, UUID, Sequence[str]], Awaitable[list[UUID]]]


@dataclass
class AccountLookup:
    """The accounts of one kind. `missing` are the names that were asked for and that no account has, in order."""

    known: dict[str, list[UUID]]
    add: Add
    missing: dict[str, None] = field(default_factory=dict)

    def look_up(self, name: str, create: bool, path: tuple[str, ...]) -> Iterator[Problem]:
        """What is wrong with a name that is to stand for one account; with `create`, one that is missing is noted."""
        tidy = normalize_name(name)
        found = self.known.get(tidy, [])
        if len(found) > 1:
            message = f"{len(found)} accounts of the organization have this name."
            yield Problem(ErrorCode.INVALID, message, path)
        elif not found:
            flaws = list(name_problems(name, *path))
            yield from flaws
            if not flaws and create:
                self.missing[tidy] = None
            elif not flaws:
                yield Problem(ErrorCode.NOT_FOUND, "The organization has no account with this name.", path)

    async def make_missing(self, work: UnitOfWork, organization_id: UUID) -> None:
        """Make the accounts that are missing."""
        names = list(self.missing)
        made = await self.add(work, organization_id, names)
        self.known |= {name: [key] for name, key in zip(names, made, strict=True)}

    def key(self, name: str) -> UUID:
        """The key of the one account with this name."""
        (key,) = self.known[normalize_name(name)]
        return key


async def contract_names(work: UnitOfWork, organization_id: UUID) -> AccountLookup:
    """The contract accounts of an organization."""

    async def add(work: UnitOfWork, owner: UUID, names: Sequence[str]) -> list[UUID]:
        return await contract_account_onboarding.add(work, owner, [NewContractAccount(name) for name in names])

    return AccountLookup(await _known(work, ContractAccount, organization_id), add)


async def delivery_names(work: UnitOfWork, organization_id: UUID) -> AccountLookup:
    """The delivery accounts of an organization."""

    async def add(work: UnitOfWork, owner: UUID, names: Sequence[str]) -> list[UUID]:
        return await delivery_account_onboarding.add(work, owner, [NewDeliveryAccount(name) for name in names])

    return AccountLookup(await _known(work, DeliveryAccount, organization_id), add)


async def _known(
    work: UnitOfWork, model: type[ContractAccount | DeliveryAccount], organization_id: UUID
) -> dict[str, list[UUID]]:
    accounts: Iterable[tuple[str, UUID]] = await work.execute(
        select(model.name, model.id).where(model.organization_id == organization_id)
    )
    known: dict[str, list[UUID]] = {}
    for name, key in accounts:
        known.setdefault(name, []).append(key)
    return known
