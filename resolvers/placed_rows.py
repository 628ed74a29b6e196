"""Forms of a statement that a distributed database (Citus) can plan, for analyses that join everything with everything.

Its coordinator sends a statement to the one worker that has all of its rows if each table names the organization by the
same parameter. Analyses of the access in an organization are built from the routes of the policy, whose tables name
that of the row before them. So the tables get other rows under their own names:

    WITH services AS NOT MATERIALIZED (SELECT … FROM services WHERE organization_id = :of_organization), …
    SELECT … FROM services …

PostgreSQL puts the condition in the place of each name, and uses the indexes of the tables. An analysis of all
organizations has no such worker. It reads copies of whole tables, which the coordinator collects first:

    WITH services AS MATERIALIZED (SELECT … FROM services), …
    answer AS MATERIALIZED (SELECT … FROM (SELECT … FROM services …)) SELECT … FROM answer

Without `answer`, Citus would plan each subquery by itself, and some versions crash while they plan one whose WHERE
PostgreSQL can leave out, such as `WHERE true` (decision 107). Of `answer`, it has PostgreSQL plan the whole at once.

Ordinary databases run the statements as they are.
"""

import re
from collections.abc import Iterator
from typing import Any, Final
from uuid import UUID

from sqlalchemy import CTE, ColumnElement, Select, Table, Uuid, func, literal, select, text
from sqlalchemy.dialects.postgresql import asyncpg
from sqlalchemy.ext.asyncio import AsyncConnection

from models import PLATFORM, Base, is_of
from models.distribution.places import COPIED, place_of

_DIALECT: Final = asyncpg.dialect()

_PLACED: Final = {name: table for name, table in Base.metadata.tables.items() if place_of(name) not in (None, COPIED)}

_NAMES: Final = re.compile(rf"\b(?:FROM|JOIN) ({'|'.join(_PLACED)})\b(?!\.)|, \n?({'|'.join(_PLACED)}) AS \w")

_DISTRIBUTED: Final = text("SELECT to_regclass('pg_dist_partition') IS NOT NULL")

_KEY: Final = "is_distributed"

SECRETS: Final = frozenset({"password_hash"})
"""The columns that no copy has: no policy can name them."""


async def is_distributed(connection: AsyncConnection) -> bool:
    """Whether the database has Citus. It is asked once for each connection to it."""
    info = (await connection.get_raw_connection()).info
    if _KEY not in info:
        info[_KEY] = bool(await connection.scalar(_DISTRIBUTED))
    known: bool = info[_KEY]
    return known


def rows_of(statement: Select[*tuple[Any, ...]], organization: ColumnElement[Any] | None) -> list[CTE]:
    """What a statement gets with `add_cte` to see the rows of one organization and no others, under the names of the
    tables; the rows of the platform if it is None."""
    return [
        _named(table, "NOT MATERIALIZED", _of_platform(table) if organization is None else is_of(table, organization))
        for table in _tables_of(statement)
    ]


def copies_for(statement: Select[*tuple[Any, ...]]) -> list[CTE]:
    """What a statement gets with `add_cte` to see copies of the tables that it names. They are complete, and have no
    indexes."""
    return [_named(table, "MATERIALIZED") for table in _tables_of(statement)]


def on_copies(statement: Select[*tuple[Any, ...]], *rows: CTE, keep_order: bool = True) -> Select[*tuple[Any, ...]]:
    """The statement on copies of the tables that it and `rows`, CTEs that it names, are about: the form for the rows of
    all organizations. With `keep_order`, they are numbered and sorted once more."""
    about, found = statement.add_cte(*rows) if rows else statement, statement.subquery()
    # PostgreSQL numbers the rows in the order of the subquery.
    place = [func.row_number().over().label("place")] if keep_order else []
    answer = select(found, *place).cte("answer").prefix_with("MATERIALIZED")
    columns = select(*list(answer.c)[: len(found.c)])
    ordered = columns.order_by(answer.c.place) if keep_order else columns
    return ordered.add_cte(*copies_for(about), *rows)


async def for_all_organizations(
    connection: AsyncConnection, statement: Select[*tuple[Any, ...]], *, keep_order: bool = True
) -> Select[*tuple[Any, ...]]:
    """The form of a statement on the rows of all organizations that the database of the connection can plan."""
    return on_copies(statement, keep_order=keep_order) if await is_distributed(connection) else statement


async def for_organization(
    connection: AsyncConnection, statement: Select[*tuple[Any, ...]], organization_id: UUID | None
) -> Select[*tuple[Any, ...]]:
    """The form of a statement on the rows of one organization, or of the platform if it is None, that the database of
    the connection can plan."""
    if not await is_distributed(connection):
        return statement
    organization = None if organization_id is None else literal(organization_id, Uuid())
    return statement.add_cte(*rows_of(statement, organization))


def _of_platform(table: Table) -> ColumnElement[bool]:
    place = place_of(table.name)
    assert place is not None
    return table.c[place] == literal(PLATFORM, Uuid())


def _named(table: Table, how: str, *conditions: ColumnElement[bool]) -> CTE:
    is_copy = how == "MATERIALIZED"
    columns = [column for column in table.c if not (is_copy and column.name in SECRETS)]
    # A CTE is not recursive: its own FROM is the table.
    cte: CTE = select(*columns).where(*conditions).cte(table.name).prefix_with(how)
    return cte


def _tables_of(statement: Select[*tuple[Any, ...]]) -> Iterator[Table]:
    """The tables that are placed by organization, and named anywhere in the text of the statement."""
    sql = str(statement.compile(dialect=_DIALECT))
    named = {name for match in _NAMES.findall(sql) for name in match if name}
    return (_PLACED[name] for name in sorted(named))
