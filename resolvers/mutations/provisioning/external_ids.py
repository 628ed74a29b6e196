"""Stores the ids that an identity provider gives users and access templates, unique in the organization."""

from typing import Final
from uuid import UUID

from sqlalchemy import select, update
from sqlalchemy.exc import IntegrityError

from models import AccessTemplate, User, tenant_column
from resolvers.errors import ErrorCode, MutationRejected, Problem, invalid
from resolvers.transaction.audit_log import Changes
from resolvers.transaction.unit_of_work import UnitOfWork
from resolvers.validation.text import is_single_line_text

LENGTH_MAX: Final = 255
PATH: Final = ("input", "externalId")
_UNIQUE_VIOLATION: Final = "23505"


async def store_external_id(
    work: UnitOfWork,
    model: type[User | AccessTemplate],
    organization_id: UUID,
    key: UUID,
    external_id: str | None,
) -> Changes:
    """Store the external id of a row of the organization, which is locked. Returns the change for the audit trail,
    which is empty if it is the same.

    Raises `MutationRejected`: INVALID; DUPLICATE if another row of the organization has it, visible to the caller or
    not.
    """
    row = model.__table__
    is_row = tenant_column(row) == organization_id, row.c.id == key
    before = (await work.execute(select(row.c.external_id).where(*is_row))).scalar_one()
    if before == external_id:
        return {}
    if external_id is not None:
        _check(external_id)
        others = tenant_column(row) == organization_id, row.c.external_id == external_id, row.c.id != key
        if (await work.execute(select(row.c.id).where(*others))).first() is not None:
            raise _taken()
    try:
        await work.execute(update(model).where(*is_row).values(external_id=external_id))
    except IntegrityError as error:
        # Another transaction stored it meanwhile.
        if getattr(error.orig, "sqlstate", None) != _UNIQUE_VIOLATION:
            raise
        raise _taken() from None
    return {"externalId": (before, external_id)}


def _check(external_id: str) -> None:
    if not 1 <= len(external_id) <= LENGTH_MAX or not is_single_line_text(external_id):
        message = f"An external id is 1 to {LENGTH_MAX} characters on one line."
        raise MutationRejected(invalid(message, *PATH))


def _taken() -> MutationRejected:
    return MutationRejected(Problem(ErrorCode.DUPLICATE, "This external id is not available.", PATH))
