"""Erases a person: what identifies them is replaced by a pseudonym, and rows that are only about them are deleted.

The row of the user stays, removed for good, because grants, decisions and events refer to its id.
"""

from collections import Counter
from collections.abc import Collection
from dataclasses import dataclass, field
from typing import Final
from uuid import UUID

from sqlalchemy import Row, Uuid, delete, func, literal, select, update

from models import Organization, User, UserEmail, is_of, tenant_of
from resolvers.data_protection.person import OF_A_PERSON, Person, of_person, tables_of_a_person
from resolvers.errors import ErrorCode, MutationRejected, Problem
from resolvers.mutations.data_protection.erase_from_trail import TrailErasure, erase_from_trail
from resolvers.mutations.data_protection.erase_texts import count_left, empty_own_texts, replace_in_texts
from resolvers.mutations.data_protection.erasure_mark import OfUser, mark_erasure
from resolvers.mutations.data_protection.identifiers import find_identifiers, pattern_of
from resolvers.mutations.data_protection.legal_hold import lock_chains, refuse_if_held
from resolvers.mutations.data_protection.pseudonym import Pseudonym
from resolvers.mutations.users.lifecycle import remove_locked
from resolvers.transaction.unit_of_work import UnitOfWork
from resolvers.types.user import status_of

REASON = "erased"
"""What the event of a removal gives as the reason, if the user was removed by the erasure."""


@dataclass(frozen=True, slots=True)
class ErasureOrder:
    """Whom to erase, and on whose behalf. `also` are further texts that name the person. A user who is not removed is
    removed first with `remove`, else rejected. A `dry_run` changes nothing."""

    user_id: UUID
    by: str
    also: Collection[str] = ()
    remove: bool = False
    dry_run: bool = False


@dataclass(frozen=True, slots=True)
class ErasedUser:
    """What was erased: rows that were deleted and changed, by table; the events; and in how many names of the
    organization's own things the person's name was left, by column. `already` says that nothing was left to erase."""

    id: UUID
    name: str
    already: bool = False
    deleted: dict[str, int] = field(default_factory=dict)
    changed: dict[str, int] = field(default_factory=dict)
    audit_events: int = 0
    left: dict[str, int] = field(default_factory=dict)


async def erase_user(work: UnitOfWork, order: ErasureOrder) -> ErasedUser | None:
    """Erase a user, and record it in the audit chains of their organization and of the platform. Returns None if there
    is no such user.

    Raises `MutationRejected` (NOT_REMOVED) if the user is not removed and `order.remove` doesn't allow to do so, and
    UnderHold if a chain from which something would be erased is under a legal hold: that of their organization, the
    platform's, or one in which they acted, as staff do in all.
    """
    user = await _lock(work, order.user_id)
    if user is None:
        return None
    pseudonym = Pseudonym(user.id)
    if user.erased_at is not None:
        return ErasedUser(user.id, pseudonym.name, already=True)
    if user.removed_at is None and not order.remove:
        raise MutationRejected(Problem(ErrorCode.NOT_REMOVED, "The user has not been removed.", ("user",)))
    await refuse_if_held(work, user.organization_id, None)
    if not order.dry_run:
        erased, trail = await _erase(work, order, user, pseudonym)
        # Once more, now that nobody can place a hold before the commit.
        await lock_chains(work, *trail.chains)
        await refuse_if_held(work, *trail.chains)
        await work.audit(*trail.entries(order.by))
        return erased
    found: list[ErasedUser] = []

    async def try_out() -> None:
        erased, trail = await _erase(work, order, user, pseudonym)
        await refuse_if_held(work, *trail.chains)
        found.append(erased)

    await work.in_savepoint(try_out)
    work.audit_entries.clear()
    return found[0]


async def _lock(work: UnitOfWork, user_id: UUID) -> Row[*tuple[object, ...]] | None:
    """The user's row, locked after that of the organization, as changes of users lock them."""
    await mark_erasure(work, OfUser(user_id))
    row = User.__table__
    # In steps, because rows are locked within one tenant. A user never changes to another one.
    tenant_id = (await work.execute(select(row.c.tenant_id).where(row.c.id == user_id))).scalar_one_or_none()
    if tenant_id is None:
        return None
    await work.execute(select(Organization.id).where(Organization.id == tenant_id).with_for_update(key_share=True))
    columns = (
        row.c.id,
        row.c.organization_id,
        row.c.removed_at,
        row.c.erased_at,
        status_of(row, lambda token, _user=None: is_of(token, literal(tenant_id, Uuid()))).label("status"),
    )
    own = row.c.tenant_id == tenant_id, row.c.id == user_id
    return (await work.execute(select(*columns).where(*own).with_for_update())).one_or_none()


async def _erase(
    work: UnitOfWork, order: ErasureOrder, user: Row[*tuple[object, ...]], pseudonym: Pseudonym
) -> tuple[ErasedUser, TrailErasure]:
    if user.removed_at is None:
        await remove_locked(work, user.id, user.organization_id, user.status, REASON)
    person = Person(user.id, tenant_of(user.organization_id))
    pattern = pattern_of(await find_identifiers(work, person, order.also))
    trail = await erase_from_trail(work, person, pattern)
    deleted = {}
    for table in tables_of_a_person():
        if OF_A_PERSON[table.name].is_deleted:
            deleted[table.name] = (await work.execute(delete(table).where(of_person(table, person)))).rowcount
    changed = Counter(await empty_own_texts(work, person, pseudonym))
    changed += Counter(await replace_in_texts(work, user.organization_id, pattern, pseudonym))
    left = await count_left(work, user.organization_id, pattern)
    await _replace_details(work, user, pseudonym)
    erased = ErasedUser(
        user.id,
        pseudonym.name,
        deleted=_positive(deleted),
        changed=_positive({"users": 1, **changed}),
        audit_events=trail.events,
        left=_positive(left),
    )
    return erased, trail


async def _replace_details(work: UnitOfWork, user: Row[*tuple[object, ...]], pseudonym: Pseudonym) -> None:
    values = {
        "email": pseudonym.email,
        "first_name": pseudonym.first_name,
        "last_name": pseudonym.last_name,
        **dict.fromkeys(_EMPTIED),
        "erased_at": func.now(),
    }
    tenant_id = tenant_of(user.organization_id)
    entry = UserEmail.tenant_id == tenant_id, UserEmail.user_id == user.id
    # The directory of emails first: nobody may enter the pseudonym in between.
    await work.execute(update(UserEmail).where(*entry).values(email=pseudonym.email))
    await work.execute(update(User).where(User.tenant_id == tenant_id, User.id == user.id).values(values))


_EMPTIED: Final = (
    *("phone", "country", "password_hash", "activated_at", "last_sign_in_at", "template_id"),
    *("external_id", "deprovisioned_at"),
)


def _positive(counts: dict[str, int]) -> dict[str, int]:
    return {name: count for name, count in counts.items() if count}
