"""What each of many users gains and loses by a change that is stored, and about to be rolled back.

One statement for each user, in the transaction of the change: the policy decides on the rows as they are now, and on
the grants that the user had before.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import islice
from typing import Any, Final
from uuid import UUID

from sqlalchemy import ColumnElement, FromClause, Select, and_, false, func, not_, select, true

from authz.access import Access
from authz.actor import ActorKind, Traits
from authz.hypothetical import SUBJECT_ORGANIZATION_ID, HypotheticalAccess, as_subject, viewing_traits
from authz.model.actions import VIEW
from models import Base, ContractAccount, DeliveryAccount, Permission, Service
from resolvers.access.account_access import AccountAccess, GrantKind
from resolvers.access.grants import grants_of
from resolvers.access_preview import changed_rows
from resolvers.mutations.users.change_users import Difference, StoredChange, Visible
from resolvers.mutations.users.many import ManyUsers
from resolvers.transaction.unit_of_work import UnitOfWork

MAX_DIFFERENCES: Final = 50
"""The maximum number of users whose differences are computed, as each takes a statement."""

_COUNTED: Final[Mapping[str, type[Base]]] = {
    "contract_accounts": ContractAccount,
    "delivery_accounts": DeliveryAccount,
    "services": Service,
}


async def differences(
    work: UnitOfWork, many: ManyUsers, changes: Mapping[UUID, StoredChange]
) -> dict[UUID, tuple[Difference, Difference]]:
    """What the first of the users gain and lose, as far as the admin sees it."""
    found = {}
    for user_id, (before, after) in islice(changes.items(), MAX_DIFFERENCES):
        sides = _Sides(_traits(before), None if after is None else _traits(after))
        parameters = {
            **changed_rows.parameters(user_id, many.rows[user_id].organization_id, None),
            **changed_rows.grant_parameters({kind: grants_of(before, kind) for kind in GrantKind}),
        }
        row = (await work.select_as(many.actor, many.access, _difference, parameters, sides)).one()
        held = frozenset[Permission]() if after is None else after.stored_permissions
        found[user_id] = (
            Difference(sorted(held - before.stored_permissions), _counts(row, "gained")),
            Difference(sorted(before.stored_permissions - held), _counts(row, "lost")),
        )
    return found


def _traits(access: AccountAccess) -> Traits:
    return Traits(
        ActorKind.MEMBER,
        access.audience,
        access.stored_permissions,
        access.all_contract_accounts,
        access.all_delivery_accounts,
    )


def _counts(row: Any, side: str) -> Visible:
    return Visible(**{name: getattr(row, f"{name}_{side}") for name in _COUNTED})


@dataclass(frozen=True, slots=True)
class _Sides:
    """The traits of a user before and after the change; None if the user is removed."""

    before: Traits
    after: Traits | None


def _difference(access: Access, sides: _Sides) -> Select[*tuple[Any, ...]]:
    """The SELECT of how many rows of each type the subject sees now and did not before, and the other way round."""
    parts = [_counted(access, sides, name, model) for name, model in _COUNTED.items()]
    columns = [column for part in parts for column in part.c]
    return select(*columns).select_from(*parts).add_cte(*changed_rows.changed_grants())


def _counted(access: Access, sides: _Sides, name: str, model: type[Base]) -> FromClause:
    row = model.__table__.alias()
    was = _sees(access, sides.before, row, model, changed_rows.REPLACED_GRANTS)
    sees = false() if sides.after is None else _sees(access, sides.after, row, model, ())
    counts = select(
        func.count().filter(and_(sees, not_(was))).label(f"{name}_gained"),
        func.count().filter(and_(was, not_(sees))).label(f"{name}_lost"),
    )
    visible = row.c.organization_id == SUBJECT_ORGANIZATION_ID, access.may(VIEW, model, row)
    return counts.where(*visible).subquery()


def _sees(
    access: Access, traits: Traits, row: FromClause, model: type[Base], replaced: Sequence[tuple[str, str]]
) -> ColumnElement[bool]:
    subject = HypotheticalAccess(
        access.policy, viewing_traits(access.policy, traits, tuple(_COUNTED.values())), as_subject(*replaced)
    )
    return subject.may(VIEW, model, row).is_(true())
