"""Decides which access an admin may assign to a user: audience, permissions and accounts.

The policy decides, by the same predicates that select what the admin is offered. The error is the same for an account
that does not exist, that belongs to another organization, that is not an account at all, or that the admin may not
assign.
"""

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from typing import Any, Final
from uuid import UUID

from sqlalchemy import ColumnElement, Row, Select, Uuid, any_, bindparam, func, select
from sqlalchemy.dialects.postgresql import ARRAY

from authz.access import Access, Assignable
from authz.actor import ACTOR_ORGANIZATION_ID, Actor
from authz.model.actions import VIEW
from models import ACCOUNT_KINDS, CONTRACT, DELIVERY, AccountKind, Audience, Permission, User
from resolvers.access.account_access import AccountAccess, GrantKind
from resolvers.access.expiry import AssignmentFacts, end_problems, extensions, latest_ends, own_permission_ends
from resolvers.errors import ErrorCode, MutationRejected, Problem, invalid
from resolvers.transaction.unit_of_work import UnitOfWork

_FIELDS: Final = {CONTRACT: "contractAccounts", DELIVERY: "deliveryAccounts"}


def assignment_facts(access: Access) -> Select[*tuple[Any, ...]]:
    """The SELECT of the facts about an assignment: one row for `facts_of`, with `facts_parameters`."""
    columns: list[ColumnElement[Any]] = [func.now().label("now")]
    parts = [own_permission_ends().subquery("own")]
    for kind in ACCOUNT_KINDS:
        late = latest_ends(access, kind.accounts, f"{kind.field}_extended", f"{kind.field}_ends").subquery()
        columns += [
            func.array(_assignable(access, kind).scalar_subquery()).label(kind.field),
            late.c.ids.label(f"{kind.field}_late"),
            late.c.ends.label(f"{kind.field}_latest"),
        ]
        parts.append(late)
    return select(*columns, parts[0].c.permissions, parts[0].c.permission_ends).select_from(*parts)


def facts_parameters(after: AccountAccess, before: AccountAccess | None = None) -> dict[str, Any]:
    """The parameters of `assignment_facts` for a user who gets the access `after` in place of `before`."""
    parameters: dict[str, Any] = {}
    for kind in ACCOUNT_KINDS:
        extended = extensions(GrantKind(kind), after, before)
        parameters[kind.field] = sorted({key for key in after.keys(GrantKind(kind)) if key is not None})
        parameters[f"{kind.field}_extended"] = [extension.key for extension in extended]
        parameters[f"{kind.field}_ends"] = [extension.ends_at for extension in extended]
    return parameters


def facts_parameters_of_many(changes: Iterable[tuple[AccountAccess, AccountAccess | None]]) -> dict[str, Any]:
    """The parameters for several users, of whom each gets the access that comes first in place of the other.

    The facts of an account are then about the longest grant of it that a user would get.
    """
    parameters: dict[str, Any] = {}
    of_each = [facts_parameters(after, before) for after, before in changes]
    for kind in ACCOUNT_KINDS:
        names = f"{kind.field}_extended", f"{kind.field}_ends"
        extended = {pair for each in of_each for pair in zip(*(each[name] for name in names), strict=True)}
        parameters[kind.field] = sorted({key for each in of_each for key in each[kind.field]})
        for place, name in enumerate(names):
            parameters[name] = [pair[place] for pair in extended]
    return parameters


def facts_of(row: Row[*tuple[Any, ...]]) -> AssignmentFacts:
    """The facts in a row of `assignment_facts`."""
    return AssignmentFacts(
        now=row.now,
        assignable={GrantKind(kind): frozenset(getattr(row, kind.field)) for kind in ACCOUNT_KINDS},
        own_ends=dict(zip(map(Permission, row.permissions or ()), row.permission_ends or (), strict=True)),
        latest_ends={
            GrantKind(kind): dict(
                zip(getattr(row, f"{kind.field}_late") or (), getattr(row, f"{kind.field}_latest") or (), strict=True)
            )
            for kind in ACCOUNT_KINDS
        },
    )


def access_problems(
    access: Access, facts: AssignmentFacts, after: AccountAccess, before: AccountAccess | None = None
) -> list[Problem]:
    """The problems of the access that an admin is about to assign, in place of the user's access `before`: what
    contradicts itself, and what the admin may not assign, or not for that long."""
    return [*content_problems(access, facts, after), *end_problems(facts, after, before)]


def content_problems(access: Access, facts: AssignmentFacts, after: AccountAccess) -> list[Problem]:
    """Those of `access_problems` that don't depend on how long the access lasts."""
    assignable = access.assignable
    if assignable is None:
        raise RuntimeError("the policy lets an actor create or change users who may assign nothing")
    return [*trait_problems(assignable, after), *_unassignable_accounts(facts, after)]


