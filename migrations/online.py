"""Changes of tables that hold data, in steps that neither rewrite a table nor keep anyone from it for long.

Each takes more than one transaction, so a process may die between two: each can be repeated, and a migration that uses
one does nothing else that can't be. How long it takes depends on the size of the table, but nobody waits meanwhile.
"""

import re
from collections.abc import Sequence
from typing import Any

from alembic import op
from sqlalchemy import text

from migrations.distributed import is_distributed, with_place

BATCH = 5_000
"""How many rows `update_in_batches` changes in one transaction."""

_DEFINITION = """
SELECT pg_get_constraintdef(oid) FROM pg_constraint WHERE conrelid = to_regclass(:table) AND conname = :name
"""

_IS_INVALID = """
SELECT 1 FROM pg_index WHERE indexrelid = to_regclass(:name) AND NOT indisvalid
"""


def create_index(name: str, table: str, columns: list[Any], **options: Any) -> None:
    """Build an index, while rows are written (CREATE INDEX CONCURRENTLY). `options` are those of `op.create_index`.

    What a failed build leaves is an invalid index, which costs with every write and helps no query: it is dropped.
    """
    if options.get("unique") and is_distributed(op.get_bind()):
        columns = with_place(table, columns)
    with op.get_context().autocommit_block():
        if op.get_bind().execute(text(_IS_INVALID), {"name": name}).scalar():
            op.execute(f"DROP INDEX CONCURRENTLY IF EXISTS {name}")
        op.create_index(op.f(name), table, columns, postgresql_concurrently=True, if_not_exists=True, **options)


def drop_index(name: str) -> None:
    """Drop an index without waiting for a moment in which nobody reads the table (DROP INDEX CONCURRENTLY)."""
    with op.get_context().autocommit_block():
        op.execute(f"DROP INDEX CONCURRENTLY IF EXISTS {name}")


def replace_check(table: str, name: str, condition: str) -> None:
    """Add the check constraint `name`, or give it another condition."""
    _add(table, name, f"CHECK ({condition})")
    _validate(table, name)


def allow_words(table: str, column: str, words: Sequence[str]) -> None:
    """Add words to those that the check of a column lists, whatever other migrations have added: for example, kinds of
    audit events."""
    former = _allowed(table, column)
    added = [word for word in words if word not in former]
    replace_check(table, f"ck_{table}_{column}", _is_one_of(column, [*former, *added]))


def forbid_words(table: str, column: str, words: Sequence[str]) -> None:
    """Take words from those that the check of a column lists. Rows that have them stay."""
    kept = [word for word in _allowed(table, column) if word not in words]
    _add(table, f"ck_{table}_{column}", f"CHECK ({_is_one_of(column, kept)})")


def add_foreign_key(table: str, name: str, columns: list[str], references: str) -> None:
    """Add a foreign key to what `references` names: `organizations (id) ON DELETE CASCADE`. In a distributed database,
    `portico distribute` adds it."""
    if is_distributed(op.get_bind()):
        return
    _add(table, name, f"FOREIGN KEY ({', '.join(columns)}) REFERENCES {references}")
    _validate(table, name)


def set_not_null(table: str, column: str) -> None:
    """Forbid nulls in a column that has none any more. PostgreSQL believes a validated check, and reads no row."""
    name = f"ck_{table}_{column}_is_not_null"
    replace_check(table, name, f"{column} IS NOT NULL")
    op.execute(f"ALTER TABLE {table} ALTER COLUMN {column} SET NOT NULL")
    op.execute(f"ALTER TABLE {table} DROP CONSTRAINT IF EXISTS {name}")


def update_in_batches(table: str, assignments: str, where: str, *, size: int = BATCH) -> None:
    """Change the rows that meet `where`, `size` at a time, until there are none: `assignments` must make it false. In a
    distributed database, all at once."""
    batch = f"""
        WITH batch AS (SELECT ctid AS place FROM {table} WHERE {where} LIMIT {size} FOR UPDATE),
          changed AS (UPDATE {table} SET {assignments} FROM batch WHERE {table}.ctid = batch.place)
        SELECT count(*) FROM batch
    """  # noqa: S608
    if is_distributed(op.get_bind()):
        # The coordinator can't lock rows of many workers, or find them by their place.
        op.execute(f"UPDATE {table} SET {assignments} WHERE {where}")  # noqa: S608
        return
    with op.get_context().autocommit_block():
        while op.get_bind().execute(text(batch)).scalar():
            pass


def analyze(*tables: str) -> None:
    """Fill the statistics of the tables that have rows.

    PostgreSQL expects an analyzed table without rows to stay empty, and one that was never analyzed to have some: until
    the next ANALYZE, its plans would read a table whole that fills up after the migrations.
    """
    with op.get_context().autocommit_block():
        for table in tables:
            if op.get_bind().execute(text(f"SELECT EXISTS (SELECT FROM {table})")).scalar():  # noqa: S608
                op.execute(f"ANALYZE {table}")


def _is_one_of(column: str, words: Sequence[str]) -> str:
    listed = ", ".join(f"'{word}'" for word in words)
    return f"{column} IN ({listed})"


def _allowed(table: str, column: str) -> list[str]:
    definition = op.get_bind().execute(text(_DEFINITION), {"table": table, "name": f"ck_{table}_{column}"}).scalar_one()
    return re.findall(r"'([^']+)'", definition)


def _add(table: str, name: str, definition: str) -> None:
    drop, add = f"DROP CONSTRAINT IF EXISTS {name}", f"ADD CONSTRAINT {name} {definition} NOT VALID"
    # One statement, so that there is no moment without the constraint. Citus refuses it, but in one transaction.
    for change in (drop, add) if is_distributed(op.get_bind()) else (f"{drop}, {add}",):
        op.execute(f"ALTER TABLE {table} {change}")


def _validate(table: str, name: str) -> None:
    # Reads all rows, under a lock that lets others read and write them.
    with op.get_context().autocommit_block():
        op.execute(f"ALTER TABLE {table} VALIDATE CONSTRAINT {name}")
