"""Stores new users, one or many with the same access, in a fixed number of statements."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from functools import cache
from typing import Any
from uuid import UUID

from sqlalchemy import Select, Text, any_, bindparam, func, select
from sqlalchemy.dialects.postgresql import ARRAY

from authz.access import Access
from authz.actor import ACTOR_ORGANIZATION_ID, Actor
from authz.model.actions import OrganizationAction
from models import AuditKind, Organization, User, UserEmail, UserKind, new_id
from resolvers.access.account_access import AccountAccess
from resolvers.access.assignability import assignment_facts, facts_of, facts_parameters, reject_unseen
from resolvers.access.expiry import AssignmentFacts
from resolvers.access.grants import grant_writes
from resolvers.access.templates import audited_template
from resolvers.bulk_insert import insert_rows
from resolvers.errors import ErrorCode, MutationRejected, Problem
from resolvers.mutations.users.activation_mail import PathOf, new_activation_writes
from resolvers.prepared_statement import PreparedStatement
from resolvers.rate_limits.limiter import CountedMails
from resolvers.transaction.audit_log import AuditEntry, created
from resolvers.transaction.unit_of_work import UnitOfWork
from resolvers.transaction.writes import Write
from resolvers.validation.person import DETAIL_COLUMNS, NewDetails, details_by_field, normalize_details
from resolvers.validation.text import is_email


@dataclass(frozen=True, slots=True)
class Creator:
    """An admin who may create users in their organization. `taken_emails` are those that users have already, of any
    organization, and `facts` are about the access that the admin is about to assign."""

    actor: Actor
    access: Access
    organization_id: UUID
    taken_emails: frozenset[str]
    facts: AssignmentFacts


async def require_creator(work: UnitOfWork, emails: Collection[str], account_access: AccountAccess) -> Creator:
    """Check that the caller may create users, valid until the end of the transaction, and look up what decides about
    users with these `emails`, of which the invalid ones are left out, and this access.

    Raises `MutationRejected`: UNAUTHENTICATED; FORBIDDEN if the caller may not create users.
    """
    parameters = {"emails": [email for email in emails if is_email(email)], **facts_parameters(account_access)}
    actor, access, (row,) = await work.lock_actor_and_select(creation_facts, parameters)
    allowed = row.organization_id is not None
    work.record_check(OrganizationAction.CREATE_USER, Organization, actor.organization_id, allowed=allowed)
    check_may_create(access, row.organization_id)
    return Creator(actor, access, row.organization_id, frozenset(row.taken_emails), facts_of(row))


def check_may_create(access: Access, organization_id: UUID | None) -> None:
    """Raises `MutationRejected` (FORBIDDEN) if the actor may not create users. `organization_id` is that of a row of
    `creation_facts`."""
    if organization_id is None or access.assignable is None:
        raise MutationRejected(Problem(ErrorCode.FORBIDDEN, "You may not create users.", ("input",)))


def creation_facts(access: Access) -> Select[*tuple[Any, ...]]:
    """The SELECT of the facts about new users: `assignment_facts`, with `organization_id`, in which the actor may
    create users, and `taken_emails`, those of the parameter `emails` that other users have."""
    row = Organization.__table__.alias()
    allowed = select(row.c.id).where(row.c.id == ACTOR_ORGANIZATION_ID, access.may("create_user", Organization, row))
    # Not even the time of the statement may tell others whether an email is taken.
    taken = _taken_emails().where(allowed.exists())
    return assignment_facts(access).add_columns(
        allowed.scalar_subquery().label("organization_id"), func.array(taken.scalar_subquery()).label("taken_emails")
    )


def _taken_emails() -> Select[str]:
    """Those of the parameter `emails` that users of any organization already have."""
    return select(UserEmail.email).where(UserEmail.email == any_(bindparam("emails", type_=ARRAY(Text()))))


@cache
def _select_taken() -> PreparedStatement:
    return PreparedStatement(_taken_emails())


def email_taken_problem(*path: str) -> Problem:
    """The problem that a user already has the email at this path of the input."""
    return Problem(ErrorCode.EMAIL_TAKEN, "A user with this email already exists.", ("input", *path))


async def find_taken_emails(work: UnitOfWork, emails: Collection[str]) -> frozenset[str]:
    """Those of the valid `emails` that users of any organization already have."""
    return frozenset((await work.execute(_select_taken(), {"emails": list(emails)})).scalars())


async def add_users(
    work: UnitOfWork,
    creator: Creator,
    account_access: AccountAccess,
    details: Mapping[str, NewDetails],
    kind: AuditKind,
    *,
    path_of: PathOf,
    mails: CountedMails,
    template_id: UUID | None = None,
) -> dict[str, UUID]:
    """Create pending users with the same access, and send each the activation mail. Returns their ids by email.

    `details` maps emails to the known details; `template_id` is the template of the access, if any. `mails` are those
    to all of the emails. An email that was taken meanwhile is skipped and missing from the result. Raises
    `MutationRejected` as `reject_unseen` does, and RATE_LIMITED if the mails are too many.
    """
    user_ids = await store_users(
        work,
        creator.organization_id,
        account_access,
        details,
        kind,
        path_of=path_of,
        mails=mails,
        template_id=template_id,
    )
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
    mails: CountedMails,
    template_id: UUID | None = None,
) -> dict[str, UUID]:
    """Create users as `add_users` does, in any organization, without checking that the caller may see them."""
    work.will_send(mails)
    # Sorted, so that two transactions that store the same emails cannot deadlock.
    recipients = {new_id(): email for email in sorted(details)}
    added = await work.add(
        Write("user", _insert_users, _values(organization_id, account_access, details, template_id, recipients)),
        *grant_writes(list(recipients), organization_id, account_access),
        *new_activation_writes(work, organization_id, recipients, path_of),
    )
    user_ids: dict[str, UUID] = {row.email: row.id for row in added}
    if len(user_ids) < len(recipients):
        await mails.uncount({(email, path_of(email)) for email in recipients.values() if email not in user_ids})
    await work.audit(
        *(
            AuditEntry(
                kind,
                user_id,
                organization_id,
                changes=created(_audited_values(email, details[email], account_access) | audited_template(template_id)),
            )
            for email, user_id in user_ids.items()
        )
    )
    return user_ids


def _values(
    organization_id: UUID,
    account_access: AccountAccess,
    details: Mapping[str, NewDetails],
    template_id: UUID | None,
    emails: Mapping[UUID, str],
) -> dict[str, Any]:
    rows = [{"kind": UserKind.PERSONAL, **normalize_details(details[email])} for email in emails.values()]
    return {
        "id": list(emails),
        "user_id": list(emails),
        "email": list(emails.values()),
        **{column: [row.get(column) for row in rows] for column in DETAIL_COLUMNS.values()},
        "organization_id": organization_id,
        "tenant_id": organization_id,
        "audience": account_access.audience.value,
        "all_contract_accounts": account_access.all_contract_accounts,
        "all_delivery_accounts": account_access.all_delivery_accounts,
        "template_id": template_id,
    }


def _insert_users(prefix: str) -> Any:
    # If another transaction is storing the same email, this waits for it and then finds the email taken.
    directory = insert_rows(UserEmail, ("email", "user_id"), ("tenant_id",), prefix=prefix).on_conflict_do_nothing()
    entered = {"email": select(directory.returning(UserEmail.email).cte("entered").c.email)}
    access = ("audience", "all_contract_accounts", "all_delivery_accounts", "template_id")
    columns, constants = ("id", "email", *DETAIL_COLUMNS.values()), ("organization_id", "tenant_id", *access)
    statement = insert_rows(User, columns, constants, prefix=prefix, among=entered)
    return statement.on_conflict_do_nothing().returning(User.email, User.id)


def _audited_values(email: str, details: NewDetails, account_access: AccountAccess) -> dict[str, Any]:
    return {
        "email": email,
        "kind": UserKind.PERSONAL.value,
        **details_by_field(normalize_details(details)),
        **account_access.to_audit(),
    }