def unseen_access_problems(unseen: Mapping[AccountKind, Collection[UUID]]) -> list[Problem]:
    """The problem that an admin changes the access of a user who has accounts that the admin doesn't see. A list that
    replaces the stored one can't name those: the user would lose them, or have them with what the admin adds."""
    message = "The user has accounts that are not visible to you, so you can't change their access."
    return [_not_assignable(message, _FIELDS[kind]) for kind in unseen]


def trait_problems(assignable: Assignable, after: AccountAccess) -> list[Problem]:
    """Those of `access_problems` that are known without the database: what contradicts itself, and the audience,
    permissions and *all accounts* flags that the admin may not assign."""
    return [*_contradictions(after), *_unassignable_traits(after, assignable)]


def _contradictions(after: AccountAccess) -> Iterator[Problem]:
    """What contradicts itself, whoever assigns it."""
    if after.all_contract_accounts and after.contract_accounts:
        yield invalid("Assign either all contract accounts or a list, not both.", "input", "contractAccounts")
    if after.audience == Audience.DELIVERY:
        if after.all_delivery_accounts:
            yield invalid("A delivery user always has a list of delivery accounts.", "input", "allDeliveryAccounts")
        elif not after.delivery_accounts:
            yield invalid("A delivery user has at least one delivery account.", "input", "deliveryAccounts")
    elif after.all_delivery_accounts and after.delivery_accounts:
        yield invalid("Assign either all delivery accounts or a list, not both.", "input", "deliveryAccounts")


def _unassignable_traits(after: AccountAccess, assignable: Assignable) -> Iterator[Problem]:
    """The audience, permissions and *all accounts* flags that the admin may not assign."""
    if after.audience not in assignable.audiences:
        yield _not_assignable("You can't assign this audience.", "audience")
    for index, permission in enumerate(after.permissions):
        if permission not in assignable.permissions | {Permission.SITES_SERVICES_VIEW}:
            yield _not_assignable(f"You can't assign {permission.value}.", "permissions", str(index))
    if after.all_contract_accounts and not assignable.all_contract_accounts:
        yield _not_assignable("You can't assign all contract accounts.", "allContractAccounts")
    if after.audience != Audience.DELIVERY and after.all_delivery_accounts and not assignable.all_delivery_accounts:
        yield _not_assignable("You can't assign all delivery accounts.", "allDeliveryAccounts")


def _unassignable_accounts(facts: AssignmentFacts, after: AccountAccess) -> Iterator[Problem]:
    """The listed accounts that the admin may not assign, each with its index in the list."""
    for kind in ACCOUNT_KINDS:
        yield from unassignable_accounts(facts, GrantKind(kind), after.keys(GrantKind(kind)), _FIELDS[kind])


def unassignable_accounts(
    facts: AssignmentFacts, kind: GrantKind, keys: Sequence[UUID | None], field: str
) -> Iterator[Problem]:
    """The problems of those of the accounts, listed in an input field, that the admin may not assign."""
    for index, account_id in enumerate(keys):
        if account_id not in facts.assignable[kind]:
            yield _not_assignable("You can't assign an account with this id.", field, str(index))


def _assignable(access: Access, kind: AccountKind) -> Select[*tuple[Any, ...]]:
    row = kind.accounts.__table__.alias()
    # No policy can allow what the foreign keys forbid: accounts of another organization are never assignable.
    in_organization = row.c.organization_id == ACTOR_ORGANIZATION_ID
    listed = row.c.id == any_(bindparam(kind.field, type_=ARRAY(Uuid())))
    return select(row.c.id).where(listed, in_organization, access.may("assign", kind.accounts, row))


async def visible_users(work: UnitOfWork, actor: Actor, access: Access, user_ids: Sequence[UUID]) -> set[UUID]:
    """Those of the users whom the admin sees, with the access now stored."""
    return set((await work.select_as(actor, access, _visible, {"user_ids": user_ids})).scalars())


async def reject_unseen(work: UnitOfWork, actor: Actor, access: Access, *user_ids: UUID) -> None:
    """Raises `MutationRejected` if, with the access now stored, one of the users is no longer visible to the admin, who
    could then never correct it: an admin without all accounts who assigns no account."""
    if len(await visible_users(work, actor, access, user_ids)) != len(user_ids):
        raise MutationRejected(unseen_problem())


def unseen_problem() -> Problem:
    """The problem that the admin would not see the user."""
    message = "Assign at least one account: you would not see a user without one."
    return invalid(message, "input", "contractAccounts")


def _visible(access: Access) -> Select[*tuple[Any, ...]]:
    user = User.__table__.alias()
    stored = user.c.id == any_(bindparam("user_ids", type_=ARRAY(Uuid())))
    return select(user.c.id).where(stored, access.may(VIEW, User, user))


def _not_assignable(message: str, *path: str) -> Problem:
    return Problem(ErrorCode.NOT_ASSIGNABLE, message, ("input", *path))
