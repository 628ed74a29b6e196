"""The rows of a stored world on which the compiled policy allows a user each action."""

from functools import cache
from typing import Any
from uuid import UUID

from sqlalchemy import literal_column, select, union_all
from sqlalchemy.dialects.postgresql.asyncpg import dialect

from authz.access import Access
from authz.model.actions import ACTIONS
from tests.support.worlds.models import User

ASYNCPG = dialect()


@cache
def statement(access: Access) -> tuple[str, tuple[str, ...]]:
    """SQL for the ids of all rows on which each action is allowed, and the names of its parameters in order."""
    parts = []
    for model, actions in ACTIONS.items():
        for action in actions:
            row = model.__table__.alias()
            what = f"{model.__name__}.{action.value}"
            parts.append(select(literal_column(f"'{what}'"), row.c.id).where(access.may(action, model, row)))
    compiled = union_all(*parts).compile(dialect=ASYNCPG)
    names = tuple(compiled.positiontup or ())
    assert set(names) <= {"actor_id", "actor_organization_id", "actor_client_id"}
    return str(compiled), names


async def allowed(connection: Any, access: Access, user: User, client_id: UUID | None = None) -> dict[str, set[Any]]:
    text, names = statement(access)
    values = {"actor_id": user.id, "actor_organization_id": user.organization_id, "actor_client_id": client_id}
    found: dict[str, set[Any]] = {}
    for what, id in await connection.fetch(text, *(values[name] for name in names)):
        found.setdefault(what, set()).add(id)
    return found
