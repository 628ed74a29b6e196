"""A prepared statement means the same as SQLAlchemy's, and is compiled once."""

from datetime import UTC, datetime, timedelta
from uuid import uuid4

import pytest
from sqlalchemy import Interval, Uuid, any_, bindparam, func, insert, select, update
from sqlalchemy.dialects.postgresql import ARRAY

from app.demo.fixed_ids import named_key
from models import PLATFORM, AuditEvent, AuditKind, IdempotencyKey, User, new_id
from resolvers.bulk_insert import insert_rows
from resolvers.prepared_statement import PreparedStatement, single_statements
from resolvers.transaction.context import MutationContext

SUE = named_key("sue@acme.example")
BY_ID = User.id == bindparam("user_id", type_=Uuid())


async def test_it_returns_what_sqlalchemy_returns(writing: MutationContext) -> None:
    columns = (User.id, User.email, User.created_at, User.all_contract_accounts, User.phone)
    async with writing.engine.connect() as connection:
        expected = (await connection.execute(select(*columns).where(User.id == SUE))).one()
        found = (await PreparedStatement(select(*columns).where(BY_ID)).execute_on(connection, {"user_id": SUE})).one()
    assert tuple(found) == tuple(expected)
    assert found._fields == expected._fields


async def test_its_parameters_may_be_its_own_or_given(writing: MutationContext) -> None:
    later = func.now() + bindparam("lifetime", type_=Interval(native=True))
    statement = PreparedStatement(select((later - func.now()).label("lifetime"), func.length("own").label("own")))
    async with writing.engine.connect() as connection:
        row = (await statement.execute_on(connection, {"lifetime": timedelta(days=2)})).one()
    assert tuple(row) == (timedelta(days=2), 3)
    with pytest.raises(KeyError):
        statement.arguments({})


async def test_it_writes_and_reads_json(writing: MutationContext) -> None:
    ids = [new_id(), new_id()]
    statement = PreparedStatement(insert_rows(AuditEvent, ("id", "kind", "changes"), ("policy_version", "tenant_id")))
    values = [{"name": [None, 'a "quoted" name\\']}, None]
    kinds = [AuditKind.USER_CREATED.value] * 2
    parameters = {"id": ids, "kind": kinds, "changes": values, "policy_version": "test", "tenant_id": PLATFORM}
    async with writing.engine.begin() as connection:
        await statement.execute_on(connection, parameters)
        stored = AuditEvent.id == any_(bindparam("ids", type_=ARRAY(Uuid())))
        read = select(AuditEvent.changes).where(stored).order_by(AuditEvent.number)
        assert (await PreparedStatement(read).execute_on(connection, {"ids": ids})).scalars().all() == values


async def test_a_single_statement_is_committed(writing: MutationContext) -> None:
    statement = PreparedStatement(update(User).where(BY_ID).values(first_name=bindparam("name")).returning(User.id))
    async with single_statements(writing.engine) as connection:
        await statement.execute_on(connection, {"user_id": SUE, "name": "Susan"})
    async with writing.engine.connect() as connection:
        assert (await connection.execute(select(User.first_name).where(User.id == SUE))).scalar() == "Susan"


def test_a_default_that_python_computes_is_an_error() -> None:
    columns = {"owner_id": uuid4(), "key_hash": b"", "fingerprint": b"", "expires_at": datetime.now(UTC)}
    with pytest.raises(ValueError, match="give these columns a value"):
        PreparedStatement(insert(IdempotencyKey).values(columns))
