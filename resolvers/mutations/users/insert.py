"""Stores new users, one or many with the same access, in a fixed number of statements."""

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
from resolvers.access.assignability import reject_unseen
from resolvers.access.grants import store_grants
from resolvers.bulk_insert import insert_many
from resolvers.errors import ErrorCode, MutationRejected, Problem
from resolvers.mutations.users.activation_mail import PathOf, send_activation_links
from resolvers.transaction.audit_log import AuditEntry, created
from resolvers.transaction.unit_of_work import UnitOfWork
from resolvers.validation.person import DETAIL_COLUMNS, NewDetails, details_by_field, normalize_details


@dataclass(frozen=True, slots=True)
class Creator:
    """An admin who may create users in their organization."""

    actor: Actor
    access: Access
    organization_id: UUID


async def require_creator(work: UnitOfWork) -> Creator:
    """Check that the caller may create users, valid until the end of the transaction.

    Raises `MutationRejected`: UNAUTHENTICATED; FORBIDDEN if the caller may not create users.
    """
    actor, access = await work.lock_actor()
    row = Organization.__table__.alias()
    allowed = access.may("create_user", Organization, row)
    organization_id: UUID | None = (
        await work.execute_as(actor, select(row.c.id).where(row.c.id == actor.organization_id, allowed))
    ).scalar()
    if organization_id is None or access.assignable is None:
        raise MutationRejected(Problem(ErrorCode.FORBIDDEN, "You may not create users.", ("input",)))
    return Creator(actor, access, organization_id)


def email_taken_problem(*path: str) -> Problem:
    """The problem that a user already has the email at this path of the input."""
    return Problem(ErrorCode.EMAIL_TAKEN, "A user with this email already exists.", ("input", *path))


async def find_taken_emails(work: UnitOfWork, emails: Collection[str]) -> frozenset[str]:
    """Those of the valid `emails` that users of any organization already have."""
    matches = User.email == any_(literal(list(emails), ARRAY(Text())))
    return frozenset((await work.execute(select(User.email).where(matches))).scalars())


async def add_users(
    work: UnitOfWork,
    creator: Creator,
    account_access: AccountAccess,
    details: Mapping[str, NewDetails],
    kind: AuditKind,
    *,
    path_of: PathOf,
) -> dict[str, UUID]:
    """Create pending users with the same access, and send each the activation mail. Returns their ids by email.

    `details` maps emails to the known details. An email that was taken meanwhile is skipped and missing from the
    result. Raises `MutationRejected` as `reject_unseen` does, and RATE_LIMITED at the path of an email.
    """
    user_ids = await store_users(work, creator.organization_id, account_access, details, kind, path_of=path_of)
    if user_ids:
        await reject_unseen(work, creator.actor, creator.access, *user_ids.values())
    return user_ids


async def store_users(
    work: UnitOfWork,
    organization_id: UUID,
    account_access: AccountAccess,
    details: Mapping[str, NewDetails],
    kind: AuditKind,
    *,
    path_of: PathOf,
) -> dict[str, UUID]:
    """Create users as `add_users` does, in any organization, without checking that the caller may see them."""
    user_ids = await _insert(work, organization_id, account_access, details)
    if user_ids:
        await store_grants(work, list(user_ids.values()), organization_id, account_access)
        recipients = {user_id: email for email, user_id in user_ids.items()}
        await send_activation_links(work, organization_id, recipients, path_of)
        await work.audit(
            *(
                AuditEntry(
                    kind,
                    user_id,
                    organization_id,
                    changes=created(_audited_values(email, details[email], account_access)),
                )
                for email, user_id in user_ids.items()
            )
        )
    return user_ids


async def _insert(
    work: UnitOfWork, organization_id: UUID, account_access: AccountAccess, details: Mapping[str, NewDetails]
) -> dict[str, UUID]:
    # Sorted, so that two transactions that store the same emails cannot deadlock.
    emails = sorted(details)
    rows = [{"kind": UserKind.PERSONAL, **normalize_details(details[email])} for email in emails]
    columns: dict[str, Sequence[Any]] = {
        "id": [new_id() for _ in emails],
        "email": emails,
        **{column: [row.get(column) for row in rows] for column in DETAIL_COLUMNS.values()},
    }
    constants = {
        "organization_id": organization_id,
        "audience": account_access.audience.value,
        "all_contract_accounts": account_access.all_contract_accounts,
        "all_delivery_accounts": account_access.all_delivery_accounts,
    }
    # If another transaction is storing the same email, this waits for it and then finds the email taken.
    statement = insert_many(User, columns, constants).on_conflict_do_nothing(constraint="uq_users_email")
    inserted = await work.execute(statement.returning(User.email, User.id))
    return {row.email: row.id for row in inserted}


def _audited_values(email: str, details: NewDetails, account_access: AccountAccess) -> dict[str, Any]:
    return {
        "email": email,
        "kind": UserKind.PERSONAL.value,
        **details_by_field(normalize_details(details)),
        **account_access.to_audit(),
    }
