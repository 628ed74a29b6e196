"""Adds and removes the platform's staff. Operators do it on the command line: no user of the API may give others what
staff may do, and an empty database has no users at all."""

from dataclasses import dataclass
from enum import StrEnum
from typing import Any, Final

from sqlalchemy import Row, Select, select, update

from models import PLATFORM, AuditKind, User, UserEmail, UserKind, new_id
from resolvers.bulk_insert import insert_rows
from resolvers.errors import ErrorCode, MutationRejected, Problem
from resolvers.mutations.users.activation_mail import new_activation_writes, send_activations
from resolvers.mutations.users.insert import email_taken_problem
from resolvers.mutations.users.lifecycle import remove_locked, restore_locked
from resolvers.transaction.audit_log import AuditEntry, changed, created
from resolvers.transaction.unit_of_work import UnitOfWork
from resolvers.transaction.writes import Write
from resolvers.types.user import UserStatus, status_of
from resolvers.validation.person import (
    NewDetails,
    detail_problems,
    details_by_field,
    email_problems,
    normalize_details,
)

EMAIL: Final = ("input", "email")


class StaffChange(StrEnum):
    """What became of somebody who was to be added."""

    ADDED = "ADDED"
    SENT_AGAIN = "SENT_AGAIN"
    RESTORED = "RESTORED"


@dataclass(frozen=True, slots=True)
class NewStaff:
    """Somebody to add, on whose behalf. The email is in lower case; names that are None are given at the activation."""

    email: str
    by: str
    first_name: str | None = None
    last_name: str | None = None

    @property
    def details(self) -> NewDetails:
        """The names that are known."""
        given = {"first_name": self.first_name, "last_name": self.last_name}
        names: Any = {column: name for column, name in given.items() if name is not None}
        details: NewDetails = names
        return details


async def add_staff(work: UnitOfWork, new: NewStaff) -> StaffChange:
    """Add a pending user of the staff, and mail them the link to activate their account.

    Staff who haven't activated theirs get a new link, and staff who were removed are restored: pending, without a
    password. Raises `MutationRejected`: INVALID; EMAIL_TAKEN if a user of an organization has the email;
    ALREADY_ACTIVE; ERASED; RATE_LIMITED.
    """
    problems = [*email_problems(new.email), *detail_problems(new.details)]
    if problems:
        raise MutationRejected(problems)
    found = await _lock(work, new.email)
    if found is None:
        await _insert(work, new)
        return StaffChange.ADDED
    if found.erased_at is not None:
        raise MutationRejected(Problem(ErrorCode.ERASED, "The user's personal data has been erased.", EMAIL))
    if found.status == UserStatus.ACTIVE:
        raise MutationRejected(Problem(ErrorCode.ALREADY_ACTIVE, "This user is active already.", EMAIL))
    is_removed = found.status == UserStatus.REMOVED
    if is_removed:
        await restore_locked(work, PLATFORM, found.id)
    await send_activations(work, PLATFORM, {found.id: new.email}, lambda _: EMAIL)
    renamed = await _rename(work, found, new)
    kind = AuditKind.USER_RESTORED if is_removed else AuditKind.USER_ACTIVATION_RESENT
    pending = changed({"status": found.status}, {"status": UserStatus.PENDING.value})
    await work.audit(AuditEntry(kind, found.id, changes={**pending, **renamed, **created({"by": new.by})}))
    return StaffChange.RESTORED if is_removed else StaffChange.SENT_AGAIN


async def remove_staff(work: UnitOfWork, email: str, by: str) -> None:
    """Remove a user of the staff and end all their access at once.

    Raises `MutationRejected`: NOT_FOUND if there is none with this email, EMAIL_TAKEN if it is that of a user of an
    organization, ALREADY_REMOVED.
    """
    found = await _lock(work, email)
    if found is None:
        raise MutationRejected(Problem(ErrorCode.NOT_FOUND, "Nobody of the staff has this email.", EMAIL))
    if found.status == UserStatus.REMOVED:
        raise MutationRejected(Problem(ErrorCode.ALREADY_REMOVED, "This user has been removed already.", EMAIL))
    await remove_locked(work, found.id, None, found.status, by=by)


def staff_list() -> Select[*tuple[Any, ...]]:
    """The SELECT of all staff, removed ones included, in the order of their emails."""
    columns = User.id, User.email, User.first_name, User.last_name, User.created_at, User.last_sign_in_at, _STATUS
    return select(*columns).where(User.tenant_id == PLATFORM, User.staff).order_by(User.email)


_STATUS: Final = status_of(User.__table__, lambda token, _user=None: token.c.tenant_id == PLATFORM).label("status")


async def _lock(work: UnitOfWork, email: str) -> Row[*tuple[Any, ...]] | None:
    """The row of the staff user with this email, locked, or None if nobody has it. Raises `MutationRejected`
    (EMAIL_TAKEN) if it is that of a user of an organization."""
    entry = select(UserEmail.tenant_id, UserEmail.user_id).where(UserEmail.email == email)
    owner = (await work.execute(entry)).one_or_none()
    if owner is None:
        return None
    if owner.tenant_id != PLATFORM:
        raise MutationRejected(
            Problem(ErrorCode.EMAIL_TAKEN, "A user of an organization has this email, so staff can't.", EMAIL)
        )
    columns = User.id, User.first_name, User.last_name, User.erased_at, _STATUS
    of_user = select(*columns).where(User.tenant_id == PLATFORM, User.id == owner.user_id)
    return (await work.execute(of_user.with_for_update(of=User))).one_or_none()


async def _insert(work: UnitOfWork, new: NewStaff) -> None:
    user_id = new_id()
    names = {"first_name": None, "last_name": None, **normalize_details(new.details)}
    row = {"id": user_id, "user_id": user_id, "email": new.email, **names}
    values = {**{column: [value] for column, value in row.items()}, "tenant_id": PLATFORM, "staff": True}
    links = new_activation_writes(work, PLATFORM, {user_id: new.email}, lambda _: EMAIL)
    added = (await work.add(Write("staff", _insert_staff, values), *links)).all()
    if not added:  # Somebody else has just taken it.
        raise MutationRejected(email_taken_problem("email"))
    shown = {"email": new.email, "kind": UserKind.PERSONAL.value, **details_by_field(names), "by": new.by}
    await work.audit(AuditEntry(AuditKind.USER_CREATED, user_id, changes=created(shown)))


def _insert_staff(prefix: str) -> Any:
    directory = insert_rows(UserEmail, ("email", "user_id"), ("tenant_id",), prefix=prefix).on_conflict_do_nothing()
    entered = {"email": select(directory.returning(UserEmail.email).cte("entered").c.email)}
    columns = ("id", "email", "first_name", "last_name")
    statement = insert_rows(User, columns, ("tenant_id", "staff"), prefix=prefix, among=entered)
    return statement.on_conflict_do_nothing().returning(User.id)


async def _rename(work: UnitOfWork, found: Row[*tuple[Any, ...]], new: NewStaff) -> dict[str, tuple[Any, Any]]:
    """Store the names that are given. Returns the changes for the audit trail."""
    after = normalize_details(new.details)
    if after:
        is_user = User.tenant_id == PLATFORM, User.id == found.id
        await work.execute(update(User).where(*is_user).values(**after))
    before = {column: getattr(found, column) for column in after}
    return dict(changed(details_by_field(before), details_by_field(after)))
