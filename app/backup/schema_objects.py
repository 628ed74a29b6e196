"""The tables of Portico in a database, and the statements that find and remove them."""

import asyncpg

from app.backup.errors import BackupError

REVISIONS = "alembic_version"
"""The table in which Alembic keeps the migration of the database."""

TABLES = """
SELECT c.relname AS name
FROM pg_catalog.pg_class c
WHERE c.relnamespace = current_schema()::regnamespace AND c.relkind IN ('r', 'p')
  AND NOT EXISTS (SELECT FROM pg_catalog.pg_depend d
                  WHERE d.classid = 'pg_class'::regclass AND d.objid = c.oid AND d.deptype = 'e')
ORDER BY c.relname
"""
"""The tables in the schema that the connection uses, without those of extensions."""

PERMANENT_TABLES = TABLES.replace("c.relkind IN ('r', 'p')", "c.relkind IN ('r', 'p') AND c.relpersistence = 'p'")
"""The tables of which the rows are in a dump."""

OTHER_OBJECTS = """
SELECT CASE c.relkind WHEN 'v' THEN 'VIEW' WHEN 'm' THEN 'MATERIALIZED VIEW' ELSE 'SEQUENCE' END AS kind,
       c.oid::regclass::text AS name
FROM pg_catalog.pg_class c
WHERE c.relnamespace = current_schema()::regnamespace AND c.relkind IN ('v', 'm', 'S')
  AND NOT EXISTS (SELECT FROM pg_catalog.pg_depend d
                  WHERE d.classid = 'pg_class'::regclass AND d.objid = c.oid AND d.deptype IN ('e', 'a', 'i'))
UNION ALL
SELECT CASE p.prokind WHEN 'a' THEN 'AGGREGATE' WHEN 'p' THEN 'PROCEDURE' ELSE 'FUNCTION' END, p.oid::regprocedure::text
FROM pg_catalog.pg_proc p
WHERE p.pronamespace = current_schema()::regnamespace
  AND NOT EXISTS (SELECT FROM pg_catalog.pg_depend d
                  WHERE d.classid = 'pg_proc'::regclass AND d.objid = p.oid AND d.deptype IN ('e', 'i'))
"""
"""What else Portico can have in a schema: functions, views and sequences, without those of extensions and columns."""


def quoted(name: str) -> str:
    """`name` as an identifier in SQL."""
    return '"' + name.replace('"', '""') + '"'


async def table_names(connection: asyncpg.Connection) -> set[str]:
    """The names of the tables in the schema that the connection uses."""
    return {row["name"] for row in await connection.fetch(TABLES)}


async def revision_of(connection: asyncpg.Connection) -> str | None:
    """The migration of the database; None if there is none."""
    if REVISIONS not in await table_names(connection):
        return None
    revision: str | None = await connection.fetchval(f"SELECT version_num FROM {REVISIONS}")  # noqa: S608
    return revision


async def require_migrated(connection: asyncpg.Connection) -> str:
    """The migration of the database. Raises BackupError if it has none."""
    revision = await revision_of(connection)
    if revision is None:
        raise BackupError("the database has no tables of Portico, so there is nothing to back up")
    return revision


async def drop_everything(connection: asyncpg.Connection) -> None:
    """Drop all tables, functions, views and sequences of the schema that the connection uses; not extensions."""
    tables = await table_names(connection)
    if tables:
        await connection.execute(f"DROP TABLE {', '.join(map(quoted, sorted(tables)))} CASCADE")
    for row in await connection.fetch(OTHER_OBJECTS):
        await connection.execute(f"DROP {row['kind']} IF EXISTS {row['name']} CASCADE")
