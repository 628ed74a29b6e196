"""The tables of a database with their keys, as PostgreSQL's catalogs have them."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final, Literal

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncConnection


@dataclass(frozen=True, slots=True)
class Key:
    """A primary key, a unique constraint or a unique index. `definition` is its SQL; that of an index is a whole
    statement. `columns` has None for each expression."""

    kind: Literal["primary", "unique", "index"]
    name: str
    columns: Sequence[str | None]
    definition: str


@dataclass(frozen=True, slots=True)
class ForeignKey:
    """A foreign key: its columns and those of the other table, in their order."""

    name: str
    columns: Sequence[str]
    other: str
    other_columns: Sequence[str]
    definition: str


@dataclass(frozen=True, slots=True)
class Trigger:
    """A trigger. `definition` is the statement that creates it."""

    name: str
    definition: str


@dataclass(frozen=True, slots=True)
class CatalogTable:
    """A table. `placed_by` is the column by which Citus places its rows, or `*` if each node has a copy; None if it is
    on this server alone."""

    name: str
    placed_by: str | None
    keys: Sequence[Key] = ()
    references: Sequence[ForeignKey] = ()
    triggers: Sequence[Trigger] = ()


TABLES: Final = """
SELECT c.relname
FROM pg_catalog.pg_class c
WHERE c.relnamespace = current_schema()::regnamespace AND c.relkind = 'r'
  AND NOT EXISTS (SELECT FROM pg_catalog.pg_depend d
                  WHERE d.classid = 'pg_class'::regclass AND d.objid = c.oid AND d.deptype = 'e')
ORDER BY c.relname
"""
"""The SELECT of our own tables in the schema of the connection, and of none of an extension."""

_COLUMNS: Final = """ARRAY(
  SELECT a.attname::text
  FROM unnest({columns}) WITH ORDINALITY AS k(number, position)
  LEFT JOIN pg_catalog.pg_attribute a ON a.attrelid = {table} AND a.attnum = k.number AND k.number > 0
  ORDER BY k.position)"""

_KEYS: Final = text(f"""
SELECT t.relname AS table, coalesce(n.contype::text, 'i') AS kind, i.relname AS name,
       {_COLUMNS.format(columns="x.indkey", table="t.oid")} AS columns,
       coalesce(pg_get_constraintdef(n.oid), pg_get_indexdef(i.oid)) AS definition
FROM pg_catalog.pg_index x
JOIN pg_catalog.pg_class i ON i.oid = x.indexrelid
JOIN pg_catalog.pg_class t ON t.oid = x.indrelid
LEFT JOIN pg_catalog.pg_constraint n ON n.conindid = i.oid AND n.conrelid = t.oid AND n.contype IN ('p', 'u')
WHERE x.indisunique AND t.relnamespace = current_schema()::regnamespace
ORDER BY i.relname
""")  # noqa: S608

_REFERENCES: Final = text(f"""
SELECT t.relname AS table, n.conname AS name, o.relname AS other, pg_get_constraintdef(n.oid) AS definition,
       {_COLUMNS.format(columns="n.conkey", table="t.oid")} AS columns,
       {_COLUMNS.format(columns="n.confkey", table="o.oid")} AS other_columns
FROM pg_catalog.pg_constraint n
JOIN pg_catalog.pg_class t ON t.oid = n.conrelid
JOIN pg_catalog.pg_class o ON o.oid = n.confrelid
WHERE n.contype = 'f' AND t.relnamespace = current_schema()::regnamespace
ORDER BY n.conname
""")  # noqa: S608

_TRIGGERS: Final = text("""
SELECT t.relname AS table, g.tgname AS name, pg_get_triggerdef(g.oid) AS definition
FROM pg_catalog.pg_trigger g
JOIN pg_catalog.pg_class t ON t.oid = g.tgrelid
WHERE NOT g.tgisinternal AND t.relnamespace = current_schema()::regnamespace
ORDER BY g.tgname
""")

PLACES: Final = """
SELECT c.relname AS table, coalesce(column_to_column_name(p.logicalrelid, p.partkey), '*') AS column
FROM pg_dist_partition p
JOIN pg_catalog.pg_class c ON c.oid = p.logicalrelid
WHERE p.partmethod = 'h' OR (p.partmethod = 'n' AND p.repmodel = 't')
"""
"""The SELECT of the tables that Citus has distributed, with the `placed_by` of each."""

_KINDS: Final[dict[str, Literal["primary", "unique", "index"]]] = {"p": "primary", "u": "unique", "i": "index"}


async def read_catalog(connection: AsyncConnection) -> Sequence[CatalogTable]:
    """All tables in the schema of the connection, by name. The database must have Citus."""
    names = (await connection.scalars(text(TABLES))).all()
    places = {row.table: row.column for row in await connection.execute(text(PLACES))}
    keys: dict[str, list[Key]] = {name: [] for name in names}
    references: dict[str, list[ForeignKey]] = {name: [] for name in names}
    triggers: dict[str, list[Trigger]] = {name: [] for name in names}
    for row in await connection.execute(_KEYS):
        if row.table in keys:
            keys[row.table].append(Key(_KINDS[row.kind], row.name, row.columns, row.definition))
    for row in await connection.execute(_REFERENCES):
        references[row.table].append(ForeignKey(row.name, row.columns, row.other, row.other_columns, row.definition))
    for row in await connection.execute(_TRIGGERS):
        triggers[row.table].append(Trigger(row.name, row.definition))
    return [CatalogTable(name, places.get(name), keys[name], references[name], triggers[name]) for name in names]
