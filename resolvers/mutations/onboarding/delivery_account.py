"""Creates delivery accounts, one or many."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from uuid import UUID

from authz.model.actions import OrganizationAction
from models import AuditKind, DeliveryAccount, new_id
from resolvers.bulk_insert import insert_many
from resolvers.errors import MutationRejected, Problem
from resolvers.mutations.onboarding.lock import authorize_organization
from resolvers.transaction.audit_log import AuditEntry, created
from resolvers.transaction.unit_of_work import UnitOfWork
from resolvers.validation.business import name_problems
from resolvers.validation.text import normalize_name


@dataclass(frozen=True, slots=True)
class NewDeliveryAccount:
    """A delivery account to be created."""

    name: str


async def create_delivery_account(work: UnitOfWork, organization_id: UUID | None, new: NewDeliveryAccount) -> UUID:
    """Create a delivery account in an organization. Returns its id.

    Raises `MutationRejected` as `authorize_organization` does (alone), or with all INVALID problems.
    """
    organization = await authorize_organization(work, organization_id, OrganizationAction.CREATE_DELIVERY_ACCOUNT)
    problems = list(delivery_account_problems(new, "input"))
    if problems:
        raise MutationRejected(problems)
    (account_id,) = await add_delivery_accounts(work, organization.id, [new])
    return account_id


def delivery_account_problems(new: NewDeliveryAccount, *path: str) -> Iterator[Problem]:
    """The problems of a delivery account at `path` of the input."""
    yield from name_problems(new.name, *path, "name")


async def add_delivery_accounts(
    work: UnitOfWork, organization_id: UUID, accounts: Sequence[NewDeliveryAccount]
) -> list[UUID]:
    """Store valid accounts, each with an audit event. Returns their ids, in order."""
    if not accounts:
        return []
    ids, names = [new_id() for _ in accounts], [normalize_name(new.name) for new in accounts]
    await work.execute(insert_many(DeliveryAccount, {"id": ids, "name": names}, {"organization_id": organization_id}))
    kind = AuditKind.DELIVERY_ACCOUNT_CREATED
    pairs = zip(ids, names, strict=True)
    await work.audit(*(AuditEntry(kind, key, organization_id, changes=created({"name": name})) for key, name in pairs))
    return ids
