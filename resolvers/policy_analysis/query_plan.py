"""The statement that finds all rows on which an actor may do something, and how PostgreSQL would run it."""

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
    """Finds the ids of all rows of `model` on which `action` is allowed. Errors are those of `Access.may`."""
    row = model.__table__.alias("this")
    return select(row.c.id).where(access.may(action, model, row))


def readable(statement: Select[Any]) -> str:
    """The text of `statement`, the actor's ids as `:actor_id` and `:actor_organization_id`."""
    return "\n".join(line.rstrip() for line in str(statement.compile(dialect=_READABLE)).splitlines())


async def plan_of(
    connection: AsyncConnection, statement: Select[Any], actor_id: UUID, organization_id: UUID | None
) -> list[str]:
    """PostgreSQL's plan for `statement`, run for this actor, as lines. Nothing is run."""
    ids = {"actor_id": actor_id, "actor_organization_id": organization_id}
    asked = {name: value for name, value in ids.items() if f":{name}" in readable(statement)}
    return list((await connection.execute(_Explain(statement), asked)).scalars())
