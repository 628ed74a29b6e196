"""The SELECTs of an export: which columns and rows of each table are in the file."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Final
from uuid import UUID

from sqlalchemy import ColumnElement, Select, Table, Text, case, cast, func, select

from app.data_export.archive import ExportedTable
from models import AccessReview, AuditEvent, Base, tenant_of
from resolvers.data_protection.columns import NOT_EXPORTED
from resolvers.data_protection.ownership import of_organization, organization_tables
from resolvers.data_protection.person import Person, of_person, tables_of_a_person

_COMPUTED = "computed from other columns"
_OF_OTHERS = "may be about other people"
_OF_THE_CHAIN = "for the verification of the audit trail"

NOT_OF_THE_PERSON: Final = {
    "outbox_mails.values": _OF_OTHERS,
    "views_as.session_id": _OF_OTHERS,
    **dict.fromkeys((f"audit_events.{name}" for name in ("number", "previous_hash", "hash", "format")), _OF_THE_CHAIN),
    **dict.fromkeys((f"audit_events.{name}" for name in ("salt", "erased")), _OF_THE_CHAIN),
}
"""The columns that the export of a person doesn't contain, and why, besides those that no export does."""


@dataclass(frozen=True, slots=True)
class TableQuery:
    """The rows of one table in an export, each as the text of a JSON object."""

    name: str
    table: ExportedTable
    statement: Select[str]


def organization_queries(organization_id: UUID) -> list[TableQuery]:
    """The rows of everything that belongs to the organization, beginning with itself."""
    tables = [table for table in reversed(organization_tables()) if table.name not in NOT_EXPORTED]
    return [_query(table, of_organization(table, organization_id), {}, {}) for table in tables]


def user_queries(person: Person) -> list[TableQuery]:
    """The rows that are about the user, without what is about others."""
    event, review, user_id = AuditEvent.__table__, AccessReview.__table__, person.user_id
    acted, signed = event.c.actor_id == user_id, review.c.signed_off_by_id == user_id
    shown: dict[str, ColumnElement[Any]] = {
        "audit_events.actor_id": case((acted, event.c.actor_id)),
        "audit_events.address": case((acted, event.c.address)),
        "audit_events.request_id": case((acted, event.c.request_id)),
        "audit_events.changes": case((event.c.subject_id == user_id, event.c.changes)),
        "access_reviews.note": case((signed, review.c.note)),
    }
    tables = [table for table in tables_of_a_person() if table.name not in NOT_EXPORTED]
    return [_query(table, of_person(table, person), NOT_OF_THE_PERSON, shown) for table in tables]


def audit_query(name: str, organization_id: UUID | None, through: int) -> TableQuery:
    """The audit events of a chain up to a number, in the order of the numbers; `name` is that of their file."""
    event = AuditEvent.__table__
    of_chain = (
        event.c.organization_id.is_(None) if organization_id is None else event.c.organization_id == organization_id
    )
    chosen = event.c.tenant_id == tenant_of(organization_id), of_chain, event.c.number <= through
    rows = select(event).where(*chosen).order_by(event.c.number).subquery("exported")
    statement = select(cast(func.row_to_json(rows.table_valued()), Text))
    return TableQuery(name, ExportedTable(list(event.c.keys()), id_prefix=AuditEvent.id_prefix), statement)


def left_out_tables(tables: Callable[[], list[Table]]) -> dict[str, str]:
    """Those of the tables that no export contains, and why."""
    return {table.name: NOT_EXPORTED[table.name] for table in tables() if table.name in NOT_EXPORTED}


def _query(
    table: Table, condition: ColumnElement[bool], not_shown: dict[str, str], shown: dict[str, ColumnElement[Any]]
) -> TableQuery:
    left_out = {}
    for column in table.c:
        name = f"{table.name}.{column.name}"
        reason = _COMPUTED if column.computed is not None else NOT_EXPORTED.get(name) or not_shown.get(name)
        if reason:
            left_out[column.name] = reason
    columns = [column for column in table.c if column.name not in left_out]
    values = [shown.get(f"{table.name}.{column.name}", column).label(column.name) for column in columns]
    rows = select(*values).where(condition).order_by(*table.primary_key.columns).subquery("exported")
    statement = select(cast(func.row_to_json(rows.table_valued()), Text))
    exported = ExportedTable([column.name for column in columns], left_out, _PREFIXES.get(table.name, ""))
    return TableQuery(table.name, exported, statement)


_PREFIXES: Final = {
    mapper.local_table.name: mapper.class_.id_prefix  # type: ignore[attr-defined]
    for mapper in Base.registry.mappers
}
"""The prefixes of public ids, such as `usr`, by table."""
