"""The statements that distribute a database: keys that begin with the tenant, then the tables, then their references.

Citus accepts a unique key only if it includes the column by which the rows are placed, and a reference only between
tables that are placed alike and if it compares these columns.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from sqlalchemy import ForeignKeyConstraint

from app.distribution.catalog import CatalogTable, ForeignKey, Key
from models import Base
from models.distribution.places import COPIED, FIRST, place_of

KEPT_ELSEWHERE: Final = {("users", "email"): "the directory of emails holds it"}
"""The unique columns that need no key with the tenant, with the reason."""

LEFT_OUT: Final = {
    "users_enter_email": "a worker would write to all others; Portico enters the emails of its users itself",
    "users_move_email": "a worker would write to all others; Portico changes the entry itself",
}
"""The triggers that a distributed database doesn't have, with the reason."""


class NotDistributable(Exception):
    """The database has a key that Citus would refuse. The message names it."""


@dataclass(frozen=True, slots=True)
class Ddl:
    """A statement that defines tables or keys, and what it does, as a sentence in the imperative."""

    sql: str
    description: str


def steps(catalog: Sequence[CatalogTable]) -> Sequence[Ddl]:
    """The statements, in their order, that distribute what isn't distributed yet; none if everything is.

    Raises NotDistributable if a reference between tables of tenants doesn't include the tenant.
    """
    new = {table.name: place for table in catalog if (place := place_of(table.name)) and not table.placed_by}
    if not new:
        return ()
    dropped = [(table, key) for table in catalog for key in table.references if {table.name, key.other} & new.keys()]
    tables = [table for table in catalog if table.name in new]
    # Triggers would fire for each row that is copied to its worker.
    triggers = [(table.name, trigger) for table in tables for trigger in table.triggers]
    return [
        *(_drop(table.name, key.name, "foreign key") for table, key in dropped),
        *(Ddl(f'DROP TRIGGER "{it.name}" ON "{table}"', f"Drop the trigger {it.name}") for table, it in triggers),
        *(step for table in tables if new[table.name] != COPIED for step in _keys(table, new[table.name])),
        *(_place(table.name, new[table.name]) for table in sorted(tables, key=lambda table: table.name != FIRST)),
        *(Ddl(it.definition, f"Add the trigger {it.name}") for _, it in triggers if it.name not in LEFT_OUT),
        *(step for table, key in dropped for step in _restore(table.name, key)),
    ]


def missing_references(catalog: Sequence[CatalogTable]) -> Sequence[Ddl]:
    """The statements that add the foreign keys which the models have and the database doesn't: migrations of a
    distributed database leave them out."""
    known = {table.name: {key.name for key in table.references} for table in catalog}
    return [
        step
        for table in Base.metadata.sorted_tables
        if table.name in known
        for constraint in sorted(table.foreign_key_constraints, key=lambda each: str(each.name))
        if str(constraint.name) not in known[table.name] and constraint.referred_table.name in known
        for step in _restore(table.name, _modelled(constraint))
    ]


def _modelled(constraint: ForeignKeyConstraint) -> ForeignKey:
    action = f" ON DELETE {constraint.ondelete}" if constraint.ondelete else ""
    others = [element.column.name for element in constraint.elements]
    other = constraint.referred_table.name
    return ForeignKey(str(constraint.name), constraint.column_keys, other, others, f"({_list(others)}){action}")


def _drop(table: str, name: str, kind: str) -> Ddl:
    return Ddl(f'ALTER TABLE "{table}" DROP CONSTRAINT "{name}"', f"Drop the {kind} {name}")


def _keys(table: CatalogTable, column: str) -> Iterator[Ddl]:
    """Begins the keys of a table with the column by which its rows are placed."""
    complete = [set(key.columns) for key in table.keys if column in key.columns and key.kind != "index"]
    for key in table.keys:
        if column in key.columns:
            continue
        is_index = key.kind == "index"
        if is_index:
            yield Ddl(f'DROP INDEX "{key.name}"', f"Drop the unique index {key.name}")
        else:
            yield _drop(table.name, key.name, f"{key.kind} key")
        if (table.name, *key.columns) in KEPT_ELSEWHERE:
            yield _index_of(table.name, key)
        elif is_index:
            yield Ddl(_with_column(key.definition, column), f"Begin the unique index {key.name} with {column}")
        elif key.kind == "primary" or {column, *key.columns} not in complete:
            yield _key_of(table.name, key, column)


def _index_of(table: str, key: Key) -> Ddl:
    columns = _list([column for column in key.columns if column])
    return Ddl(f'CREATE INDEX "{key.name}" ON "{table}" ({columns})', f"Index what {key.name} held")


def _key_of(table: str, key: Key, column: str) -> Ddl:
    kind = "PRIMARY KEY" if key.kind == "primary" else "UNIQUE"
    columns = _list([column, *(other for other in key.columns if other)])
    return Ddl(
        f'ALTER TABLE "{table}" ADD CONSTRAINT "{key.name}" {kind} ({columns})',
        f"Begin the {key.kind} key {key.name} with {column}",
    )


def _with_column(definition: str, column: str) -> str:
    """The statement that creates an index, with one more column in front."""
    method, opening, rest = definition.partition(" (")
    return f'{method}{opening}"{column}", {rest}'


def _place(table: str, column: str) -> Ddl:
    if column == COPIED:
        return Ddl(f"SELECT create_reference_table('\"{table}\"')", f"Copy {table} to every node")
    with_ = "none" if table == FIRST else FIRST
    return Ddl(
        f"SELECT create_distributed_table('\"{table}\"', '{column}', colocate_with => '{with_}')",
        f"Distribute {table} by {column}",
    )


def _restore(table: str, key: ForeignKey) -> Iterator[Ddl]:
    """Adds a foreign key again, unless its tables are placed differently."""
    column, other = place_of(table), place_of(key.other)
    if None in (column, other) or COPIED in (column, other):
        return
    assert column is not None
    assert other is not None
    if key.other == FIRST and column == "tenant_id":
        # The organization is optional, and Citus compares tenants only. No row of the platform could refer to one.
        return
    # The tenant of a row that has an organization is its organization.
    columns = [column if name == "organization_id" else name for name in key.columns]
    others = [other if name == "organization_id" else name for name in key.other_columns]
    if (column, other) not in set(zip(columns, others, strict=True)):
        raise NotDistributable(f"the foreign key {key.name} of {table} doesn't include {column}")
    action = key.definition.rpartition(")")[2]
    yield Ddl(
        f'ALTER TABLE "{table}" ADD CONSTRAINT "{key.name}" FOREIGN KEY ({_list(columns)}) '
        f'REFERENCES "{key.other}" ({_list(others)}){action}',
        f"Add the foreign key {key.name}",
    )


def _list(columns: Sequence[str]) -> str:
    return ", ".join(f'"{column}"' for column in columns)


def described(done: Sequence[Ddl]) -> Mapping[str, Sequence[str]]:
    """The descriptions of statements, by their first word."""
    groups: dict[str, list[str]] = {}
    for step in done:
        groups.setdefault(step.description.partition(" ")[0], []).append(step.description)
    return groups
