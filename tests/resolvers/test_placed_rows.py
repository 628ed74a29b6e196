"""The forms of statements for a distributed database: they mean what the statement means, of the rows that they see."""

from collections.abc import AsyncIterator

import pytest
import pytest_asyncio
from sqlalchemy import Select, Uuid, bindparam, func, select, union_all
from sqlalchemy.ext.asyncio import AsyncConnection

from app.database.pools import create_inspection_engine
from models import ContractAccount, Organization, Service, User
from resolvers.placed_rows import SECRETS, copies_for, for_all_organizations, is_distributed, rows_of
from resolvers.prepared_statement import sql_of
from tests.support.databases import execute
from tests.support.distribution.fake_citus import FAKE_CITUS

pytestmark = pytest.mark.one_server("compares the rows with those of an ordinary database")

OWN = bindparam("own", type_=Uuid())


@pytest_asyncio.fixture
async def connection(demo_database_url: str) -> AsyncIterator[AsyncConnection]:
    engine = create_inspection_engine(demo_database_url)
    async with engine.connect() as opened:
        yield opened
    await engine.dispose()


def joined() -> Select[tuple[str]]:
    """Service codes with their account, which says nothing of organizations, and two other ways to name a table."""
    service, account = Service.__table__.alias(), ContractAccount.__table__.alias()
    user = select(func.min(User.__table__.alias().c.email)).scalar_subquery()
    found = select(service.c.code, account.c.name, user.label("email")).join_from(
        service, account, account.c.id == service.c.contract_account_id
    )
    cte = found.cte("found")
    return select(union_all(select(cte), select(found.subquery())).subquery())


async def test_a_statement_sees_the_rows_of_one_organization(connection: AsyncConnection) -> None:
    statement = joined()
    acme = await connection.scalar(select(Organization.id).where(Organization.name == "ACME Corporation"))
    every = (await connection.execute(statement)).all()
    found = (await connection.execute(statement.add_cte(*rows_of(statement, OWN)), {"own": acme})).all()
    assert {tuple(row) for row in found} < {tuple(row) for row in every}
    assert {row.code for row in found} == {f"SVC-{number:06}" for number in range(1, 7)}
    assert {row.email for row in found} == {"ada@acme.example"}


async def test_a_statement_sees_the_same_in_copies(connection: AsyncConnection) -> None:
    statement = joined()
    copied = statement.add_cte(*copies_for(statement))
    every = (await connection.execute(statement)).all()
    assert sorted(map(tuple, (await connection.execute(copied)).all())) == sorted(map(tuple, every))
    assert sql_of(copied).count("AS MATERIALIZED") == 3
    assert not any(column in sql_of(copied) for column in SECRETS)


async def test_an_ordinary_database_runs_the_statement_as_it_is(connection: AsyncConnection) -> None:
    statement = joined()
    assert not await is_distributed(connection)
    assert await for_all_organizations(connection, statement) is statement


async def test_a_distributed_database_gets_the_copies(demo_database_url: str, connection: AsyncConnection) -> None:
    await execute(demo_database_url, *FAKE_CITUS)
    statement = joined()
    assert await is_distributed(connection)
    copied = await for_all_organizations(connection, statement)
    assert "WITH contract_accounts AS MATERIALIZED" in sql_of(copied)
