"""Storing new users: one, or many who are given the same, in a number of statements that does not grow with them."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from sqlalchemy import Text, any_, literal, select
from sqlalchemy.dialects.postgresql import ARRAY

from authz.access import Access
from authz.actor import Actor
from models import AuditKind, Organization, User, UserKind, new_id
from resolvers.access.account_access import AccountAccess
from resolvers.access.assignability import audited, reject_unseen
from resolvers.access.grants import store_grants
from resolvers.bulk_insert import insert_many
from resolvers.errors import ErrorCode, MutationRejected, Problem
from resolvers.mutations.users.activation_mail import send_links
from resolvers.transaction.audit_log import AuditEntry, created
from resolvers.transaction.unit_of_work import UnitOfWork
from resolvers.validation.person import DETAILS, NewDetails, named, normalized


@dataclass(frozen=True, slots=True)
class Creator:
    """An admin who may make users in their organization."""

    actor: Actor
    access: Access
    organization_id: UUID


async def require_creator(work: UnitOfWork) -> Creator:
    """The caller, as somebody who may make users, true until the end of the transaction.

    Raises `MutationRejected`: UNAUTHENTICATED; FORBIDDEN for those who manage no users.
    """
    actor, access = await work.lock_actor()
    row = Organization.__table__.alias()
    allowed = access.may("create_user", Organization, row)
    own: UUID | None = (
        await work.execute_as(actor, select(row.c.id).where(row.c.id == actor.organization_id, allowed))
    ).scalar()
    if own is None or access.assignable is None:
        raise MutationRejected(Problem(ErrorCode.FORBIDDEN, "You may not create users.", ("input",)))
    return Creator(actor, access, own)


def email_taken(*place: str) -> Problem:
    """That there is a user with the email at this place of the input."""
    return Problem(ErrorCode.EMAIL_TAKEN, "There is a user with this email already.", ("input", *place))


async def taken_among(work: UnitOfWork, emails: Collection[str]) -> frozenset[str]:
    """Which of the emails, texts that can be emails, somebody has by now, here or elsewhere."""
    these = User.email == any_(literal(list(emails), ARRAY(Text())))
    return frozenset((await work.execute(select(User.email).where(these))).scalars())


async def add(
    work: UnitOfWork, creator: Creator, given: AccountAccess, people: Mapping[str, NewDetails], kind: AuditKind
) -> dict[str, UUID]:
    """Make pending users who are all given the same, and send each the activation mail; returns their ids by email.

    `people` has what is known of each by their email. Nobody is made where the email has been taken meanwhile: whoever
    is not in the answer. Raises `MutationRejected` as `reject_unseen` does.
    """
    made = await store(work, creator.organization_id, given, people, kind)
    if made:
        await reject_unseen(work, creator.actor, creator.access, *made.values())
    return made


async def store(
    work: UnitOfWork, organization_id: UUID, given: AccountAccess, people: Mapping[str, NewDetails], kind: AuditKind
) -> dict[str, UUID]:
    """The same for users of any organization. Whether the caller may make or see them is not asked."""
    made = await _insert(work, organization_id, given, people)
    if made:
        await store_grants(work, list(made.values()), organization_id, given)
        await send_links(work, organization_id, {user_id: email for email, user_id in made.items()})
        await work.audit(
            *(
                AuditEntry(kind, user_id, organization_id, changes=created(_audited(email, people[email], given)))
                for email, user_id in made.items()
            )
        )
    return made


async def _insert(
    work: UnitOfWork, organization_id: UUID, given: AccountAccess, people: Mapping[str, NewDetails]
) -> dict[str, UUID]:
    # In order, so that of two who store the same emails one waits for the other, and not each for the other.
    emails = sorted(people)
    details = [{"kind": UserKind.PERSONAL, **normalized(people[email])} for email in emails]
    each: dict[str, Sequence[Any]] = {
        "id": [new_id() for _ in emails],
        "email": emails,
        **{column: [known.get(column) for known in details] for column in DETAILS.values()},
    }
    shared = {
        "organization_id": organization_id,
        "audience": given.audience.value,
        "all_contract_accounts": given.all_contract_accounts,
        "all_delivery_accounts": given.all_delivery_accounts,
    }
    # When another transaction is about to store the same email, this waits for it and then finds the email taken.
    statement = insert_many(User, each, shared).on_conflict_do_nothing(constraint="uq_users_email")
    rows = await work.execute(statement.returning(User.email, User.id))
    return {row.email: row.id for row in rows}


def _audited(email: str, details: NewDetails, given: AccountAccess) -> dict[str, Any]:
    return {"email": email, "kind": UserKind.PERSONAL.value, **named(normalized(details)), **audited(given)}
