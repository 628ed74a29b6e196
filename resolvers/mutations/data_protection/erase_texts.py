"""Replaces a person's name, email and phone number in the texts of an organization by a pseudonym."""

from collections.abc import Iterator
from typing import Any, Final
from uuid import UUID

from sqlalchemy import ColumnElement, Table, Text, case, cast, func, literal, null, or_, select, true, update
from sqlalchemy.dialects.postgresql import JSONB

from models import AccessRequest, AccessReviewEntry, Base, ContractAccount
from resolvers.data_protection.columns import PERSONAL, Erasure
from resolvers.data_protection.ownership import OF_THE_PLATFORM, of_organization
from resolvers.data_protection.person import Person, of_person
from resolvers.mutations.data_protection.pseudonym import Pseudonym
from resolvers.transaction.unit_of_work import UnitOfWork

ERASED: Final = "erased"

NAMED_AFTER_PEOPLE: Final = (
    *("organizations.name", "contract_accounts.name", "delivery_accounts.name", "services.name"),
    "access_review_entries.name",
)
"""Texts of the organization's own business, in which a person's name is reported and left."""


async def empty_own_texts(work: UnitOfWork, person: Person, pseudonym: Pseudonym) -> dict[str, int]:
    """Replace what the user wrote in access requests, what was answered, and their name in access reviews. Returns the
    number of rows by table."""
    request, entry = (Base.metadata.tables[model.__tablename__] for model in (AccessRequest, AccessReviewEntry))
    texts = {column: case((column.is_not(None), ERASED)) for column in (request.c.account, request.c.note)}
    requests = update(request).where(of_person(request, person)).values({request.c.reason: ERASED, **texts})
    names = {entry.c.user_email: pseudonym.email, entry.c.user_name: pseudonym.name}
    entries = update(entry).where(of_person(entry, person)).values(names)
    return {
        request.name: (await work.execute(requests)).rowcount,
        entry.name: (await work.execute(entries)).rowcount,
    }


async def replace_in_texts(
    work: UnitOfWork, organization_id: UUID | None, pattern: str, pseudonym: Pseudonym
) -> dict[str, int]:
    """Replace what matches `pattern` in all texts of the organization and of the platform (for staff, of all
    organizations). Returns the number of rows by table."""
    counts: dict[str, int] = {}
    for table, columns in _searched():
        matching = [cast(column, Text).op("~*", is_comparison=True)(pattern) for column in columns]
        values = {column: _replaced(column, pattern, pseudonym) for column in columns}
        changed = update(table).where(_scope(table, organization_id), or_(*matching)).values(values)
        counts[table.name] = (await work.execute(changed)).rowcount
    return counts


async def count_left(work: UnitOfWork, organization_id: UUID | None, pattern: str) -> dict[str, int]:
    """In how many rows the person's name, email or phone is part of a name that isn't theirs, by column."""
    counts = {}
    for name in NAMED_AFTER_PEOPLE:
        table_name, column = name.split(".")
        table = Base.metadata.tables[table_name]
        matching = table.c[column].op("~*", is_comparison=True)(pattern)
        left = select(func.count()).select_from(table).where(_scope(table, organization_id), matching)
        counts[name] = (await work.execute(left)).scalar_one()
    return counts


def _searched() -> Iterator[tuple[Table, list[ColumnElement[Any]]]]:
    kinds = Erasure.SEARCH, Erasure.OWN_TEXT
    for table in Base.metadata.sorted_tables:
        columns = [column for column in table.c if PERSONAL.get(f"{table.name}.{column.name}") in kinds]
        written: list[ColumnElement[Any]] = [column for column in columns if column.computed is None]
        if written:
            yield table, written


def _scope(table: Table, organization_id: UUID | None) -> ColumnElement[bool]:
    if organization_id is None or table.name in OF_THE_PLATFORM:
        return true()
    return of_organization(table, organization_id)


def _replaced(column: ColumnElement[Any], pattern: str, pseudonym: Pseudonym) -> ColumnElement[Any]:
    if column is ContractAccount.__table__.c.billing_email:
        # No mail must go to an address that nobody has.
        return case((column.op("~*", is_comparison=True)(pattern), null()), else_=column)
    replaced = func.regexp_replace(cast(column, Text), pattern, pseudonym.name, literal("gi", Text), type_=Text())
    return cast(replaced, JSONB) if isinstance(column.type, JSONB) else replaced
