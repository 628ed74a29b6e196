"""Whether an actor sees much is known from a bounded number of rows."""

import pytest
from sqlalchemy import select

from models import User, tenant_column
from resolvers.callers import organization_size
from resolvers.callers.organization_size import sees_large_organization
from resolvers.transaction.context import MutationContext


async def seen(writing: MutationContext, email: str) -> bool:
    """Whether the user with the email sees much."""
    async with writing.engine.connect() as connection:
        statement = select(sees_large_organization(tenant_column(User.__table__))).where(User.email == email)
        return bool((await connection.execute(statement)).scalar_one())


@pytest.mark.parametrize("name", ["LARGE_SERVICES", "LARGE_USERS", "LARGE_PLATFORM"])
async def test_who_sees_more_rows_than_a_large_organization_has_sees_much(
    writing: MutationContext, monkeypatch: pytest.MonkeyPatch, name: str
) -> None:
    email = "staff@portico.example" if name == "LARGE_PLATFORM" else "ada@acme.example"
    assert not await seen(writing, email)
    monkeypatch.setattr(organization_size, name, -2 if name == "LARGE_PLATFORM" else 1)
    assert await seen(writing, email)
