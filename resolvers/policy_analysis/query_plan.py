"""Builds the statement that finds all rows on which an actor may perform an action, and fetches its query plan."""

from typing import Any
from uuid import UUID

from sqlalchemy import ClauseElement, Executable, Select, select
from sqlalchemy.dialects import postgresql
from sqlalchemy.ext.asyncio import AsyncConnection
from sqlalchemy.ext.compiler import compiles
from sqlalchemy.sql.compiler import SQLCompiler

from authz.access import Access
from models import Base

_READABLE = postgresql.dialect(paramstyle="named")


class _Explain(Executable, ClauseElement):
    inherit_cache = False

    def __init__(self, statement: Select[Any]) -> None:
        self.statement = statement


@compiles(_Explain)
def _explain(element: _Explain, compiler: SQLCompiler, **options: Any) -> str:
    return f"EXPLAIN {compiler.process(element.statement, **options)}"


def all_rows(access: Access, action: str, model: type[Base]) -> Select[Any]:
    """Selects the ids of all rows of `model` on which `action` is allowed. Raises as `Access.may` does."""
    row = model.__table__.alias("this")
    return select(row.c.id).where(access.may(action, model, row))


def statement_text(statement: Select[Any]) -> str:
    """Returns the text of `statement`, with the actor's ids as `:actor_id` and `:actor_organization_id`."""
    return "\n".join(line.rstrip() for line in str(statement.compile(dialect=_READABLE)).splitlines())


async def fetch_plan(
    connection: AsyncConnection, statement: Select[Any], actor_id: UUID, organization_id: UUID | None
) -> list[str]:
    """Returns PostgreSQL's plan for `statement` with this actor's ids, as lines. The statement itself is not run."""
    ids = {"actor_id": actor_id, "actor_organization_id": organization_id}
    parameters = {name: value for name, value in ids.items() if f":{name}" in statement_text(statement)}
    return list((await connection.execute(_Explain(statement), parameters)).scalars())
