"""What is done to delivery accounts: create."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from uuid import UUID

from authz.model.resources import OrganizationAction
from models import AuditKind, DeliveryAccount, new_id
from resolvers.bulk_insert import insert_many
from resolvers.errors import MutationRejected, Problem
from resolvers.mutations.onboarding.lock import authorize_organization
from resolvers.transaction.audit_log import AuditEntry, created
from resolvers.transaction.unit_of_work import UnitOfWork
from resolvers.validation.business import name_problems
from resolvers.validation.person import normalize_name


@dataclass(frozen=True, slots=True)
class NewDeliveryAccount:
    """A delivery account to be made."""

    name: str


async def create(work: UnitOfWork, organization_id: UUID | None, new: NewDeliveryAccount) -> UUID:
    """Make a delivery account in an organization; returns its id.

    Raises `MutationRejected` as `authorize_organization` does (alone), and INVALID with everything that is wrong.
    """
    opened = await authorize_organization(work, organization_id, OrganizationAction.CREATE_DELIVERY_ACCOUNT)
    problems = list(problems_of(new, "input"))
    if problems:
        raise MutationRejected(problems)
    (account_id,) = await add(work, opened.id, [new])
    return account_id


def problems_of(new: NewDeliveryAccount, *path: str) -> Iterator[Problem]:
    """What is wrong with a delivery account that stands at `path` of the input."""
    yield from name_problems(new.name, *path, "name")


async def add(work: UnitOfWork, organization_id: UUID, accounts: Sequence[NewDeliveryAccount]) -> list[UUID]:
    """Store accounts that nothing is wrong with, each with its audit event; returns their ids, in order."""
    if not accounts:
        return []
    ids, names = [new_id() for _ in accounts], [normalize_name(new.name) for new in accounts]
    await work.execute(insert_many(DeliveryAccount, {"id": ids, "name": names}, {"organization_id": organization_id}))
    kind = AuditKind.DELIVERY_ACCOUNT_CREATED
    made = zip(ids, names, strict=True)
    await work.audit(*(AuditEntry(kind, key, organization_id, changes=created({"name": name})) for key, name in made))
    return ids
